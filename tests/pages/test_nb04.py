"""What notebook 04 shows: figures, words that follow numbers, a run's file, and the debugging lab in its own cells."""

import json
import math
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from vae_helpers import models
from vae_helpers.exercises import catalogue
from vae_helpers.exercises.nb04 import quiet_score
from vae_helpers.history import Epoch, History
from vae_helpers.pages import nb04 as page
from vae_helpers.pages import nb04_hints as hints
from vae_helpers.pages import nb04_lab as lab

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_the_reparameterization_trick.ipynb"
DIGITS = torch.rand(40, 784, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def small():
    return models.VAE(3, (10,), seed=1)


def cell(name):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return "".join(next(c["source"] for c in cells if c["id"] == name))


def solution_of(folds):
    return folds[-1][1].split("```python\n")[1].split("```")[0]


@pytest.mark.parametrize(("name", "folds"), [("lab", hints.LAB), ("challenge", hints.CHALLENGE)])
def test_hints_are_stored_as_the_page_shows_them_and_folded(name, folds):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    (output,) = next(c["outputs"] for c in cells if c["id"] == f"{name}-folds")
    stored = {kind: "".join(text) for kind, text in output["data"].items()}
    assert stored == hints.bundle(folds)
    text = stored["text/markdown"]
    assert text.startswith("<details>") and text.count("<details>") == text.count("</details>") == len(folds)
    assert text.endswith("</details>" + "\n\n</details>" * (len(folds) - 1))
    assert [text.index(title) for title, _ in folds] == sorted(text.index(title) for title, _ in folds)


@pytest.mark.parametrize("size", [1, 5])
def test_the_variance_of_the_score_estimate_is_that_of_draws(size):
    z = 1.5 + 0.4 * torch.randn(400_000, size, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    by_score = 0.5 * (z**2).sum(dim=1) * (z[:, 0] - 1.5) / 0.4**2
    assert math.isclose(by_score.var().item(), page.score_variance(size, 1.5, 0.4), rel_tol=0.03)


def test_figures_have_a_row_for_each_thing_they_compare(small):
    assert isinstance(page.variance_figure([1, 2], [5.0, 12.0], [0.25, 0.25], 1.0, 0.5), Figure)
    around = page.around_a_digit(small, DIGITS[:1], (0, 1, 2), torch.Generator().manual_seed(0))
    assert len(around.axes[0].images) == 3 * 11
    words = [text.get_text() for text in around.axes[0].texts if "nats" in text.get_text()]
    assert [line.split("\n")[0] for line in words] == ["μ itself", "μ + 1·σε", "μ + 2·σε"]


def test_the_first_row_around_a_digit_is_the_decoded_mean_itself(small):
    figure = page.around_a_digit(small, DIGITS[:1], (0,), torch.Generator().manual_seed(0))
    want = small.decode(small.encode(DIGITS[:1]).mean).mean.detach().reshape(28, 28)
    shown = [torch.as_tensor(image.get_array().data) for image in figure.axes[0].images[1:]]
    assert all(torch.allclose(picture, want) for picture in shown)


def test_a_picture_moves_further_with_a_longer_step(small):
    near, far = (page.moved(small, DIGITS, step, torch.Generator().manual_seed(0)) for step in (0.1, 1.0))
    assert 0 < near < far
    assert page.moved(small, DIGITS, 0.0, torch.Generator().manual_seed(0)) == 0


def test_an_epoch_is_measured_on_both_sets(small):
    epoch = page.measured(small, DIGITS[:10], DIGITS[10:], 2.0)
    assert (
        epoch.seconds == 2.0 and epoch.held_out_kl is not None and epoch.reconstruction != epoch.held_out_reconstruction
    )


def test_words_name_the_chosen_sigma_and_the_published_choice_nearby():
    sigma_of = catalogue()["implied_sigma"].reference
    noise = torch.zeros(2, 784)
    words, figure = page.claim(1.0, DIGITS[:1], noise, sigma_of, {"a mean": 19.8, "other": 1.0})
    assert "σ = 19.799" in words and "About as in: a mean" in words and isinstance(figure, Figure)
    assert "About" not in page.claim(0.1, DIGITS[:1], noise, sigma_of, {"a mean": 19.8, "other": 1.0})[0]
    slider, says, picture = page.weight_panel(DIGITS[:1], noise + 1, sigma_of, {"a mean": 19.8}).children
    before = picture.value
    slider.value = 1e-4
    assert "w = 0.00010 chooses σ = 0.198" in says.value and picture.value != before


def test_a_run_says_whether_it_is_finished_and_how_to_begin_again(tmp_path, monkeypatch):
    monkeypatch.setattr(page.storage.platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    file = page.run_file("04-some")
    assert file.parent.is_dir() and file.is_relative_to(tmp_path)
    for each in (file, page.storage.before(file)):
        each.write_text("state")
    epochs = [Epoch(1.0, -100.0, 5.0)] * 3
    words = page.where_it_stands(History(epochs, 2, interrupted=True), 8, file)
    assert "Stopped after 3 of 8" in words and str(file) in words and file.exists()
    assert "nothing is kept" in page.where_it_stands(History([], None, interrupted=True), 8, file)
    words = page.where_it_stands(History(epochs, 1), 3, file)
    assert words.startswith("Finished: 3 of 3 epochs, the best is number 2.") and "begin afresh" in words
    assert not list(file.parent.iterdir())


def test_without_a_home_directory_a_run_is_kept_beside_the_notebook(tmp_path, monkeypatch):
    def homeless(*_, **__):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(page.storage.platformdirs, "user_data_path", homeless)
    monkeypatch.chdir(tmp_path)
    assert page.run_file("04-some") == tmp_path / "04-some.safetensors"


def patients():
    """The lab's class as the notebook has it, with each of its faults mended but one, and with none."""
    sick = cell("lab")
    repairs = [
        ('        self.decoder.append(nn.Sigmoid())  # a probability for every pixel\n', ""),
        (".mean(dim=1)", ".sum(dim=1)"),
        ("logvar.data", "logvar"),
    ]  # fmt: skip
    assert all(sick.count(old) == 1 for old, _ in repairs)

    def mended(repairs):
        text = sick
        for old, new in repairs:
            text = text.replace(old, new)
        return text

    names = ("sigmoid twice", "mean over latents", "σ cut")
    only = {name: mended(repairs[:i] + repairs[i + 1 :]) for i, name in enumerate(names)}
    return {"three faults": sick, **only, "healed": mended(repairs)}


def compiled(source):
    namespace = {"torch": torch, "nn": nn}
    references = catalogue()
    namespace |= {name: references[name].reference for name in ("reparameterize", "bound_per_image", "forward")}
    namespace |= {"models": models}
    namespace |= {name: getattr(torch.distributions, name) for name in ("Bernoulli", "Independent", "Normal")}
    exec(cell("my-vae") + "\n\n\n" + source, namespace)
    return namespace["Patient"]


def treated(kind, images, steps):
    torch.manual_seed(0)
    patient, losses = kind(), []
    optimizer = torch.optim.Adam(patient.parameters(), lr=3e-3)
    for _ in range(steps):
        rows = torch.randint(len(images), (100,))
        losses.append(catalogue()["training_step"].reference(patient, optimizer, images[rows], torch.randn(100, 20)))
    return patient, torch.stack(losses).tolist()


@pytest.fixture(scope="module")
def drawn():
    from vae_helpers import data

    return data.load("strokes", n=1500)


@pytest.mark.filterwarnings("ignore")
def test_each_fault_of_the_lab_alone_keeps_the_bound_down_and_shows(drawn):
    found = {}
    for name, source in patients().items():
        with torch.random.fork_rng(devices=[]):
            patient, losses = treated(compiled(source), drawn.train_images, 120)
        found[name] = lab.report(patient, losses, drawn.test_images, -1e9)
        assert isinstance(lab.evidence(patient, losses, drawn.test_images), Figure)
    bounds = {
        name: float(words.split("the bound is ")[1].split(",")[0].replace("−", "-")) for name, words in found.items()
    }
    healed = bounds.pop("healed")
    assert all(bound < healed - 8 for bound in bounds.values()), (healed, bounds)
    sigma = {name: words.split("from latent to latent")[1].split("\n")[0].split() for name, words in found.items()}
    spread = {name: float(words[2]) - float(words[0]) for name, words in sigma.items()}
    assert spread["σ cut"] < 0.05 and abs(float(sigma["σ cut"][0]) - 1) < 0.05 and spread["healed"] > 0.1


def test_the_labs_solution_is_the_healed_class():
    solution = solution_of(hints.LAB)
    a, b = compiled(solution), compiled(patients()["healed"])
    x, eps = DIGITS[:5], torch.randn(5, 20, generator=torch.Generator().manual_seed(3))
    torch.manual_seed(0)
    one = a()
    torch.manual_seed(0)
    other = b()
    assert torch.equal(one(x, eps), other(x, eps))


def test_the_lab_says_healed_only_above_the_target(small):
    bound = lab.report(small, [1.0], DIGITS, -1e9)
    assert "Healed: the bound is −" in bound
    assert "Not healed yet" in lab.report(small, [1.0], DIGITS, 0.0)


def with_baseline(losses, z, mu, sigma):
    others = (losses.sum() - losses) / (len(losses) - 1)
    return ((losses - others)[:, None] * (z - mu) / sigma**2).mean(0)


CHALLENGERS = [
    ("open", catalogue()["score_gradient"].reference, "plain estimate"),
    ("right", with_baseline, "quiet"),
    ("wrong", lambda losses, z, mu, sigma: ((losses - losses.mean())[:, None] * (z - mu) / sigma**2).mean(0), "biased"),
    ("wrong", lambda losses, z, mu, sigma: ((losses - 20)[:, None] * (z - mu) / sigma**2).mean(0), "not yet quiet"),
    ("wrong", lambda losses, z, mu, sigma: torch.zeros_like(mu), "biased"),
    ("wrong", lambda losses, z, mu, sigma: mu * torch.nan, "biased"),
    ("error", lambda losses, z, mu, sigma: losses.no_such_thing, "AttributeError"),
]


@pytest.mark.parametrize(("kind", "function", "words"), CHALLENGERS)
def test_the_challenge_measures_bias_and_variance(kind, function, words):
    feedback = quiet_score.judge(function)
    assert feedback.kind == kind and words in feedback.text, str(feedback)


def test_the_challenges_gradients_are_those_of_its_losses():
    nodes, weights = (torch.from_numpy(a) for a in __import__("numpy").polynomial.hermite_e.hermegauss(60))
    weights = weights / weights.sum()
    for problem in quiet_score.problems():
        eps = torch.randn(200_000, 4, generator=torch.Generator().manual_seed(0))
        mu = problem.mu.clone().requires_grad_()
        estimate = torch.autograd.grad(problem.loss(mu + problem.sigma * eps).mean(), mu)[0]
        assert torch.allclose(estimate, problem.gradient, atol=0.03)
    waves = quiet_score.problems()[1]
    z = waves.mu.double()[:, None] + waves.sigma.double()[:, None] * nodes
    assert torch.allclose(((z - 3 * torch.sin(3 * z)) * weights).sum(1).float(), waves.gradient, atol=1e-5)


def test_the_challenge_hands_back_the_plain_estimate_until_it_is_met(monkeypatch):
    shown = []
    monkeypatch.setattr(quiet_score, "display", shown.append)
    assert quiet_score.challenge(with_baseline) is with_baseline
    assert quiet_score.challenge(lambda *arguments: None) is catalogue()["score_gradient"].reference
    assert [feedback.kind for feedback in shown] == ["right", "error"]


def test_the_challenges_solution_in_the_notebook_meets_it():
    namespace = {"score_gradient": catalogue()["score_gradient"].reference}
    exec(solution_of(hints.CHALLENGE), namespace)
    assert quiet_score.judge(namespace["quiet_score"]).kind == "right"


def test_a_quiet_score_that_changes_what_it_gets_is_measured_by_what_it_returns():
    def changes(losses, z, mu, sigma):
        losses -= losses.mean()
        return quiet_score.score_gradient(losses, z, mu, sigma) * len(losses) / (len(losses) - 1)

    assert quiet_score.judge(changes).kind == "right"


@pytest.mark.parametrize(
    ("function", "came"),
    [
        (lambda losses, z, mu, sigma: losses[:, None] * (z - mu) / sigma**2, "(16, 4)"),
        (lambda *arguments: None, "NoneType"),
    ],
)
def test_a_quiet_score_of_another_form_is_told_so(function, came):
    feedback = quiet_score.judge(function)
    assert feedback.kind == "error" and f"one number for each coordinate of μ, not {came}" in feedback.text
