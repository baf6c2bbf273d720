"""The shared plots: pictures that hold what they claim, in colors of one palette."""

import re
from pathlib import Path

import pytest
import torch
from colors import DARK, LIGHT, SEEN, contrast, lab, linear
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vae_helpers import plots
from vae_helpers.models import VAE

ROOT = Path(__file__).parents[1]


def test_every_color_of_the_core_is_typed_in_the_palette():
    """Outside plots.py no module beside it types a color; ten classes have ten."""
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in [*plots.COLORS.values(), *plots.CLASS_COLORS])
    assert len(set(plots.COLORS.values())) == len(plots.COLORS)
    assert len(set(plots.CLASS_COLORS)) == 10
    for path in (ROOT / "vae_helpers").glob("*.py"):
        if path.name != "plots.py":
            assert not re.findall(r"[\"']#[0-9A-Fa-f]{3,8}[\"']", path.read_text(encoding="utf-8")), path


def test_colors_stand_out_from_white_and_from_the_dark_theme():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    named = {name: color for name, color in plots.COLORS.items() if name not in ("ink", "paper", "shade")}
    for name, color in (named | dict(enumerate(plots.CLASS_COLORS))).items():
        for paper in (LIGHT, DARK):
            assert contrast(color, paper) >= 3, (name, paper)


@pytest.mark.parametrize("reader", SEEN)
def test_classes_differ_for_readers_who_see_fewer_colors(reader):
    """The distance of the nearest two: 20 is plain to see; the limit of notice is about 2."""
    matrix = torch.tensor(SEEN[reader], dtype=torch.float64)
    seen = lab(torch.stack([linear(color) for color in plots.CLASS_COLORS]) @ matrix.T)
    assert torch.pdist(seen).min() > 20


def test_the_manifold_stands_at_equal_probabilities():
    """A decoder whose first pixels show z itself: neighbors must be quantiles of N(0, 1), z₂ rising upward."""
    model = VAE(2, (), likelihood="gaussian", sigma=1.0)
    with torch.no_grad():
        model.decoder[0].weight.zero_()
        model.decoder[0].bias.zero_()
        model.decoder[0].weight[0, 0] = model.decoder[0].weight[1, 1] = 1.0
    picture = torch.tensor(plots.manifold(model, side=4).axes[0].get_images()[0].get_array())
    expected = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor([0.125, 0.375, 0.625, 0.875]))
    assert torch.allclose(picture[0, ::28], expected, atol=1e-5)
    assert torch.allclose(picture[::28, 1], -expected, atol=1e-5)

    z = torch.tensor([[1.0, 4.0], [2.0, 4.0], [1.0, 3.0], [2.0, 3.0]])
    axis = plots.manifold(model, z).axes[0]
    picture = torch.tensor(axis.get_images()[0].get_array())
    assert torch.equal(picture[::28, ::28], z[:, 0].reshape(2, 2))
    assert torch.equal(picture[::28, 1::28], z[:, 1].reshape(2, 2))
    assert {label.get_text() for label in axis.get_xticklabels()} == {"1.0", "2.0"}
    assert [label.get_text() for label in axis.get_yticklabels()][::4] == ["4.0", "3.0"]
    with pytest.raises(ValueError, match=r"\(side², 2\), not \(3, 2\)"):
        plots.manifold(model, z[:3])


@pytest.mark.parametrize("shape", [(0, 784), (3, 100), (784,), (2, 28, 27)])
def test_digits_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"images must have shape \(N, 784\)"):
        plots.digits(torch.zeros(shape))


@pytest.mark.parametrize(
    "names, complaint",
    [({"titles": ["a", "b"]}, "3 images but 2 titles"), ({"columns": 2, "rows": ["a"]}, "2 rows but 1 names"),
     ({"columns": 2, "columns_names": ["a"]}, "2 columns but 1 names")],
)  # fmt: skip
def test_digits_wants_as_many_names_as_there_are_things(names, complaint):
    with pytest.raises(ValueError, match=complaint):
        plots.digits(torch.zeros(3, 784), **names)


def boxes(figure):
    """The drawn text of a figure: [(text, its bounding box in inches), ...]."""
    FigureCanvasAgg(figure).draw()
    texts = [text for axis in figure.axes for text in [*axis.texts, axis.title] if text.get_text()]
    return [
        (text.get_text(), text.get_window_extent().transformed(figure.dpi_scale_trans.inverted())) for text in texts
    ]


def test_rows_and_columns_of_digits_have_names():
    rows, columns = ["plain", "denoising\n(σ = 0.5)", "a variational autoencoder"], [f"t = {k}" for k in range(4)]
    figure = plots.digits(torch.rand(11, 784), columns=4, rows=rows, columns_names=columns)
    shown = boxes(figure)
    assert [text for text, _ in shown] == [*rows, *columns]
    width, height = figure.get_size_inches()
    (axis,) = figure.axes
    images = [image.get_window_extent().transformed(figure.dpi_scale_trans.inverted()) for image in axis.images]
    assert len(images) == 11 and all(image.width == pytest.approx(image.height) for image in images)
    assert not any(a.overlaps(b) for i, a in enumerate(images) for b in images[:i])
    for text, box in shown:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, f"{text} is cut"
        assert not any(box.overlaps(image) for image in images), text
    centers = {text: (box.x0 + box.x1, box.y0 + box.y1) for text, box in shown}
    for k, name in enumerate(rows):
        assert centers[name][1] == pytest.approx(images[4 * k].y0 + images[4 * k].y1, abs=0.05)
    for k, name in enumerate(columns):
        assert centers[name][0] == pytest.approx(images[k].x0 + images[k].x1, abs=0.05)


@pytest.mark.parametrize("spread", [0.2, 1.0])
def test_numerals_of_four_small_planes_do_not_overlap(spread):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(1000) % 10
    angle = 2 * torch.pi * labels / 10
    codes = 3 * spread * torch.stack([angle.cos(), angle.sin()], dim=1)
    codes += 0.6 * torch.randn(1000, 2, generator=generator)
    figure = Figure(figsize=(10, 2.9), layout="constrained")
    for axis, scale in zip(figure.subplots(1, 4), (1, 1, 3, 20), strict=True):
        plots.latent_plane(scale * codes, labels, limit=4.0 * scale, axis=axis)
    shown = boxes(figure)
    assert [text for text, _ in shown] == [*"0123456789"] * 4
    for k in range(4):
        plane = [box for _, box in shown[10 * k : 10 * k + 10]]
        assert not any(a.overlaps(b) for i, a in enumerate(plane) for b in plane[:i]), f"plane {k}"


def test_a_numeral_stands_where_its_class_outweighs_the_others():
    codes = torch.tensor([[0.0, 0.0]] * 5 + [[2.0, 2.0]] * 3 + [[0.0, 0.0]] * 9)
    labels = torch.tensor([4] * 8 + [7] * 9)
    places = dict(plots.numeral_places(codes, labels, near=0.5, apart=0.5))
    assert places[4].tolist() == [2, 2] and places[7].tolist() == [0, 0]  # not in the middle of more of the other


def test_a_class_with_two_patches_is_named_in_both():
    patches = {4: [(0.0, 0.0)] * 10 + [(3.0, 0.0)] * 6 + [(0.0, 3.0)] * 2, 7: [(0.0, -3.0)] * 8 + [(0.6, -3.0)] * 6}
    codes = torch.tensor([point for points in patches.values() for point in points])
    labels = torch.tensor([label for label, points in patches.items() for _ in points])
    places = plots.numeral_places(codes, labels, near=0.5, apart=0.5)
    # Two codes are no patch, nor is what lies beside the first place.
    assert [label for label, _ in places] == [4, 7, 4]
    assert places[2][1].tolist() == [3, 0]


def test_a_manifold_of_other_pictures_is_refused_and_one_in_double_precision_drawn():
    with pytest.raises(ValueError, match="784 pixels, and this model has 2 and 196"):
        plots.manifold(VAE(2, (3,), data_size=196))
    assert isinstance(plots.manifold(VAE(2, (3,)).double(), side=3), Figure)
