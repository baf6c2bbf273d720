"""The still figures and the shared plots: files as promised, and pictures that hold what they claim."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from vae_helpers import figures, plots
from vae_helpers.models import VAE

ROOT = Path(__file__).parents[1]


def test_every_image_of_the_course_is_drawn_by_code(tmp_path):
    figures.main(str(tmp_path))
    drawn = {path.name: Image.open(path).size for path in tmp_path.iterdir()}
    kept = {path.name: Image.open(path).size for path in (ROOT / "images").iterdir()}
    assert drawn == kept and len(kept) == len(figures.FIGURES)
    assert all(dpi >= 190 for dpi in Image.open(ROOT / "images" / "vae.png").info["dpi"])  # sharp at twice its size


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


def test_digits_wants_a_title_for_each():
    with pytest.raises(ValueError, match="3 images but 2 titles"):
        plots.digits(torch.zeros(3, 784), titles=["a", "b"])


def test_a_picture_comes_with_its_description(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, metadata, raw: shown.append((data, metadata)))
    plots.show(plots.digits(torch.rand(4, 784)), alt="Four gray pictures.")
    data, metadata = shown[0]
    assert data["image/png"].startswith(b"\x89PNG") and data["text/plain"] == "Four gray pictures."
    assert metadata["image/png"]["alt"] == "Four gray pictures."
