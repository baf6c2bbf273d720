"""The explorers: the page's arithmetic (run by Node) against torch, traits as a page sets them, static pictures."""

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_helpers.models import VAE, LinearGaussian
from vae_helpers.widgets import DrawDigit, LatentPlane, LatentSliders, base, draw_digit

MODULES = ("latent_plane", "latent_sliders", "draw_digit")
LIKELIHOODS = {"bernoulli": {}, "gaussian": {"likelihood": "gaussian", "sigma": 0.3}}


def vae(latent_size=2, likelihood="bernoulli", seed=1):
    """An untrained model whose outputs still span a wide range."""
    model = VAE(latent_size, hidden_sizes=(40, 30), seed=seed, **LIKELIHOODS[likelihood]).requires_grad_(False)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            parameter *= 3
    return model


@pytest.fixture(scope="module")
def images():
    generator = torch.Generator().manual_seed(5)
    return torch.rand(60, 784, generator=generator) ** 4


@pytest.fixture(scope="module")
def labels():
    return torch.arange(60) % 10


@pytest.fixture
def node(tmp_path):
    """Ask an explorer's joined module to do a job."""
    program = shutil.which("node")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, but there is no `node` on the PATH: the page's arithmetic would go untested")
        pytest.skip("no `node` on the PATH: install Node.js to test what the page computes")

    def ask(module, job, **arguments):
        path = tmp_path / f"{module}.mjs"
        path.write_text(base.module(module), encoding="utf-8")
        request = json.dumps({"module": str(path), "job": job, **arguments})
        script = Path(__file__).with_name("widget_decode.mjs")
        done = subprocess.run(
            [program, str(script)], input=request, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def sent(layers):
    """A network as the page gets it."""
    shapes, content = base.network_bytes(layers)
    return {"shapes": shapes, "bytes": base64.b64encode(content).decode()}


def from_page(widget, state, buffers=()):
    """What arrives from a page after model.set and save_changes; `buffers` are (trait, bytes)."""
    widget._handle_msg({
        "content": {"data": {"method": "update", "state": state, "buffer_paths": [[name] for name, _ in buffers]}},
        "buffers": [memoryview(content) for _, content in buffers],
    })  # fmt: skip


# ---- the page's arithmetic ----


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("latent_size", [2, 16])
def test_page_decodes_as_torch_does(node, images, likelihood, latent_size):
    model = vae(latent_size, likelihood)
    z = 2 * torch.randn(8, latent_size, generator=torch.Generator().manual_seed(0))
    sigma = 0.3 if likelihood == "gaussian" else 1.0
    answers = node(
        "latent_sliders", "decode", **sent(model.decoder), zs=z.tolist(), xs=images[:8].tolist(),
        likelihood=likelihood, sigma=sigma,
    )  # fmt: skip
    f = model.decoder(z)
    if likelihood == "bernoulli":
        mean, log_p = torch.sigmoid(f), Bernoulli(logits=f, validate_args=False).log_prob(images[:8]).sum(1)
    else:
        mean, log_p = f, Normal(f, sigma).log_prob(images[:8]).sum(1)
    assert mean.std() > 0.1  # the comparison below would mean little for a flat gray
    torch.testing.assert_close(torch.tensor([a["mean"] for a in answers]), mean, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([a["logLikelihood"] for a in answers]), log_p, atol=1e-2, rtol=1e-5)
    torch.testing.assert_close(torch.tensor([a["logPrior"] for a in answers]), model.prior.log_prob(z))


@pytest.mark.parametrize("latent_size", [2, 16])
def test_page_encodes_as_torch_does(node, images, latent_size):
    model = vae(latent_size)
    answers = node("draw_digit", "encode", **sent(model.encoder), xs=images[:8].tolist())
    q = model.encode(images[:8]).base_dist
    torch.testing.assert_close(torch.tensor([a["mu"] for a in answers]), q.loc, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([a["sigma"] for a in answers]), q.scale, atol=1e-4, rtol=1e-4)
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(torch.tensor([a["kl"] for a in answers]), kl, atol=1e-3, rtol=1e-4)


def test_page_samples_pixels(node):
    mean, noise = [0.2, 0.8, 0.5], [0.5, 0.5, -2.0]
    assert node("latent_plane", "sample", mean=mean, noise=noise, likelihood="bernoulli", sigma=1) == [0, 1, 1]
    gaussian = node("latent_plane", "sample", mean=mean, noise=noise, likelihood="gaussian", sigma=0.1)
    assert gaussian == pytest.approx([0.25, 0.85, 0.3])
    uniform = np.array(node("latent_plane", "noise", n=4000, likelihood="bernoulli"))
    assert uniform.min() >= 0 and uniform.max() < 1 and abs(uniform.mean() - 0.5) < 0.03
    normal = np.array(node("latent_plane", "noise", n=4000, likelihood="gaussian"))
    assert abs(normal.mean()) < 0.1 and abs(normal.std() - 1) < 0.06  # six standard errors


def test_throttle_calls_first_and_last(node):
    heard = node("latent_plane", "throttle", times=[0, 10, 20, 30, 150, 160, 500], ms=100)
    # At once, then every 100 ms at most, each time with the latest state; a call after a pause comes through at once.
    assert heard == [[0, 0], [100, 30], [200, 160], [500, 500]]


def test_walk_is_a_straight_line(node):
    start, end = [1.0, -2.0, 0.5], [3.0, 2.0, 0.5]
    points = node("latent_sliders", "between", start=start, end=end, ts=[0, 0.25, 1])
    assert points == [start, [1.5, -1.0, 0.5], end]


def test_page_formats_numbers(node):
    numbers, subscripts = node("latent_plane", "format", numbers=[-1.005, 0, -0.001, 12])
    assert numbers == ["−1.00", "0.00", "0.00", "12.00"]
    assert subscripts[3] == "₁₂"


# ---- drawings as MNIST images ----

DRAWINGS = {
    "ring": [[[14 + 5 * np.sin(a) + 1.2 * np.cos(2 * a), 12 + 8 * np.cos(a) + np.cos(2 * a)]
              for a in np.linspace(0, 2 * np.pi, 60)]],
    "one": [[[16.0, 8.0], [20.0, 3.0], [19.0, 25.0]]],
    "small hook": [[[3.0, 3.0], [3.0, 9.0], [7.0, 9.0]]],
    "two strokes": [[[5.0, 5.0], [25.0, 6.0]], [[15.0, 2.0], [12.0, 27.0]]],
    "dot": [[[9.0, 9.0]]],
}  # fmt: skip


def reference(strokes, pen):
    """The same image made otherwise: the pen's covered area by 16 × 16 points a pixel, by brute force."""
    points = np.concatenate([np.array(stroke, float) for stroke in strokes])
    low, extent = points.min(0), max(np.ptp(points, axis=0).max(), 3)
    paths = [(np.array(stroke, float) - low) / extent * (20 - pen) + 4 + pen / 2 for stroke in strokes]
    fine = (np.arange(28 * 16) + 0.5) / 16
    grid = np.stack(np.meshgrid(fine, fine), -1)
    inside = np.zeros(grid.shape[:2], bool)
    for path in paths:
        for start, end in zip(path, [*path[1:], path[-1]], strict=True):
            way = end - start
            share = np.clip((grid - start) @ way / max(way @ way, 1e-12), 0, 1)
            inside |= np.linalg.norm(grid - start - share[..., None] * way, axis=-1) <= pen / 2
    image = inside.reshape(28, 16, 28, 16).mean((1, 3))
    return np.roll(image, np.round(14 - center_of_mass(image) - 1e-4).astype(int), (0, 1))


def center_of_mass(image):
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("pen", [2.5, 3.0])
def test_drawing_becomes_an_mnist_image(node, name, pen):
    strokes = [np.array(stroke).tolist() for stroke in DRAWINGS[name]]
    (pixels,) = node("draw_digit", "mnist", drawings=[strokes], pen=pen)
    image = np.array(pixels).reshape(28, 28) / 255
    assert image.max() == 1 and image.min() == 0
    # As in MNIST, where all of 20,000 digits looked at keep this: the center of ink within half a pixel of pixel 14.
    assert np.abs(center_of_mass(image) - 14).max() <= 0.51
    ink = np.argwhere(image > 0)
    if name != "dot":
        assert (np.ptp(ink, axis=0) + 1).max() in (19, 20)  # 20: the box; 19: corners too faint to round up to 1/255
    difference = np.abs(image - reference(DRAWINGS[name], pen))
    assert difference.mean() < 0.01 and difference.max() < 0.3  # an edge softened by distance is not quite area


def test_drawing_does_not_depend_on_place_and_size(node):
    ring = np.array(DRAWINGS["ring"][0])
    drawings = [[ring.tolist()], [(ring * 0.5).tolist()], [(ring + np.array([6, -2])).tolist()]]
    images = np.array(node("draw_digit", "mnist", drawings=drawings, pen=2.5))
    assert np.abs(images - images[0]).max() <= 1


# ---- modules ----


@pytest.mark.parametrize("name", MODULES)
def test_module_is_joined_without_imports(name):
    joined = base.module(name)
    assert not re.search(r"^\s*import\b", joined, re.MULTILINE)
    assert joined.count("export default") == 1
    names = re.findall(r"^(?:export )?(?:const|let|function) (\w+)", joined, re.MULTILINE)
    assert len(names) == len(set(names))
    imports = re.search(r"^import \{([^}]*)\} from", (base.STATIC / f"{name}.js").read_text(encoding="utf-8"), re.M)
    own = joined[len((base.STATIC / "core.js").read_text(encoding="utf-8")) :]
    for imported in re.findall(r"\w+", imports[1]):
        assert re.search(rf"\b{imported}\b", own), f"{name}.js imports {imported} and does not use it"


# ---- traits, as a page sets them ----


@pytest.mark.parametrize(("kind", "latent_size"), [(LatentPlane, 2), (LatentSliders, 5)])
def test_page_moves_z(images, kind, latent_size):
    model = vae(latent_size)
    widget = kind(model, images)
    assert widget.z == [0.0] * latent_size
    z = torch.linspace(-1.5, 1, latent_size).tolist()
    heard = []
    widget.observe(lambda change: heard.append(change.new), "z")
    from_page(widget, {"z": z})
    assert widget.z == z and heard == [z]
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(torch.tensor(z))))
    from_page(widget, {"show": "samples"})
    assert widget.show == "samples"


@pytest.mark.parametrize(("kind", "latent_size"), [(LatentPlane, 2), (LatentSliders, 5)])
def test_wrong_states_are_refused(images, kind, latent_size):
    widget = kind(vae(latent_size), images)
    for z in ([0.0], [0.0] * (latent_size + 1)):
        with pytest.raises(traitlets.TraitError):
            widget.z = z
    with pytest.raises(traitlets.TraitError):
        widget.show = "something else"
    assert widget.z == [0.0] * latent_size


def test_sliders_are_ordered_by_use(images):
    model = vae(7)
    widget = LatentSliders(model, images)
    q = model.encode(images).base_dist
    use = kl_divergence(q, Normal(0.0, 1.0)).mean(0)  # (7,)
    torch.testing.assert_close(torch.tensor(widget.use), use)
    assert widget.order == sorted(range(7), key=lambda i: -use[i])
    assert widget.order != list(range(7))
    # Sorting is for the eye: z keeps the model's order.
    widget.z = [0.0] * 6 + [2.0]
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(torch.tensor([0.0] * 6 + [2.0]))))


def test_sliders_send_at_most_200_images_to_walk_between(images):
    many = images.repeat(4, 1)  # 240
    model = vae(3)
    widget = LatentSliders(model, many)
    assert len(widget._images) == 200 * 784
    codes = np.frombuffer(widget._codes, np.float32).reshape(200, 3)
    np.testing.assert_allclose(codes, model.encode(many[:200]).mean, atol=1e-5)
    assert "240 images" in widget._caption


def test_drawing_comes_back_from_the_page(images, labels):
    model = vae()
    widget = DrawDigit(model, images, labels)
    assert widget.mu == [] and widget.image().shape == (1, 784) and widget.image().sum() == 0
    drawn = (images[7] * 255).round().byte()
    from_page(widget, {}, [("pixels", drawn.numpy().tobytes())])
    assert isinstance(widget.pixels, bytes)
    torch.testing.assert_close(widget.image(), drawn[None] / 255)
    q = model.encode(drawn[None] / 255).base_dist
    torch.testing.assert_close(torch.tensor([widget.mu]), q.loc)
    torch.testing.assert_close(torch.tensor([widget.sigma]), q.scale)
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(q.loc))[0])
    from_page(widget, {}, [("pixels", bytes(784))])  # cleared
    assert widget.mu == [] and widget.sigma == []
    with pytest.raises(traitlets.TraitError, match="784"):
        widget.pixels = bytes(783)


def test_drawing_starts_from_given_pixels(images):
    widget = DrawDigit(vae(), images, pixels=base.octet_bytes(images[0]))
    assert len(widget.mu) == 2


def test_images_to_put_on_the_pad_come_from_every_class(images, labels):
    many, theirs = images.repeat(5, 1), labels.repeat(5)  # 30 of each class
    widget = DrawDigit(vae(), many, theirs)
    assert np.bincount(list(widget._image_labels)).tolist() == [draw_digit.PER_CLASS] * 10
    first_three = list(widget._image_labels).index(3)
    shown = np.frombuffer(widget._images, np.uint8).reshape(-1, 784)[first_three]
    np.testing.assert_array_equal(shown, (images[3] * 255).round())


def test_both_networks_reach_the_page(images, labels, node):
    widget = DrawDigit(vae(), images, labels)
    content = base64.b64encode(widget._encoder).decode()
    (answer,) = node("draw_digit", "encode", shapes=widget._encoder_shapes, bytes=content, xs=[images[0].tolist()])
    torch.testing.assert_close(torch.tensor(answer["mu"]), vae().encode(images[:1]).mean[0], atol=1e-4, rtol=0)


# ---- refusals ----


@pytest.mark.parametrize("kind", [LatentPlane, DrawDigit])
def test_only_two_dimensions_make_a_plane(images, kind):
    with pytest.raises(ValueError, match="needs 2 latent dimensions, and the model has 3"):
        kind(vae(3), images)


@pytest.mark.parametrize("kind", [LatentPlane, DrawDigit])
@pytest.mark.parametrize("wrong", [torch.zeros(5, dtype=torch.long), torch.full((60,), 10), torch.zeros(60)])
def test_labels_must_fit(images, kind, wrong):
    with pytest.raises(ValueError, match="labels must be whole numbers 0 to 9, one for each of the 60 images"):
        kind(vae(), images, wrong)


@pytest.mark.parametrize("kind", [LatentPlane, LatentSliders, DrawDigit])
def test_other_models_and_images_are_refused(images, kind):
    with pytest.raises(ValueError, match="not LinearGaussian"):
        kind(LinearGaussian(torch.eye(784)[:, :2], torch.zeros(784), 1.0), images)
    with pytest.raises(ValueError, match=r"must have shape \(batch, 784\)"):
        kind(vae(), images[:, :700])


# ---- pictures ----


def test_plane_has_a_picture(images, labels):
    widget = LatentPlane(vae(), images, labels, z=[0.5, -1.0])
    left, right = widget.picture().axes
    assert [line.get_xydata().tolist() for line in left.lines] == [[[0.5, -1.0]]]
    assert sum(len(points.get_offsets()) for points in left.collections) == 60
    np.testing.assert_allclose(right.images[0].get_array(), widget.decoded().reshape(28, 28))


def test_sliders_have_a_picture(images):
    widget = LatentSliders(vae(4), images, z=[0.1, 0.2, 0.3, 0.4])
    digit, use, z = widget.picture().axes
    np.testing.assert_allclose(digit.images[0].get_array(), widget.decoded().reshape(28, 28))
    assert [bar.get_width() for bar in use.patches] == pytest.approx(sorted(widget.use, reverse=True))
    assert list(z.lines[0].get_xdata()) == [widget.z[i] for i in widget.order]
    assert [text.get_text() for text in z.get_yticklabels()] == [f"$z_{{{i + 1}}}$" for i in widget.order]


def test_drawing_has_a_picture(images, labels):
    widget = DrawDigit(vae(), images, labels)
    empty = widget.picture().axes[0]  # an example in place of an empty pad
    assert "example" in empty.get_title()
    np.testing.assert_allclose(empty.images[0].get_array(), images[0].reshape(28, 28))
    widget.pixels = base.octet_bytes(images[9])
    drawn, plane, decoded = widget.picture().axes
    np.testing.assert_allclose(drawn.images[0].get_array(), widget.image().reshape(28, 28))
    inner, outer = [patch for patch in plane.patches if type(patch).__name__ == "Ellipse"]
    assert inner.get_center() == outer.get_center() == pytest.approx(widget.mu)
    assert (inner.width, inner.height) == pytest.approx([2 * s for s in widget.sigma])
    assert (outer.width, outer.height) == pytest.approx([4 * s for s in widget.sigma])
    np.testing.assert_allclose(decoded.images[0].get_array(), widget.decoded().reshape(28, 28), atol=1e-6)


@pytest.mark.parametrize("kind", [LatentPlane, LatentSliders, DrawDigit])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_explorers_show_themselves_anywhere(kind, likelihood):
    """Without images, and with a Gaussian likelihood too: the widget, and a picture where no widget runs."""
    widget = kind(vae(likelihood=likelihood))
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and kind.__name__ in data["text/plain"]


@pytest.mark.parametrize("kind", [LatentSliders, DrawDigit])
def test_gaussian_images_outside_the_gray_scale_are_clipped_for_the_page(kind):
    widget = kind(vae(likelihood="gaussian"), torch.tensor([[-0.5] * 392 + [1.5] * 392]))
    assert widget._images == bytes(392) + b"\xff" * 392
