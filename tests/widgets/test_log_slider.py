"""LogSlider: named, moved by the keyboard, even in the logarithm, within its range at either end."""

import pytest
import traitlets
from looks import cut, objections

from vae_helpers.widgets.log_slider import LogSlider


@pytest.fixture
def page(alone):
    return alone(LogSlider(label="w", name="w, the weight of the KL term"))


def value(page):
    return page.evaluate("window.model.get('value')")


def test_a_key_moves_it_by_a_share_of_its_value(page, axe):
    slider = page.get_by_label("w, the weight of the KL term")
    slider.press("ArrowLeft")
    assert value(page) == pytest.approx(10**-0.05) and slider.get_attribute("aria-valuetext") == "0.89125"
    slider.press("Home")
    assert value(page) == 1e-6 and page.locator("output").inner_text() == "0.00000"
    slider.press("End")
    assert value(page) == 10**0.5
    assert cut(page, ".vae-explorer") == [] and objections(page, axe, ".vae-explorer") == []
    assert page.complaints == []


def test_the_kernel_moves_it_and_refuses_what_is_out_of_range(page):
    page.evaluate("() => { window.model.set('value', 0.01); }")
    page.wait_for_function("document.querySelector('output').textContent === '0.01000'")
    with pytest.raises(traitlets.TraitError, match=r"from 1e-06 to 3\.16"):
        LogSlider(value=5)
