"""The shared plots: pictures that hold what they claim, in colors of one palette."""

import re
from pathlib import Path

import pytest
import torch

from vae_helpers import plots
from vae_helpers.models import VAE

ROOT = Path(__file__).parents[1]


def test_every_color_of_the_core_is_typed_in_the_palette():
    """Outside plots.py no module beside it types a color; ten classes have ten of its colors."""
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color) for color in plots.COLORS.values())
    assert len(set(plots.COLORS.values())) == len(plots.COLORS)
    assert len(set(plots.CLASS_COLORS)) == 10 and set(plots.CLASS_COLORS) <= set(plots.COLORS.values())
    for path in (ROOT / "vae_helpers").glob("*.py"):
        if path.name != "plots.py":
            assert not re.findall(r"[\"']#[0-9A-Fa-f]{3,8}[\"']", path.read_text(encoding="utf-8")), path


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
