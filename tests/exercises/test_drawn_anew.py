"""What is to be drawn anew in every epoch, and is not: answers to `one_epoch` with a source of chance of their own."""

import numpy as np
import pytest
import torch
from answers import CATALOGUE

from vae_helpers.exercises import engine

EPOCH = CATALOGUE["one_epoch"]


def answer(noise, order=lambda n, generator: torch.randperm(n), generator=lambda: torch.Generator().manual_seed(0)):
    """An epoch with noise(generator, rows, latents), where generator() is called once an epoch."""

    def one_epoch(step, images, batch_size, latent_size):
        own, total = generator(), 0.0
        for rows in order(len(images), own).split(batch_size):
            total += len(rows) * step(images[rows], noise(own, len(rows), latent_size))
        return total / len(images)

    return one_epoch


def of_torch(generator, rows, latents):
    return torch.randn(rows, latents, generator=generator)


def of_numpy(generator, rows, latents):
    return torch.from_numpy(generator.standard_normal((rows, latents))).float()


def of_the_page(_, rows, latents):
    return torch.randn(rows, latents)


def shuffled(n, generator):
    return torch.randperm(n, generator=generator)


def unseeded():
    generator = torch.Generator()
    generator.seed()
    return generator


ONE = torch.Generator().manual_seed(0)  # goes on from epoch to epoch
FIXED = [
    (answer(of_torch), "very numbers of the first for ε"),
    (answer(of_numpy, generator=lambda: np.random.default_rng(3)), "very numbers of the first for ε"),
    (answer(of_torch, shuffled), "very numbers of the first for ε"),
    (answer(of_the_page, shuffled), "the order of the first"),
]
FRESH = [
    answer(of_the_page),
    answer(of_torch, shuffled, unseeded),
    answer(of_torch, shuffled, lambda: ONE),
    answer(of_numpy, generator=np.random.default_rng),
]


@pytest.mark.parametrize(("function", "words"), FIXED)
def test_a_seed_of_its_own_is_seen_by_the_second_epoch(function, words):
    feedback = engine.judge(EPOCH, function)
    assert feedback.kind == "mistake" and words in feedback.text


@pytest.mark.parametrize("function", FRESH)
def test_any_source_that_goes_on_is_right(function):
    assert engine.judge(EPOCH, function).kind == "right"


def test_facts_that_are_wrong_are_named_and_no_others():
    def one_epoch(step, images, batch_size, latent_size):
        return EPOCH.reference(step, images[:, torch.randperm(images.shape[1])], batch_size, latent_size)

    feedback = engine.judge(EPOCH, one_epoch)
    assert feedback.text == "The value is right. But not every image comes exactly once, as it is."


def test_a_wrong_value_beside_wrong_facts_names_both():
    def one_epoch(step, images, batch_size, latent_size):
        fives = torch.full((batch_size, latent_size), 5.0)
        return sum(step(x, fives[: len(x)]) * len(x) for x in images.split(batch_size))

    text = engine.judge(EPOCH, one_epoch).text
    assert "You return the sum over all images" in text
    assert (
        "Besides, the images come in the order in which they are stored" in text and "some steps get the same ε" in text
    )


@pytest.mark.parametrize("fact", range(len(EPOCH.facts)))
def test_every_fact_is_seen(fact):
    """Each is wrong in some known mistake and in the reference never."""
    runs = [[engine.run(m.code, probe, EPOCH.effect).effect for probe in EPOCH.probes] for m in EPOCH.mistakes]
    right = [engine.run(EPOCH.reference, probe, EPOCH.effect).effect for probe in EPOCH.probes]
    assert all(len(effect) == len(EPOCH.facts) for effect in right)
    assert any(not torch.equal(a[fact], b[fact]) for run in runs for a, b in zip(run, right, strict=True))


def epoch(parts, noise=torch.randn):
    """An epoch over parts(images, batch_size), batches of images, with noise(rows, latents)."""

    def one_epoch(step, images, batch_size, latent_size):
        return sum(len(x) * step(x, noise(len(x), latent_size)) for x in parts(images, batch_size)) / len(images)

    return one_epoch


def well(images, batch_size):
    return images[torch.randperm(len(images))].split(batch_size)


def stored(images, batch_size):
    return [x[torch.randperm(len(x))] for x in images.split(batch_size)]


def rotated(images, batch_size):
    return images.roll(int(torch.randint(1, len(images), ())), 0).split(batch_size)


@pytest.mark.parametrize(
    ("parts", "noise", "words"),
    [
        (stored, torch.randn, "the same images come together as in the file"),
        (rotated, torch.randn, "the images come in the order in which they are stored, in its reverse, or rotated"),
        (well, lambda rows, latents: 1.3 * torch.randn(rows, latents), "the standard deviation of ε is not 1"),
        (well, lambda rows, latents: 2 * torch.randn(rows, latents), "the standard deviation of ε is not 1"),
        (well, lambda rows, latents: 0.5 + torch.randn(rows, latents), "the mean of ε is not 0"),
        (well, lambda rows, latents: torch.randn(rows, 1).expand(-1, latents), "the latents of an image share their numbers of ε"),
    ],
)  # fmt: skip
def test_what_is_amiss_with_batches_or_noise_is_named_and_nothing_else(parts, noise, words):
    assert engine.judge(EPOCH, epoch(parts, noise)).text == f"The value is right. But {words}" + (
        ": only the batches, or each within itself, are shuffled." if parts is stored else "."
    )


def test_batches_of_shuffled_images_are_right_every_time():
    torch.manual_seed(0)
    assert all(engine.judge(EPOCH, epoch(well)).kind == "right" for _ in range(100))
