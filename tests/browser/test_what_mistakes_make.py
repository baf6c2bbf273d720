"""A card that names a mistake offers the model that it makes: it opens by mouse and keyboard, in both themes, accessibly."""

from looks import OUTPUTS, cut, objections, overlaps, settle

OFFER = "Show the model that this mistake makes"
ANSWER = """from vae_helpers.exercises import check

def reparameterize(mu, logvar, eps):
    return mu

reparameterize = check(reparameterize, "reparameterize")"""
LOOK = """from vae_helpers.exercises import made_by
from vae_helpers.widgets import LatentPlane

plane = LatentPlane(made_by("reparameterize", "no noise"))
plane"""


def test_a_card_shows_the_model_that_a_mistake_makes(scratch, axe):
    with scratch("consequence", ANSWER, LOOK) as notebook:
        assert notebook.run_all() == []
        page = notebook.page
        offer = page.get_by_text(OFFER, exact=True)
        light, dark = (page.locator(f"{OUTPUTS} .vae-card img.vae-{theme}") for theme in ("light", "dark"))
        assert offer.count() == 1 and not light.is_visible()
        offer.focus()
        page.keyboard.press("Enter")
        assert light.is_visible() and not dark.is_visible()
        assert light.evaluate("(image) => image.naturalWidth > 500 && image.alt.includes('no noise')")
        notebook.theme(dark=True)
        assert dark.is_visible() and not light.is_visible()
        for screen in ((1280, 720), (390, 844)):
            page.set_viewport_size({"width": screen[0], "height": screen[1]})
            settle(page, OUTPUTS)
            assert cut(page, f"{OUTPUTS} .vae-card") + overlaps(page, f"{OUTPUTS} .vae-card") == []
            assert page.evaluate(
                "(s) => { const c = document.querySelector(s); return c.scrollWidth <= c.clientWidth + 1; }",
                f"{OUTPUTS} .vae-card",
            )
        assert objections(page, axe, f"{OUTPUTS} .vae-card") == []
        notebook.theme(dark=False)
        page.set_viewport_size({"width": 1280, "height": 1000})
        assert objections(page, axe, f"{OUTPUTS} .vae-card") == []
        assert page.locator(f"{OUTPUTS} .vae-explorer .vae-plane").count() == 1
        offer.click()
        assert not light.is_visible()
