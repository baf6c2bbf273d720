"""A cell run again shows a new explorer, which works; the old ones are closed, and nothing complains."""

from steps import start

CELLS = (
    "from vae_helpers.widgets import TwoGaussians",
    "first = TwoGaussians(2)\ndisplay(first, second := TwoGaussians(2))",
    "third = TwoGaussians(2)\nthird",
)


def test_an_explorer_takes_the_place_of_the_one_before(scratch):
    with scratch("again", *CELLS) as notebook:
        page, open_ = notebook.page, []
        for number in (0, 1, 2, 1, 2, 2):
            start(page, number)
            page.wait_for_function("window.ran === true", timeout=60_000)
            open_.append(notebook.value("len(get_ipython().kernel.comm_manager.comms)"))
        assert open_[2:] == open_[2:3] * 4 and open_[2] > 0
        assert page.locator(".jp-OutputArea-output canvas").count() > 0
        assert notebook.value("[e.comm is not None for e in (first, second, third)]") == [True] * 3
