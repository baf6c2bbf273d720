"""What notebook 06 shows: figures are figures, words follow numbers, and its second part needs the setup cell alone."""

import ast
import builtins
import json
import math
import re
from pathlib import Path

import ipywidgets
import pytest
import torch
from matplotlib.figure import Figure

from vae_helpers import data, gap, likelihood, models, objective, stack, weights
from vae_helpers.exercises import catalogue
from vae_helpers.pages import nb06, nb06_bill, nb06_hints, nb06b
from vae_helpers.widgets import itemized_bill

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "06_interpreting_the_model.ipynb"
GAP = catalogue()["gap_on_grid"].reference


def cell(name):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return "".join(next(c["source"] for c in cells if c["id"] == name))


@pytest.fixture(scope="module")
def model():
    return weights.load("mnist-2d")


@pytest.fixture(scope="module")
def images():
    return data.binarize(data.load("strokes", n=200).train_images[:12])


@pytest.fixture
def split():
    """Forty gaps, of which two are large; nine tenths of each are of one kind."""

    def made(amortization):
        missing = torch.ones(40)
        missing[[3, 7]] = 50.0
        log_p_x = torch.full((40,), -100.0)
        elbo = log_p_x - missing
        return gap.Split(log_p_x, elbo, elbo + amortization * missing)

    return made


# --- part one


def test_posteriors_show_each_image_and_say_its_gap(model, images):
    figure, lines = nb06.posteriors(model, images[:2], GAP, ["one", "two"])
    assert isinstance(figure, Figure) and [axis.get_title() for axis in figure.axes][:2] == ["one", "two"]
    exact = gap.likelihood.quadrature(model, images[:2])
    for line, log_p_x, bound in zip(lines, exact, gap.split(model, images[:2], steps=1).elbo, strict=True):
        numbers = [
            float(word) for word in line.replace("=", " ").split() if word.lstrip("-").replace(".", "").isdigit()
        ]
        assert numbers[0] == pytest.approx(log_p_x.item(), abs=0.02)
        assert numbers[2] == pytest.approx(bound.item(), abs=0.1 + 0.02 * numbers[1])


def test_the_gap_of_a_digit_that_is_served_badly_is_that_of_equation_5(mnist):
    """Q and the posterior lie far apart, so that the grid has to be wide, and still fine beside Q's width."""
    model, test = weights.load("mnist-2d"), data.binarize(mnist.test_images, seed=0)
    for number in (35, 253, 72, 33):
        x = test[number, None]
        _, (line,) = nb06.posteriors(model, x, GAP)
        with torch.no_grad():
            bound = gap.elbo(model, x, *objective.mean_and_sigma(model.encode(x)), nodes=30)
        told = [float(part.split()[0]) for part in line.split("=")[2:]]
        exact = likelihood.quadrature(model, x).item()
        assert told == pytest.approx([exact - bound.item(), bound.item()], abs=0.2), number  # of 5 to 55 nats


def test_a_digit_or_a_drawing_is_looked_at(model, images):
    box = nb06.look_at_one(model, images, torch.arange(12) % 10, GAP)
    pad, (button, number, words, picture) = box.children[0], box.children[1].children
    assert isinstance(box, ipywidgets.Box) and words.value.startswith("<pre>test digit 7\n")
    assert re.findall(r'class="(vae-\w+)" src="[^"]*" alt="(test digit 7); below', picture.value) == [
        ("vae-light", "test digit 7"), ("vae-dark", "test digit 7"),
    ]  # fmt: skip
    first = picture.value
    button.click()
    assert words.value == "<pre>Nothing is drawn yet.</pre>" and picture.value == first
    pad.pixels = (255 * images[2]).to(torch.uint8).numpy().tobytes()
    button.click()
    drawn = words.value
    assert drawn.startswith("<pre>your drawing\nlog P(X)") and picture.value != first
    number.value = 2
    assert words.value == drawn.replace("your drawing", "test digit 2")


def test_the_hardest_digit_that_fits_is_offered(model, images):
    assert torch.equal(nb06.hardest(model, images[:3])._image, images[:1])
    with pytest.raises(ValueError, match="too narrow"):
        nb06.hardest(model, images[:0])


@pytest.mark.parametrize(("share", "larger"), [(0.9, "amortization"), (0.1, "approximation")])
def test_the_larger_part_of_the_gap_is_named_from_its_numbers(split, share, larger):
    words = nb06.gap_in_words(split(share))
    assert f"The larger part is {larger}: amortization is {share:.0%} of the average gap." in words
    assert "The 2 digits with the largest gaps, 5% of all, carry 72% of it." in words  # 100 of 138
    assert "median     1.000   largest    50.00" in words


def test_a_speaking_stack_does_as_a_stack_does_and_says_so(capsys):
    model, x = catalogue()["push_image"].probes[1][1:]
    loud, quiet = nb06.SpeakingStack(words=12, seed=2), stack.Stack(words=12, seed=2)
    push, pull = catalogue()["push_image"].reference, catalogue()["pull_image"].reference
    assert torch.equal(push(loud, model, x), push(quiet, model, x)) and loud.to_bytes() == quiet.to_bytes()
    assert torch.equal(pull(loud, model), x.float())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["pop_z", "push_x", "push_z", "unpush_z", "unpush_x", "unpop_z"]
    moved = [float(line.split()[1]) for line in lines]
    assert moved[:3] == [-bits for bits in moved[:2:-1]] and moved[0] < 0 < moved[1]
    assert float(lines[-1].split()[3]) == pytest.approx(stack.Stack(words=12, seed=2).bits, abs=0.06)


@pytest.mark.parametrize(
    ("mismatch", "words"), [(0.2, "comes close to P(z): 3% buys"), (1.5, "does not fill P(z) evenly: 25%")]
)
def test_the_price_of_z_is_told_from_its_parts(mismatch, words):
    told = nb06.price_in_words(6.0, 6.0 - mismatch, mismatch, 1000)
    assert words in told and "at most log 1,000 = 6.91" in told and f"{1 - mismatch / 6:.0%} of the price" in told


def test_the_weight_beside_a_squared_error_is_twice_the_variance(images):
    """6.3: 2σ² times minus the bound is the squared error plus λ·D and a constant, for λ = 2σ² and not for σ²."""
    gaussian = models.VAE(3, (10,), likelihood="gaussian", sigma=0.7, seed=1)
    with torch.no_grad():
        q = gaussian.encode(images)
        z = q.mean + q.stddev * torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
        kl = objective.kl(q)
        out = gaussian.decode(z)
        bound, squared = out.log_prob(images) - kl, (images - out.mean).square().sum(dim=1)
    rest = {weight: 2 * 0.7**2 * -bound - squared - weight * kl for weight in (2 * 0.7**2, 0.7**2)}
    right, half = (values.std() for values in rest.values())
    assert right < 1e-3 and half > 0.01
    text = cell("regularization-text")
    assert r"\lambda = 2\sigma^2" in text and r"2\sigma^2\cdot D[Q\|P(z)]" in text


def test_free_bits_are_as_many_in_the_text_as_in_the_run():
    assert "each dimension may use one nat without paying" in cell("cure-text")
    assert "free_bits_kl(kl, 1.0)" in cell("cure")


def test_figures_are_figures():
    z = torch.linspace(-3, 3, 50)
    assert isinstance(nb06.vanishing_figure(z, z**3, [1.0, 0.1], [0.5, 0.01], [0.2, 0.001]), Figure)
    bars = nb06.lengths_figure({"gzip": 0.3, "VAE": 0.17, "promise": 0.17}).axes[0]
    assert [label.get_text() for label in bars.get_yticklabels()] == ["gzip", "VAE", "promise"]
    axis = torch.linspace(-6, 6, 61)
    q = torch.exp(-0.5 * ((axis[:, None] - 1) ** 2 + (axis - 2) ** 2)) / (2 * math.pi)
    assert isinstance(nb06.aggregate_figure(axis, q), Figure)


def test_pixels_beside_an_edge_are_found():
    x = torch.zeros(2, 28, 28)
    x[0, 5:9, 5:9] = 1  # a square: 12 pixels of its rim and 16 around it
    found = nb06_bill.beside_an_edge(x.flatten(1)).reshape(2, 28, 28)
    assert found[0].sum() == 28 and not found[1].any()
    assert found[0, 5, 5] and found[0, 4, 5] and not found[0, 6, 6] and not found[0, 4, 4]


@pytest.mark.parametrize("mode", ["mnist", "strokes"])
def test_what_is_said_of_bills_is_true_of_both_kinds_of_digits(mode, request):
    """Said in prose: edges cost the most; what the blank page costs beside digits and gzip; a speck, more than ten bits."""
    found = request.getfixturevalue("mnist") if mode == "mnist" else data.load("strokes", n=6000)
    x = data.binarize(found.test_images, seed=0)[:1000]
    models = {"2 latents": weights.load("mnist-2d"), "16 latents": weights.load("mnist-16d")}
    lines = nb06_bill.blank_in_words(models, x).splitlines()
    two, sixteen, gzip = (line[12:].split() for line in lines[1:4])
    assert float(two[1]) > float(two[0]) and int(two[2].rstrip("%")) < 50  # dearer than most digits
    assert int(sixteen[2].rstrip("%")) > 50 and gzip[1:] == ["48.0", "100%"]
    assert float(sixteen[1]) > 2 * float(gzip[1]) and float(sixteen[0]) < float(gzip[0]) / 3
    exact = likelihood.quadrature(models["2 latents"], torch.zeros(1, 784)).item() / -math.log(2)
    assert float(two[3]) == pytest.approx(exact, abs=0.06)
    assert float(sixteen[3]) < float(gzip[1]) < float(two[3]) < float(two[0])  # cheaper than gzip; than most digits
    part, share = (int(word.rstrip("%")) for word in lines[4].split() if word.endswith("%"))
    assert part < 25 and share > 90
    model, speck = models["16 latents"], x.clone()
    speck[:, [0, 58, 27, 756, 783]] = 1
    before, after = (itemized_bill.bits(model, pictures)[0] for pictures in (x, speck))
    assert after[:, [0, 58, 27, 756, 783]].min() > 10
    inside = ~nb06_bill.beside_an_edge(x)
    assert (before * inside).sum() / inside.sum() < 0.02  # nearly free


# --- part two


def test_the_table_of_families_has_a_line_for_every_model():
    lines = nb06b.family_table().splitlines()
    assert len(lines) == 2 + len(weights.family_figures("beta")) + len(weights.family_figures("sigma"))
    assert lines[3].split()[:3] == ["beta", "1.0", "23.85"]


def test_points_are_pushed_apart_and_others_stay():
    points = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.1, 0.0], [5.0, 5.0]])
    moved = nb06b.apart(points, 1.0)
    assert torch.pdist(moved).min() >= 1.0
    assert (moved[3] - points[3]).norm() < 0.02


def test_numerals_of_classes_do_not_overlap():
    codes = torch.randn(400, 2, generator=torch.Generator().manual_seed(0)) * 0.2  # all classes at one place
    figure = nb06b.planes({"one": codes, "two": 30 * codes}, torch.arange(400) % 10)
    figure.canvas.draw()
    for axis in figure.axes:
        boxes = [text.get_window_extent() for text in axis.texts]
        assert len(boxes) == 10 and axis.get_title() in ("one", "two")
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_verdicts_on_autoencoders_follow_their_numbers():
    copies = {"plain": 165.5, "sparse": 162.7, "VAE": 162.0}

    def said(nudged, copies=copies, trained=True):
        return nb06b.copies_in_words(copies, nudged | {"sparse": 3.3}, 127.6, trained)

    assert "The VAE's suffer least." in said({"plain": 4.4, "VAE": 2.0})
    close = said({"plain": 4.4, "VAE": 3.4})
    assert "3.4 nats, the others' 3.3 to 4.4" in close and "other seeds" in close and "least" not in close
    worst = said({"plain": 4.4, "VAE": 9.0})
    assert "least" not in worst and "other seeds" not in worst
    assert "cost the VAE's copies nothing" in worst and "few nats" in said(
        {"plain": 4.4, "VAE": 2.0}, copies | {"VAE": 164.0}
    )
    assert "30 nats" in said({"plain": 4.4, "VAE": 2.0}, copies | {"VAE": 192.7})
    assert "127.6" in close and "127.6" not in said({"plain": 4.4, "VAE": 3.4}, trained=False)


def test_the_challenge_scores_what_is_won(model, images):
    def encoder(model, x):
        q = model.encode(x)
        return q.mean, q.stddev

    def best(model, x):
        found = gap.best_q(model, x)
        return found.mu, found.sigma

    said = {name: nb06b.won_back(function, model, images) for name, function in
            {"none": lambda *_: None, "one": lambda *_: images, "shape": lambda *_: (images, images),
             "negative": lambda m, x: (m.encode(x).mean, -m.encode(x).stddev), "encoder": encoder, "best": best}.items()}  # fmt: skip
    assert "Not attempted yet" in said["none"] and "two tensors" in said["one"]
    assert "must have shape (12, 2), not (12, 784)" in said["shape"] and "sigma positive" in said["negative"]
    assert "You win 0% of the" in said["encoder"] and "The mark is 95%." in said["encoder"]
    assert "You win 100% of the" in said["best"] and "Reached: the mark was 95%." in said["best"]


def test_the_hints_solution_reaches_the_mark(model, images):
    namespace = {"torch": torch, "gap": gap}
    exec(nb06_hints.CHALLENGE[-1][1].removeprefix("```python\n").removesuffix("```"), namespace)
    assert "Reached: the mark was 95%." in nb06b.won_back(namespace["better_q"], model, images)


# --- the notebook


def names(nodes):
    """Names that code loads and names that it makes."""
    walk = [node for tree in nodes for node in ast.walk(tree)]
    loaded = {n.id for n in walk if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    made = {n.id for n in walk if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    made |= {n.name for n in walk if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler))}
    made |= {a.arg for n in walk if isinstance(n, ast.arguments) for a in n.args}
    made |= {(a.asname or a.name) for n in walk if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
    return loaded, made


def test_the_second_part_needs_the_setup_cell_alone():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    ids = [cell["id"] for cell in cells]
    second = [cells[ids.index("setup")], *cells[ids.index("rest") :]]
    loaded, made = names(ast.parse("".join(cell["source"])) for cell in second if cell["cell_type"] == "code")
    assert loaded - made - set(dir(builtins)) - {"display"} == set()
