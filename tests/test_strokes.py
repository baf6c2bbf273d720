"""Known-latent handwriting: geometry against closed forms and moments, legibility against MNIST."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_helpers.strokes import DEFAULTS, HEIGHT, PRIOR, RANGES, SIDE, Latents, render, sample_latents

ALL = torch.arange(10)


def moments(images):
    """Ink (N,), its mean column and row (N,), and its covariance (N, 2, 2) about that mean; pixels."""
    images = images.double()
    grid = torch.arange(SIDE, dtype=torch.float64)
    ink = images.sum((1, 2))
    x = (images.sum(1) * grid).sum(1) / ink
    y = (images.sum(2) * grid).sum(1) / ink
    dx, dy = grid - x[:, None], grid - y[:, None]
    xx = torch.einsum("nrc,nc,nc->n", images, dx, dx) / ink
    yy = torch.einsum("nrc,nr,nr->n", images, dy, dy) / ink
    xy = torch.einsum("nrc,nc,nr->n", images, dx, dy) / ink
    return ink, x, y, torch.stack([torch.stack([xx, xy], 1), torch.stack([xy, yy], 1)], 1)


def lean(images):
    """Angle (N,) of the principal axis from the vertical, in degrees, positive to the right."""
    axis = torch.linalg.eigh(moments(images)[3])[1][:, :, 1]
    return torch.rad2deg(torch.atan(-axis[:, 0] / axis[:, 1]))


def mean_of_cut_normal(mean, sd, low, high):
    """Mean of a normal conditioned on [low, high], by the textbook formula."""
    a, b = (low - mean) / sd, (high - mean) / sd
    density = [math.exp(-(t**2) / 2) / math.sqrt(2 * math.pi) for t in (a, b)]
    mass = (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2
    return mean + sd * (density[0] - density[1]) / mass


def test_images_have_the_promised_form():
    z = sample_latents(300, seed=1)
    images = render(z)
    assert images.shape == (300, 28, 28) and images.dtype == torch.float32
    assert images.min() == 0 and images.max() == 1
    assert z.digit.dtype == torch.int64 and all(v.shape == (300,) for v in z)
    assert all(v.dtype == torch.float32 for v in z[1:])


def test_prior_is_the_stated_one():
    z = sample_latents(20_000, seed=0)
    counts = z.digit.bincount(minlength=10)
    assert len(counts) == 10 and (counts - 2000).abs().max() < 6 * math.sqrt(20_000 * 0.1 * 0.9)
    for name, (mean, sd) in PRIOR.items():
        value, (low, high) = getattr(z, name), RANGES[name]
        assert value.min() >= low and value.max() <= high
        expected = mean_of_cut_normal(mean, sd, low, high)
        assert value.mean().item() == pytest.approx(expected, abs=6 * sd / math.sqrt(20_000)), name
        assert low <= DEFAULTS[name] <= high
    together = torch.corrcoef(torch.stack([v.double() for v in z]))
    assert (together - torch.eye(8)).abs().max() < 0.05  # independent


def test_seed_decides_everything():
    a, b, other = sample_latents(50, seed=3), sample_latents(50, seed=3), sample_latents(50, seed=4)
    assert all(torch.equal(u, v) for u, v in zip(a, b, strict=True))
    assert not any(torch.equal(u, v) for u, v in zip(a, other, strict=True))
    assert torch.equal(render(a), render(b))
    sevens = sample_latents(50, seed=3, digit=7)
    assert (sevens.digit == 7).all() and torch.equal(sevens.slant, a.slant)


def test_one_image_does_not_depend_on_its_batch():
    z = sample_latents(60, seed=5)
    alone = torch.cat([render(Latents(*(v[i] for v in z))) for i in range(60)])
    torch.testing.assert_close(render(z), alone, atol=1e-5, rtol=0)


def test_numbers_serve_the_whole_batch():
    assert render(Latents(digit=3)).shape == (1, 28, 28)
    assert render(Latents(digit=torch.tensor(3), thickness=2.5)).shape == (1, 28, 28)
    slants = torch.tensor([-10.0, 0.0, 20.0])
    images = render(Latents(digit=3, slant=slants, thickness=torch.tensor([2.0])))
    for image, slant in zip(images, slants.tolist(), strict=True):
        assert torch.equal(image, render(Latents(digit=3, slant=slant, thickness=2.0))[0])


@pytest.mark.parametrize("thickness", [1.5, 2.5, 4.5])
@pytest.mark.parametrize("slant", [0.0, 25.0])
def test_ink_of_a_bar_is_thickness_times_length(thickness, slant):
    ink = render(Latents(digit=1, thickness=thickness, slant=slant)).sum().item()
    # A bar, and half a disk at each end; the 1-pixel ramp of the edge adds 1/12 to the mean squared radius.
    length = HEIGHT / math.cos(math.radians(slant))
    assert ink == pytest.approx(thickness * length + math.pi * (thickness**2 / 4 + 1 / 12), rel=0.01)


def test_bar_profile_pixel_by_pixel():
    image = render(Latents(digit=1, thickness=3.0))[0]
    expected = torch.zeros(28)
    expected[12:17] = torch.tensor([0.0, 1.0, 1.0, 1.0, 0.0])  # columns 13, 14, 15: 3 wide about column 14
    torch.testing.assert_close(image[14], expected, atol=1e-5, rtol=0)
    image = render(Latents(digit=1, thickness=2.5))[0]
    expected[12:17] = torch.tensor([0.0, 0.75, 1.0, 0.75, 0.0])
    torch.testing.assert_close(image[14], expected, atol=1e-5, rtol=0)


def test_center_of_ink_stands_on_pixel_14_and_follows_the_shift():
    # A thick pen inks overlaps of the path once where the path counts them twice: looser bounds for it.
    for thickness, bound in ((1.5, 0.75), (2.7, 0.9), (4.5, 1.1)):
        _, x, y, _ = moments(render(sample_latents(500, seed=2)._replace(thickness=thickness, x=0.0, y=0.0)))
        assert (x - 14).abs().max() < bound and (y - 14).abs().max() < bound
    _, x, y, _ = moments(render(Latents(digit=torch.tensor([0, 1, 7]), thickness=1.5)))  # little overlaps
    assert (x - 14).abs().max() < 0.3 and (y - 14).abs().max() < 0.3
    z = sample_latents(50, seed=2)._replace(x=0.0, y=0.0)
    moved = render(z._replace(x=3.0, y=-2.0))
    torch.testing.assert_close(moved[:, :-2, 3:], render(z)[:, 2:, :-3], atol=1e-4, rtol=0)  # right 3, up 2
    half = moments(render(Latents(digit=1, x=0.5)))[1] - moments(render(Latents(digit=1)))[1]
    assert half.item() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("angle", [-20.0, -7.0, 0.0, 12.0, 30.0])
def test_slant_and_rotation_turn_a_bar_by_their_degrees(angle):
    assert lean(render(Latents(digit=1, slant=angle))).item() == pytest.approx(angle, abs=0.3)
    assert lean(render(Latents(digit=1, rotation=angle))).item() == pytest.approx(angle, abs=0.3)


def test_affine_latents_act_on_second_moments_as_matrices_do():
    def covariance(**latents):
        # What the pen adds to the covariance is the same in every direction, so take a thin one and ignore it.
        return moments(render(Latents(digit=ALL, thickness=1.0, **latents)))[3]

    plain = covariance()
    shear = torch.tensor([[1.0, -math.tan(math.radians(20))], [0.0, 1.0]], dtype=torch.float64)
    c, s = math.cos(math.radians(20)), math.sin(math.radians(20))
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    torch.testing.assert_close(covariance(rotation=20.0), turn @ plain @ turn.T, atol=0.6, rtol=0.02)
    # Leaning and stretching lengthen some strokes more than others, which moves the weights a little: wider bounds.
    torch.testing.assert_close(covariance(slant=20.0), shear @ plain @ shear.T, atol=1.0, rtol=0.15)
    ratio = (covariance(width=1.2)[:, 0, 0] / plain[:, 0, 0]).sqrt()
    assert ((ratio - 1.2).abs() < 0.08)[ALL != 1].all()  # the bar has no width to stretch


def test_thicker_pens_add_ink_everywhere():
    steps = torch.linspace(*RANGES["thickness"], 7)
    for digit in range(10):
        images = render(Latents(digit=digit, thickness=steps))
        assert (images.diff(dim=0) >= -1e-6).all()
        assert (images.sum((1, 2)).diff() > 2).all()


def test_sharpness_turns_curves_into_corners():
    difference = (render(Latents(digit=ALL, sharpness=1.0)) - render(Latents(digit=ALL))).abs().sum((1, 2))
    round_digits = torch.tensor([0, 2, 3, 5, 6, 8, 9])
    assert (difference[round_digits] > 10).all()
    assert difference[1] < 1e-3  # a straight line has no curves


def test_ten_digits_fill_the_box_of_mnist():
    images = render(Latents(digit=ALL, thickness=3.0))
    rows = (images > 0.5).any(2).sum(1)
    columns = (images > 0.5).any(1).sum(1)
    assert ((rows >= 18) & (rows <= 21)).all(), rows
    assert (columns <= 20).all() and (columns[ALL != 1] >= 11).all(), columns


@pytest.mark.parametrize(
    ("latents", "words"),
    [
        ({"digit": 10}, "digit must be a whole number from 0 to 9.*10"),
        ({"digit": -1}, "digit must be a whole number from 0 to 9"),
        ({"digit": 2.5}, "digit must be a whole number"),
        ({"digit": "three"}, "digit must be a number"),
        ({"digit": 3, "thickness": 0.0}, "thickness must be above 0"),
        ({"digit": 3, "width": -1.0}, "width must be above 0"),
        ({"digit": 3, "sharpness": 1.2}, r"sharpness must lie in \[0, 1\].*1.2"),
        ({"digit": 3, "sharpness": -0.1}, "sharpness must lie in"),
        ({"digit": 3, "slant": 90.0}, "slant must lie between -90 and 90"),
        ({"digit": 3, "x": torch.tensor([0.0, math.nan])}, "x must be finite.*nan at position 1"),
        ({"digit": 3, "rotation": math.inf}, "rotation must be finite"),
        ({"digit": torch.arange(3), "slant": torch.zeros(2)}, "one length N.*'digit': 3, 'slant': 2"),
        ({"digit": 3, "slant": torch.zeros(2, 2)}, r"slant .*shape \(2, 2\)"),
    ],
)
def test_bad_latents_are_named(latents, words):
    with pytest.raises(ValueError, match=words):
        render(Latents(**latents))


def test_bad_draws_are_named():
    for n in (0, -3, 2.5):
        with pytest.raises(ValueError, match="n must be a whole number"):
            sample_latents(n)
    with pytest.raises(ValueError, match="digit must be a whole number from 0 to 9"):
        sample_latents(5, digit=11)


def read_mnist():
    folder = os.environ.get("VAE_COURSE_DATA")
    if not folder:
        pytest.skip("VAE_COURSE_DATA is not set; it names the folder that holds MNIST/raw")
    files = [Path(folder) / "MNIST" / "raw" / f"train-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]
    for file in files:
        if not file.exists():
            pytest.skip(f"{file} is missing")
    images, labels = (np.fromfile(file, np.uint8)[offset:] for file, offset in zip(files, (16, 8), strict=True))
    return torch.from_numpy(images).view(-1, 784).float() / 255, torch.from_numpy(labels).long()


def test_a_reader_of_mnist_reads_the_strokes():
    images, labels = read_mnist()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        reader = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
        optimizer = torch.optim.Adam(reader.parameters(), 2e-3)
        for _ in range(2):
            for batch in torch.randperm(30_000).split(256):
                loss = torch.nn.functional.cross_entropy(reader(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    z = sample_latents(3000, seed=11)
    with torch.no_grad():
        right = (reader(render(z).flatten(1)).argmax(1) == z.digit).float()
    per_digit = torch.stack([right[z.digit == digit].mean() for digit in range(10)])
    assert right.mean() >= 0.92, per_digit
    assert (per_digit >= 0.7).all(), per_digit
