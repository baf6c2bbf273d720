"""NoiseToDigit: its pictures against torch, its slider under keys, and what it refuses."""

import pytest
import torch

from vae_helpers.beyond import diffusion
from vae_helpers.widgets import NoiseToDigit, inputs


@pytest.fixture
def path():
    return diffusion.sample(diffusion.Denoiser(8, seed=2), 3, 5, torch.Generator().manual_seed(1))


def test_the_page_shows_the_pictures_of_its_step(page, path):
    widget = NoiseToDigit(path)
    for t in (1, 4, 5):
        for k in (0, 2):
            for part, content in enumerate((widget._noisy, widget._guesses)):
                shown = page(
                    "noise_to_digit", "Array.from(twiceAsLarge(octets(bytes), t, k, 3))", bytes=content, t=t, k=k
                )
                expected = diffusion.large(path[5 - t][part][k : k + 1])[0]  # t = 5 comes first
                assert torch.allclose(torch.tensor(shown), expected, atol=1 / 250)


def test_a_key_moves_one_step(alone, path):
    page = alone(NoiseToDigit(path, t=3))
    slider = page.get_by_label("t, the step")
    before = page.evaluate("[...document.querySelectorAll('canvas')].map((c) => c.toDataURL())")
    slider.press("ArrowLeft")
    page.wait_for_function("window.model.get('t') === 2")
    page.wait_for_function("document.querySelector('.vae-strip').getAttribute('aria-label').includes('t = 2 of 5')")
    after = page.evaluate("[...document.querySelectorAll('canvas')].map((c) => c.toDataURL())")
    assert all(one != other for one, other in zip(before, after, strict=True))
    slider.press("End")
    page.wait_for_function("window.model.get('t') === 5")
    assert page.complaints == []


def test_it_follows_the_kernel_and_the_page(path, from_page):
    widget = NoiseToDigit(path)
    from_page(widget, {"t": 4})
    assert "at t = 4 of 5: 3 draws" in widget.describe()
    for wrong in (0, 6, 1.5, "1", None):
        with pytest.raises(inputs.InputError):
            widget.t = wrong
    assert widget.t == 4


@pytest.mark.parametrize("wrong", [[], [(torch.zeros(2, 196), torch.zeros(2, 196))], [(torch.zeros(2, 784),) * 2] * 3])
def test_another_path_is_refused(wrong):
    with pytest.raises(ValueError, match=r"pairs of tensors of one shape \(N, 196\)"):
        NoiseToDigit(wrong)
