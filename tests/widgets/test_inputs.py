"""One rule for what an explorer may be given: each refusal with its message, at construction and at any later setting."""

import math

import numpy as np
import pytest
import torch
import traitlets

from vae_helpers.models import VAE, LinearGaussian
from vae_helpers.widgets import DrawDigit, LatentPlane, LatentSliders, RateDistortionDial, inputs


class Given(traitlets.HasTraits):
    share = inputs.Number(0.5, 0, 1)
    count = inputs.Whole(3, 1, 50)
    place = inputs.Numbers([0.0, 0.0], -3.5, 3.5)
    some = inputs.Numbers([1.0], 0, 9, least=1, most=3)
    own = inputs.Numbers([], -1, 1, size="dimensions")
    dimensions = 4
    level = inputs.OneOf("levels")
    pixels = inputs.Pixels()
    levels = (0.5, 1.0, 4.0)

    @traitlets.default("own")
    def _four(self):
        return [0.0] * 4

    @traitlets.default("level")
    def _middle(self):
        return 1.0


NO_NUMBERS = [True, False, None, "0.5", math.nan, math.inf, -math.inf, [0.5], 1j, np.array([0.5]), torch.tensor(0.5)]
NO_LISTS = [0.5, None, "ab", {0.5, 0.25}, {"x": 0.5, "y": 0.25}, torch.tensor(0.5), torch.zeros(1, 2)]
REFUSED = [
    *[("share", v, "share must be a number from 0 to 1, not ") for v in [*NO_NUMBERS, -1e-9, 1.001, 10**400]],
    *[("count", v, "count must be a number from 1 to 50, not ") for v in [*NO_NUMBERS, 0, 51]],
    *[("count", v, "count must be a whole number from 1 to 50, not ") for v in [2.5, 49.999]],
    *[("place", [v, 0], "place must be 2 numbers from -3.5 to 3.5, not ") for v in [*NO_NUMBERS, 3.6, -4]],
    *[("place", v, "place must be 2 numbers from -3.5 to 3.5, not ") for v in [*NO_LISTS, [], [1], [1, 2, 3]]],
    *[("some", v, "some must be 1 to 3 numbers from 0 to 9, not ") for v in [*NO_LISTS, [], [1] * 4, [-1], [True]]],
    *[("own", v, "own must be 4 numbers from -1 to 1, not ") for v in [*NO_LISTS, [], [0] * 3, [0] * 5, [0, 0, 0, 2]]],
    *[("level", v, "level must be one of 0.5, 1, 4, not ") for v in [*NO_NUMBERS, 2, 0.500001]],
    *[("pixels", bytes(n), f"pixels must be 784 bytes, one a pixel, not {n}") for n in (0, 783, 785)],
    *[("pixels", v, "pixels must be 784 bytes, one a pixel, not ") for v in (784, "a" * 784, [0] * 784, None, True)],
]


@pytest.mark.parametrize(("name", "wrong", "words"), REFUSED)
def test_wrong_inputs_are_refused_with_one_message(name, wrong, words):
    given = Given()
    before = getattr(given, name)
    with pytest.raises(inputs.InputError) as at_setting:
        setattr(given, name, wrong)
    with pytest.raises(inputs.InputError) as at_construction:
        Given(**{name: wrong})
    for error in (at_setting.value, at_construction.value):
        assert str(error).startswith(words), str(error)
        assert isinstance(error, traitlets.TraitError) and isinstance(error, ValueError)
    assert getattr(given, name) == before


@pytest.mark.parametrize(("name", "given", "kept"), [
    ("share", 1, 1.0), ("share", 0, 0.0), ("share", np.float32(0.25), 0.25),
    ("count", 50, 50), ("count", 2.0, 2), ("count", np.int64(7), 7),
    ("place", (1, -3.5), [1.0, -3.5]), ("place", torch.tensor([0.5, 1.0]), [0.5, 1.0]),
    ("place", np.array([3, 2]), [3.0, 2.0]), ("some", [9], [9.0]), ("some", [1, 2, 3], [1.0, 2.0, 3.0]),
    ("own", [1, 0, 0, -1], [1.0, 0.0, 0.0, -1.0]), ("level", 4, 4.0), ("pixels", b"\x07" * 784, b"\x07" * 784),
])  # fmt: skip
def test_right_inputs_are_kept_as_plain_numbers(name, given, kept):
    for value in (getattr(Given(**{name: given}), name), inputs_set(name, given)):
        assert value == kept and type(value) is type(kept)
        if isinstance(kept, list):
            assert {type(v) for v in value} == {float}


def inputs_set(name, value):
    given = Given()
    setattr(given, name, value)
    return getattr(given, name)


def test_every_input_reaches_the_page():
    assert set(Given().trait_names(sync=True)) == {"share", "count", "place", "some", "own", "level", "pixels"}


# ---- models, images and labels ----

PLANES = [LatentPlane, DrawDigit]
OF_A_MODEL = [*PLANES, LatentSliders]


@pytest.mark.parametrize("kind", PLANES)
def test_only_two_dimensions_make_a_plane(kind, vae, images):
    with pytest.raises(inputs.InputError, match="needs 2 latent dimensions, and the model has 3"):
        kind(vae(3), images)


@pytest.mark.parametrize("kind", OF_A_MODEL)
@pytest.mark.parametrize("given", [None, 3, "mnist-2d", LinearGaussian(torch.eye(784)[:, :2], torch.zeros(784), 1.0)])
def test_other_models_are_refused(kind, given, images):
    with pytest.raises(inputs.InputError, match=rf"needs a vae_helpers\.models\.VAE, not {type(given).__name__}"):
        kind(given, images)


@pytest.mark.parametrize("kind", OF_A_MODEL)
@pytest.mark.parametrize("with_images", [True, False])
def test_models_of_other_images_are_refused(kind, with_images, images):
    given = [images] if with_images else []
    with pytest.raises(inputs.InputError, match="images of 28×28 = 784 pixels, and the model's have 100"):
        kind(VAE(2, (4,), data_size=100), *given)


@pytest.mark.parametrize("kind", PLANES)
@pytest.mark.parametrize("wrong", [
    torch.zeros(5, dtype=torch.long), torch.full((60,), 10), torch.full((60,), -1), torch.zeros(60),
    torch.zeros(60, dtype=torch.bool), torch.zeros(60, 1, dtype=torch.long), [1] * 60, 3,
])  # fmt: skip
def test_labels_must_fit(kind, vae, images, wrong):
    with pytest.raises(inputs.InputError, match="labels must be whole numbers 0 to 9, one for each of the 60 images"):
        kind(vae(), images, wrong)


@pytest.mark.parametrize("kind", PLANES)
def test_labels_without_images_are_refused(kind, vae, labels):
    with pytest.raises(inputs.InputError, match="labels came without images"):
        kind(vae(), labels=labels)


@pytest.mark.parametrize("kind", OF_A_MODEL)
@pytest.mark.parametrize(("spoil", "words"), [
    (lambda images: images[:, :700], r"must have shape \(batch, 784\)"),
    (lambda images: images[0], r"must have shape \(batch, 784\)"),
    (lambda images: images[:0], "there are no images"),
    (lambda images: images * 255, r"pixels must lie in \[0, 1\]"),
    (lambda images: images / 0, "contain NaN or infinite values"),
    (lambda images: (images * 255).byte(), "must be floating point"),
    (lambda images: 3, "must be a torch tensor, not int"),
])  # fmt: skip
def test_images_must_fit(kind, vae, images, spoil, words):
    with pytest.raises(ValueError, match=words):
        kind(vae(), spoil(images))


def test_the_dial_takes_such_models_and_images_too(vae, images):
    with pytest.raises(inputs.InputError, match="784 pixels, and the model's have 100"):
        RateDistortionDial({1: VAE(2, (4,), data_size=100), 2: VAE(2, (4,), data_size=100)}, torch.rand(3, 100))
    with pytest.raises(ValueError, match="there are no images"):
        RateDistortionDial({1: vae(), 2: vae(seed=2)}, images[:0])


def test_captions_say_which_images(vae, images, labels):
    found, classes, caption = inputs.images(images, None, vae())
    assert found is images and classes.tolist() == [0] * 60 and caption == "Points: Q's mean for 60 images."
    found, classes, caption = inputs.images(images, labels, vae())
    assert found is images and classes is labels and caption == "Points: Q's mean for 60 images, by class."
    found, classes, caption = inputs.images(None, None, vae())
    assert found.shape == (1200, 784) and set(classes.tolist()) == set(range(10)) and "1200 drawn digits" in caption
