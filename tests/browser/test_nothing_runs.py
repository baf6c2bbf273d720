"""What a learner names, raises, prints or labels stands in JupyterLab as text: no script of it runs."""

from steps import start

EVIL = "<img src=x onerror=window.evil=1>"
CELLS = (
    f"""
from pathlib import Path
import tempfile
import torch
from matplotlib.figure import Figure
from vae_helpers import checkup, data, models, pictures, plots, training
from vae_helpers.exercises import check, predict, progress
from vae_helpers.pages import nb04
from vae_helpers.widgets.log_slider import LogSlider
from vae_helpers.widgets.pencil import Pencil
EVIL = {EVIL!r}
""",
    """
class Odd:
    def __repr__(self):
        return EVIL
def log_prior(z):
    print(EVIL)
    return Odd()
check(log_prior)
def log_prior(z, odd=type(EVIL, (), {})()):
    raise type(EVIL, (Exception,), {})(EVIL)
check(log_prior); None
""",
    "progress(EVIL)",
    "predict(EVIL)",
    "log_prior.__name__ = EVIL\ncheck(log_prior)",
    "raise type(EVIL, (Exception,), {})(EVIL)",
    "raise NameError(EVIL, name=EVIL)",
    """
folder = Path(tempfile.mkdtemp())
(folder / f"{EVIL}.png").write_text(EVIL)
pictures.Image.new("L", (3, 3)).save(folder / "good.png")
pictures.load(folder)
""",
    "print(pictures.load(folder)); data.load(EVIL)",
    "plots.show(Figure(figsize=(1, 1)), alt=EVIL); display(Odd())",
    "display(Pencil(question=EVIL, answers=[(1, EVIL)], unit=EVIL, given='1'), LogSlider(label=EVIL, name=EVIL))",
    "nb04.weight_panel(torch.rand(1, 784), torch.zeros(2, 784), lambda w, d: torch.tensor(1.0), {EVIL: 1.0})",
)


def test_no_string_of_the_learners_runs(scratch):
    with scratch("strings", *CELLS) as notebook:
        page = notebook.page
        for number in range(len(CELLS)):  # one by one: an error ends "run all"
            start(page, number)
            page.wait_for_function("window.ran === true", timeout=60_000)
        page.wait_for_timeout(1500)
        outputs = page.locator(".jp-OutputArea-output")
        shown = [text for text in outputs.all_inner_texts() if EVIL in text]
        assert len(shown) >= 9, shown  # it is there, to be read
        assert page.evaluate("window.evil") is None and page.locator("img[src=x]").count() == 0
