"""What notebook 05 says of its numbers follows from them, and holds for MNIST and for drawn digits."""

import math

import nbformat
import pytest
import torch
from matplotlib.figure import Figure

from vae_helpers import data, likelihood, objective, weights
from vae_helpers.beyond import mixture_prior
from vae_helpers.exercises import cells
from vae_helpers.exercises.nb05 import attribute_direction, every_digit
from vae_helpers.pages import nb05 as page
from vae_helpers.pages import nb05_cover, nb05_hints


@pytest.fixture(scope="module", params=["mnist", "strokes"])
def digits(request):
    """Black-and-white test digits and labels of one of the two modes."""
    found = request.getfixturevalue("mnist") if request.param == "mnist" else data.load("strokes", n=6000)
    return data.binarize(found.test_images[:2000], seed=0), found.test_labels[:2000]


@pytest.fixture(scope="module")
def model():
    return weights.load("mnist-2d")


@pytest.fixture(scope="module")
def model16():
    return weights.load("mnist-16d")


def fits(model16, digits):
    """Codes, KL, and the direction of ink over all latents and over those in use."""
    with torch.no_grad():
        q = model16.encode(digits[0])
    kl = objective.kl_by_dimension(q.mean, q.stddev).mean(dim=0)
    values = page.ink(digits[0])
    design = torch.cat([q.mean, torch.ones(len(q.mean), 1)], dim=1)
    broken = (torch.linalg.pinv(design) @ values)[:16]
    return q.mean, kl, broken / broken.norm(), attribute_direction.attribute_direction(q.mean, values, kl)


def walk(model16, codes, labels, direction):
    four = codes[int((labels == 4).nonzero()[2])]
    return model16.decode(four + torch.linspace(-3, 3, 9)[:, None] * direction).mean


def test_slant_is_the_shear_of_a_stroke():
    upright, leaning = torch.zeros(28, 28), torch.zeros(28, 28)
    upright[4:24, 14] = 1
    for y in range(4, 24):
        leaning[y, 14 + (14 - y) // 2] = 1  # half a pixel to the right for each pixel up
    slants = page.slant(torch.stack([upright, leaning]).flatten(1))
    assert abs(slants[0]) < 1e-6 and abs(slants[1] - 0.5) < 0.02
    assert page.ink(upright.reshape(1, 784)).item() == 20


def test_the_first_walk_hardly_moves_since_it_lies_in_unused_latents_and_the_mended_one_does(model16, digits):
    codes, kl, broken, mended = fits(model16, digits)
    assert (kl < 0.01).sum() == 3 and (broken[kl < 0.01] ** 2).sum() > 0.9
    assert "3 of 16 latents" in page.silent(kl, codes, {"ink": broken**2})
    stuck, moved = (walk(model16, codes, digits[1], way) for way in (broken, mended))
    grown = [float(page.ink(pictures)[-1] - page.ink(pictures)[0]) for pictures in (stuck, moved)]
    assert 0 < grown[0] < 60 and grown[1] > 4 * grown[0]
    words = page.walks({"ink": stuck, "more": moved})
    assert f"{page.ink(stuck)[0]:4.0f} → {page.ink(stuck)[-1]:4.0f} pixels" in words.splitlines()[0]


def test_slant_comes_alone_and_a_1_comes_with_little_ink(model16, digits):
    images, labels = digits
    codes, kl, _, ink = fits(model16, digits)
    slant = attribute_direction.attribute_direction(codes, page.slant(images), kl)
    one = attribute_direction.attribute_direction(codes, (labels == 1).float(), kl)
    changes = {}
    for name, way in (("ink", ink), ("slant", slant), ("one", one)):
        amounts = page.ink(walk(model16, codes, labels, way))
        changes[name] = float(amounts[-1] - amounts[0])
    assert abs(changes["slant"]) < changes["ink"] / 4  # the prediction's keyed answer
    assert changes["one"] < -30


def test_both_digit_and_style_change_along_the_most_used_latent(model16, digits):
    _, kl, _, _ = fits(model16, digits)
    words = page.slider_ends(model16, int(kl.argmax()))
    another, ink = int(words.split("digit in ")[1].split("%")[0]), int(words.split("changes by ")[1].split()[0])
    assert another > 90 and ink > 30


def test_what_lies_midway_on_latent_paths_is_nearer_to_digits_than_mixed_pixels(model16, digits):
    images, _ = digits
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        mu = model16.encode(images[:400]).mean
        middle = model16.decode((mu[:200] + mu[200:]) / 2).mean
        bounds = []
        for means in (model16.decode(mu[:200]).mean, middle, (images[:200] + images[200:400]) / 2):
            drawn = torch.bernoulli(means, generator=generator)
            bounds.append(float(objective.elbo(model16, drawn, 10, generator).elbo.mean()))
    assert 3 < bounds[0] - bounds[1] < 20 and bounds[1] - bounds[2] > 100


def test_the_bound_with_mu_in_place_of_z_is_none(model, model16, digits):
    x = digits[0][:64]
    generator, higher = torch.Generator().manual_seed(0), []
    with torch.no_grad():
        for each in (model, model16):
            average = objective.elbo(each, x, samples=10, generator=generator).reconstruction
            higher.append(float((each.decode(each.encode(x).mean).log_prob(x) - average).mean()))
        q = model.encode(x)
        at_mu = model.decode(q.mean).log_prob(x) - objective.kl(q)
    assert 0.3 < higher[0] and 3 * higher[0] < higher[1]
    assert (at_mu > likelihood.quadrature(model, x)).sum() > 16


def test_the_grid_of_equal_mass_is_described(model, digits):
    z = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    lines = page.areas(model, z, *digits).splitlines()
    inside, meet = (int(part.split()[0]) for part in lines[2].split(": ")[1].split(", "))
    assert inside < meet
    assert "too often" in lines[0] and "too seldom" in lines[1]


def test_levels_hold_their_shares_of_the_mass():
    axis = torch.linspace(-4, 4, 161)
    z = torch.cartesian_prod(axis, axis)
    height = torch.exp(-z.square().sum(1) / 2)  # of the standard Gaussian: exp(−r²/2) of the mass lies beyond r
    levels = page.holding(height)
    assert levels == sorted(levels) and levels[-1] == 1
    torch.testing.assert_close(torch.tensor(levels[:-1]), torch.tensor([0.05, 0.2, 0.4, 0.6, 0.8]), atol=0.01, rtol=0)


def test_the_classes_drawn_under_a_prior_are_compared_with_the_data_in_words(model, digits, request):
    images, labels = digits
    fitted = mixture_prior.fit(*mixture_prior.codes(model, images), parts=30)
    mixture = fitted.logits.softmax(0), fitted.means, fitted.log_sds.exp()
    lines = page.misfit(model, mixture, labels).splitlines()
    before, after = (float(line.split("%")[0].split()[-1]) for line in lines[:2])
    assert before > 5 and (after >= before) == (len(lines) == 3)
    if "mnist" in request.node.callspec.id:  # the decoder's own kind of digits
        assert after < 0.7 * before


def test_figures_are_figures(model, digits):
    images, labels = digits
    with torch.no_grad():
        codes = model.encode(images).mean
    kl = torch.tensor([0.0, 2.0, 1.0])
    bars = page.use_and_shares(kl, {"ink": torch.tensor([0.9, 0.1, 0.0])})
    assert [bar.get_height() for bar in bars.axes[0].patches] == [2, 1, 0]  # most used first
    assert [round(bar.get_height(), 3) for bar in bars.axes[1].patches] == [0.1, 0.0, 0.9]
    bounds = page.bounds([1, 10], torch.tensor([[-3.0, -2.0], [-3.2, -2.1]]), -1.5)
    priors = page.priors(codes, labels, {"N(0, I)": model.prior.log_prob})
    scores = page.score_rows({"digits": torch.tensor([-90.0, -80.0]), "blank page": torch.tensor([-45.0])}, -95.0)
    assert all(isinstance(figure, Figure) for figure in (bars, bounds, priors, scores))
    assert len(priors.axes) == 2 and len(scores.axes[0].lines) == 3
    assert "  2.000 nats at the median" in page.missing("a", torch.tensor([1.0, 2.0, 9.0]))


# ---- the challenge ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hard(model, digits):
    x = digits[0][:64]
    return model, x, likelihood.quadrature(model, x)


def test_the_hints_solution_meets_the_challenge_and_drawing_from_q_does_not(hard):
    namespace = {"torch": torch, "math": math, "likelihood": likelihood}
    exec(nb05_hints.CHALLENGE[-1][1].removeprefix("```python\n").removesuffix("```"), namespace)
    met = every_digit.challenge(namespace["every_digit"], *hard)
    assert met.kind == "right", str(met)

    def from_q(model, x, generator):
        return likelihood.importance_sampled(model, x, 750, generator=generator)

    missed = every_digit.challenge(from_q, *hard)
    assert missed.kind == "wrong" and "Not close enough" in missed.text and "above" not in missed.text


def test_the_challenge_counts_decodings_and_says_what_is_wrong(hard):
    truth = hard[2]
    said = lambda answer: every_digit.challenge(answer, *hard)  # noqa: E731
    by_quadrature = said(lambda model, x, generator: likelihood.quadrature(model, x))
    assert by_quadrature.kind == "wrong" and "48,000 are allowed" in by_quadrature.text
    assert "Most answers lie above" in said(lambda model, x, generator: truth + 2).text
    assert "a Python number" in said(lambda model, x, generator: 3.0).text
    assert "shape (64, 1)" in said(lambda model, x, generator: truth[:, None]).text
    assert "64 of your 64" in said(lambda model, x, generator: truth * torch.inf).text
    assert said(lambda model, x, generator: x @ x).kind == "error"


def test_the_challenges_cell_is_its_stub_and_asks_for_nothing(hard):
    notebook = nbformat.read(next(cells.FOLDER.glob("05_*.ipynb")), as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == "challenge-code")
    assert every_digit.STUB in cell.source
    namespace = {}
    exec(every_digit.STUB, namespace)
    untouched = every_digit.challenge(namespace["every_digit"], *hard)
    assert (
        untouched.kind == "open" and "goes on with" not in str(untouched) + untouched._repr_mimebundle_()["text/html"]
    )


def test_peaks_are_counted():
    z = torch.cartesian_prod(*[torch.linspace(-4, 4, 121)] * 2)
    hill = lambda *at: torch.exp(-0.5 * ((z - torch.tensor(at)) / 0.3).square().sum(dim=1)).reshape(121, 121)  # noqa: E731
    one, two, faint = hill(0.0, 0.0), hill(0.0, 0.0) + 0.5 * hill(2.0, 1.0), hill(0.0, 0.0) + 0.01 * hill(2.0, 1.0)
    assert nb05_cover.peaks(torch.stack([one, two, faint])).tolist() == [1, 2, 1]


def test_what_is_said_of_covered_digits_is_true_of_both_kinds(digits, model):
    """The posterior about doubles and splits for some; Q stays narrow, loses it, and holds too little of whole digits."""
    x = digits[0][:100]
    nothing, half, most = nb05_cover.cover_table(model, x)
    assert 1.5 < half["posterior"] / nothing["posterior"] < 2.6 and most["posterior"] > 1.5 * half["posterior"]
    assert half["q"] < 1.3 * nothing["q"] and most["q"] < 2 * nothing["q"]
    assert half["held"] < 0.2 and half["held"] < nothing["held"] / 2 and most["held"] < 0.1 and nothing["held"] < 0.75
    assert 1 <= nothing["peaks"] < most["peaks"] < 2
    words = nb05_cover.cover_in_words(model, x).splitlines()
    assert words[2].split()[:3] == ["top", "half", f"{half['posterior']:.3f}"] and "100 digits" in words[-1]
