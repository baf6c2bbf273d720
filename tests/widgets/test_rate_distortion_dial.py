"""The rate-distortion dial: its numbers and pictures against torch, its traits, and what the page does with a click."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_helpers import data, weights
from vae_helpers.models import VAE, LinearGaussian
from vae_helpers.widgets import RateDistortionDial, inputs
from vae_helpers.widgets.rate_distortion_dial import pictures

GAUSSIAN = {"likelihood": "gaussian", "sigma": 0.3}
needs_families = pytest.mark.skipif(
    not (weights.FOLDER / "families.json").exists(), reason="no families.json in this checkout"
)


def vae(seed, **arguments):
    """An untrained model whose outputs still span a wide range, one of its dimensions unused."""
    model = VAE(5, (12,), seed=seed, **arguments).requires_grad_(False)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            parameter *= 3
    model.encoder[-1].weight[[2, 7]] = 0  # μ₃ and log σ₃² of Q: no image moves them
    model.encoder[-1].bias[[2, 7]] = 0
    return model


@pytest.fixture(params=["bernoulli", "gaussian"])
def family(request):
    return {v: vae(i, **({} if request.param == "bernoulli" else GAUSSIAN)) for i, v in enumerate((4.0, 0.5, 1))}


@pytest.fixture
def images(images):
    return images[:13]


def seen_by(family, images):
    """What the models of a family are given: black and white images for a Bernoulli likelihood."""
    return data.binarize(images) if family[4.0].likelihood == "bernoulli" else images


def octets(content, *shape):
    return np.frombuffer(content, np.uint8).reshape(*shape, 784)


# ---- numbers ----


def mean_and_noise(values):
    """Mean of (S, N) over draws and images, and the standard error of that mean were it taken from 10 draws each."""
    return values.mean().item(), (values.var(0).sum() / 10).sqrt().item() / values.shape[1]


def test_figures_are_those_of_the_given_images(family, images):
    dial, x = RateDistortionDial(family, images), seen_by(family, images)
    assert dial.values == [0.5, 1.0, 4.0] == [s["value"] for s in dial._settings]
    for setting in dial._settings:
        model = family[setting["value"]]
        q = model.encode(x).base_dist
        kl = kl_divergence(q, Normal(0.0, 1.0)).mean(0)  # (L,)
        assert setting["kl"] == pytest.approx(sorted(kl.tolist(), reverse=True), rel=1e-4)
        assert setting["x"] == pytest.approx(kl.sum().item(), rel=1e-4)
        # The unused dimension costs nothing, comes last and is not counted.
        assert setting["active"] == [True] * 4 + [False] and setting["kl"][-1] == 0
        torch.manual_seed(0)
        p = model.decode(q.sample((1000,)))
        distortion, noise = mean_and_noise(-p.log_prob(x))
        text = {name: value.replace("−", "-") for name, value, _ in setting["rows"]}
        assert float(text["distortion"]) == pytest.approx(distortion, abs=5 * noise + 0.01)
        if model.likelihood == "gaussian":
            error, noise = mean_and_noise((p.mean - x).square().mean(-1))
            assert setting["y"] == pytest.approx(error, abs=5 * noise)
        else:
            assert setting["y"] == pytest.approx(distortion, abs=5 * noise + 0.01)
        assert float(text["rate"]) == pytest.approx(setting["x"], abs=0.006)
        bound = -float(text["distortion"]) - float(text["rate"])
        assert float(text["bound"]) == pytest.approx(bound, abs=0.02, rel=1e-5)
        assert text["setting"] == f"{setting['value']:g}" and text["active dimensions"] == "4 of 5"
        for name in ("rate", "distortion", "bound"):
            assert f"{name} {text[name].replace('-', '−')}" in setting["words"]
        assert "nats per image" in setting["words"] and "4 of 5 latent dimensions active" in setting["words"]
        assert ("squared error per pixel" in text) == (model.likelihood == "gaussian")
    assert "means over the 13 images given" in dial._caption and "10 of the images given" in dial._caption


def test_axes_hold_every_setting(family, images):
    dial = RateDistortionDial(family, images)
    for key in ("x", "y"):
        ticks = dial._axes[key]["ticks"]
        assert ticks == sorted(ticks) and len(ticks) >= 3
        assert all(ticks[0] <= setting[key] <= ticks[-1] for setting in dial._settings)
    assert dial._axes["x"]["ticks"][0] == 0
    assert 0 == dial._axes["bars"]["ticks"][0] and dial._axes["bars"]["ticks"][-1] >= dial._settings[0]["kl"][0]
    kind = "squared error" if family[4.0].likelihood == "gaussian" else "distortion, nats/image"
    assert dial._axes["y"]["name"].startswith(kind)


@needs_families
@pytest.mark.parametrize(("name", "label"), [("beta", "β"), ("sigma", "σ")])
def test_a_shipped_family_shows_the_model_card_s_figures(name, label):
    dial, recorded = RateDistortionDial(name), weights.family_figures(name)
    assert dial.values == list(weights.FAMILIES[name]) == list(recorded) and dial.label == label
    for setting in dial._settings:
        figures = recorded[setting["value"]]
        assert setting["x"] == figures["rate"]
        assert setting["y"] == figures["squared_error" if name == "sigma" else "distortion"]
        assert sum(setting["active"]) == figures["active_units"]
        assert sum(setting["kl"]) == pytest.approx(figures["rate"], rel=1e-4, abs=1e-4)
    assert "means over the 10,000 MNIST test digits" in dial._caption and "10 of the drawn digits" in dial._caption
    assert "0 of 16 latent dimensions active" in dial._settings[-1]["words"]


# ---- pictures ----


def test_pictures_are_means(family, images):
    model, z = family[4.0], torch.randn(6, 5, generator=torch.Generator().manual_seed(2))
    reconstructions, samples = pictures(model, images, z)
    mu, _ = model.encoder(images).chunk(2, dim=1)
    f, g = model.decoder(mu), model.decoder(z)
    if model.likelihood == "bernoulli":
        f, g = torch.sigmoid(f), torch.sigmoid(g)
    torch.testing.assert_close(reconstructions, f)
    torch.testing.assert_close(samples, g)


def test_every_setting_s_pictures_reach_the_page(family, images):
    dial, x = RateDistortionDial(family, images, seed=3), seen_by(family, images)[:10]
    z = torch.randn(10, 5, generator=torch.Generator().manual_seed(3))
    np.testing.assert_array_equal(octets(dial._images, 10), (x * 255).round())
    reconstructions, samples = octets(dial._reconstructions, 3, 10), octets(dial._samples, 3, 10)
    for k, value in enumerate((0.5, 1.0, 4.0)):
        for sent, expected in zip((reconstructions[k], samples[k]), pictures(family[value], x, z), strict=True):
            assert np.abs(sent - 255 * expected.clamp(0, 1).numpy()).max() <= 0.51
    assert np.abs(samples[0].astype(int) - samples[1]).max() > 20
    assert RateDistortionDial(family, images, seed=4)._samples != dial._samples


def test_gray_digits_are_drawn_black_and_white_for_a_bernoulli_family(images):
    dial = RateDistortionDial({1: vae(0), 2: vae(1)}, images[:3])
    assert set(dial._images) == {0, 255} and len(dial._images) == 3 * 784
    again = RateDistortionDial({1: vae(0), 2: vae(1)}, data.binarize(images[:3]))
    assert again._images == dial._images  # black and white ones stay as they are


def test_dial_shows_itself_anywhere(family, images):
    dial = RateDistortionDial(family, images, value=4, label="λ")
    data_, _ = dial._repr_mimebundle_()
    assert data_["application/vnd.jupyter.widget-view+json"]["model_id"] == dial.model_id
    assert data_["image/png"].startswith(b"\x89PNG")
    assert data_["text/plain"] == dial.describe() and "RateDistortionDial explorer at λ = 4: rate" in dial.describe()
    figure = dial.picture()
    curve, bars, *rows = figure.axes
    np.testing.assert_allclose(curve.lines[0].get_xydata(), [[s["x"], s["y"]] for s in dial._settings])
    setting = dial._settings[2]
    assert curve.lines[1].get_xydata().tolist() == [[setting["x"], setting["y"]]]
    assert [bar.get_height() for bar in bars.patches] == pytest.approx(setting["kl"])
    assert len({bar.get_facecolor() for bar in bars.patches}) == 2
    x = seen_by(family, images)[:10]
    expected = (x, *pictures(family[4.0], x, dial._z))
    for axis, row in zip(rows, expected, strict=True):
        strip = axis.images[0].get_array()
        np.testing.assert_allclose(strip[:, 28:56].reshape(784), row[1], atol=1e-6)


# ---- traits ----


def test_page_turns_the_dial(family, images, from_page):
    dial, heard = RateDistortionDial(family, images), []
    assert dial.value == 1.0  # begins in the middle
    dial.observe(lambda change: heard.append(change.new), "value")
    from_page(dial, {"value": 0.5})
    assert heard == [0.5] and "setting = 0.5: rate" in dial.describe()
    dial.value = 4
    assert heard == [0.5, 4.0]


@pytest.mark.parametrize("wrong", [3, 7.0, True, False, math.nan, math.inf, "1", None, [1.0]])
def test_other_settings_are_refused(wrong, images):
    family = {v: vae(i) for i, v in enumerate((4.0, 0.5, 1))}
    dial = RateDistortionDial(family, images, value=4)
    with pytest.raises(inputs.InputError, match=r"value must be one of 0\.5, 1, 4, not "):
        dial.value = wrong
    assert dial.value == 4.0
    with pytest.raises(inputs.InputError, match=r"value must be one of 0\.5, 1, 4, not "):
        RateDistortionDial(family, images, value=wrong)


@pytest.mark.parametrize(("family", "words"), [
    ("gamma", "there is no shipped family 'gamma'; there are: beta, sigma"),
    ({}, "a dict of two or more models"),
    ({1.0: vae(0)}, "a dict of two or more models"),
    ([vae(0), vae(1)], "a dict of two or more models"),
    ({1.0: vae(0), 2.0: vae(0, **GAUSSIAN)}, "must share one likelihood, not bernoulli and gaussian"),
    ({1.0: vae(0), 2.0: VAE(3, (4,))}, "must share one latent_size, not 3 and 5"),
    ({1.0: vae(0), "two": vae(1)}, "needs a number as its setting, not 'two'"),
    ({2.0: vae(0), True: vae(1)}, "needs a number as its setting, not True"),
    ({2.0: vae(0), math.nan: vae(1)}, "needs a number as its setting, not nan"),
    ({2.0: vae(0), math.inf: vae(1)}, "needs a number as its setting, not inf"),
    ({1.0: vae(0), 2.0: LinearGaussian(torch.eye(784)[:, :5], torch.zeros(784), 1.0)}, "not LinearGaussian"),
])  # fmt: skip
def test_models_that_do_not_belong_together_are_refused(family, words):
    with pytest.raises(ValueError, match=words):
        RateDistortionDial(family)


def test_other_images_are_refused(family, images):
    with pytest.raises(ValueError, match=r"must have shape \(batch, 784\)"):
        RateDistortionDial(family, images[:, :700])


# ---- the page ----


def test_a_click_takes_the_nearest_setting(page):
    points = [[50, 20], [60, 90], [150, 140], [340, 160]]
    clicks = [(49, 25), (90, 100), (120, 120), (400, 0), (60, 56)]
    expected = [int(np.linalg.norm(np.array(points) - click, axis=1).argmin()) for click in clicks]
    found = page("rate_distortion_dial", "clicks.map((at) => nearest(points, at))", clicks=clicks, points=points)
    assert found == expected
    assert sorted(set(expected)) == [0, 1, 2, 3]
