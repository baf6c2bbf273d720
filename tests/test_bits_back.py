"""Bits-back coding: every image comes back, at the rate the bound promises, and no damaged blob becomes an image."""

import copy
import math
import time
import zlib

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from vae_helpers import bits_back, data, measure, weights
from vae_helpers.models import VAE, LinearGaussian


@pytest.fixture(scope="module")
def tiny():
    """A small untrained model, 5 images and their blob."""
    model = VAE(2, (5,), data_size=12, seed=1)
    x = black_and_white(5, 12)
    return model, x, bits_back.compress(model, x)


def black_and_white(count, size, seed=0, share=0.5):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(count, size, generator=generator) < share).float()


def resealed(blob, at, value):
    """The blob with one byte changed and its own checksum made right again."""
    changed = bytearray(blob[:-4])
    changed[at] = value
    return bytes(changed) + zlib.crc32(changed).to_bytes(4, "little")


# --- round trip


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100, 433])
@pytest.mark.parametrize(("latent_size", "size"), [(1, 1), (2, 12), (9, 50)])
def test_random_images_come_back_exactly(count, latent_size, size):
    model, x = VAE(latent_size, (6,), data_size=size, seed=count), black_and_white(count, size, seed=count)
    images = bits_back.decompress(model, bits_back.compress(model, x))
    assert images.dtype == torch.float32
    assert torch.equal(images, x)


@pytest.mark.parametrize("share", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("scale", [1.0, 8.0, 60.0])
def test_images_that_the_model_holds_impossible_come_back(share, scale):
    """Large weights: probabilities that round to 0 and 1, μ far outside the prior, σ from 0 to huge."""
    model = VAE(3, (6,), data_size=20, seed=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(scale)
    x = black_and_white(300, 20, share=share)
    assert torch.equal(bits_back.decompress(model, bits_back.compress(model, x)), x)


def test_cheap_images_borrow_all_along_and_come_back():
    """A model sure of its pixels pushes less than its z pop, so bits are borrowed in the middle of the coding, too."""
    model = VAE(8, (6,), data_size=4, seed=1)
    with torch.no_grad():
        model.decoder[-1].bias.fill_(-30.0)
        model.encoder[-1].bias.fill_(-3.0)  # Q far from the prior and narrow
    x = torch.zeros(300, 4)
    assert torch.equal(bits_back.decompress(model, bits_back.compress(model, x)), x)


def test_drawn_digits_come_back_from_any_precision_and_number_of_threads():
    model, x = weights.load("mnist-2d"), data.binarize(data.load("strokes", n=1200).train_images[:450])
    blob = bits_back.compress(model, x)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3 - min(threads, 2))
        assert torch.equal(bits_back.decompress(copy.deepcopy(model).double(), bytearray(blob)), x)
    finally:
        torch.set_num_threads(threads)
    assert bits_back.compress(model, x.double()) == blob


def test_the_same_images_give_the_same_blob(tiny):
    model, x, blob = tiny
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert bits_back.compress(model, x) == blob
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert next(model.parameters()).dtype == torch.float32


# --- rate


@pytest.mark.parametrize(("name", "slack"), [("mnist-16d", 0.01), ("mnist-2d", 0.005)])
def test_the_rate_is_minus_the_bound(mnist, name, slack):
    """The oracle is the bound by 50 draws; both have noise of about 0.2 %, and the first image borrows its z."""
    model, x = weights.load(name), data.binarize(mnist.test_images[:1000], seed=0)
    blob = bits_back.compress(model, x)
    bound = -measure.evaluate(model, x, samples=50).elbo.mean().item() / math.log(2)  # bits an image
    assert 1 - 0.004 < 8 * len(blob) / len(x) / bound < 1 + slack
    assert torch.equal(bits_back.decompress(model, blob), x)


@torch.no_grad()
def test_no_pixel_costs_more_than_16_bits():
    """A model sure and wrong of a pixel gives it less than the coder's 2^-16: then the bound charges what the file does not."""
    model, x = weights.load("mnist-16d"), data.binarize(data.load("strokes", n=6000).test_images, seed=0)
    length = 8 * len(bits_back.compress(model, x)) / len(x)  # bits an image
    q, generator = model.encode(x), torch.Generator().manual_seed(1)
    of_z = torch.distributions.kl_divergence(q.base_dist, Normal(0.0, 1.0)).sum(-1).double()
    charged, capped = [], []
    for _ in range(20):
        p = model.decode(q.mean + q.stddev * torch.randn(q.mean.shape, generator=generator)).base_dist
        cost = -p.log_prob(x).double()  # nats a pixel
        charged.append((cost.sum(-1) + of_z).mean() / math.log(2))
        capped.append((cost.clamp(max=16 * math.log(2)).sum(-1) + of_z).mean() / math.log(2))
    assert length < 0.993 * torch.stack(charged).mean()
    assert abs(length / torch.stack(capped).mean() - 1) < 0.006


def test_latent_dimensions_that_nothing_uses_cost_almost_nothing():
    """An encoder that always answers with the prior, a decoder that ignores z: the rate is the pixels' entropy."""
    model, x = VAE(16, (6,), data_size=100), black_and_white(1000, 100, share=0.2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.decoder[-1].bias.fill_(math.log(0.2 / 0.8))
    ones = x.sum().item()
    entropy = -(ones * math.log2(0.2) + (x.numel() - ones) * math.log2(0.8))
    overhead = 8 * len(bits_back.compress(model, x)) - entropy
    assert 0 < overhead < 8 * 21 + 16 * 10 + 200 + 0.001 * entropy  # header, one image's z, words left over, roundings


# --- one image, step by step


@pytest.fixture
def walk(bernoulli_vae):
    model, x = bernoulli_vae(latent_size=3, data_size=40, images=4)
    return model, x, bits_back.Stack(words=20, seed=5)


def bucket_mass(q, z):
    """Q's mass of the buckets whose centers are z, from torch's normal distribution: (B, L)."""
    unit = Normal(torch.zeros((), dtype=torch.float64), 1.0)
    share = unit.cdf(z)  # a center is its bucket's median under the prior
    half = 0.5 / bits_back.BUCKETS
    low, high = unit.icdf((share - half).clamp(min=0)), unit.icdf((share + half).clamp(max=1))
    return q.base_dist.cdf(high) - q.base_dist.cdf(low)


@torch.no_grad()
def test_each_step_moves_the_stack_by_minus_log2_of_a_probability(walk):
    model, x, stack = walk
    start, untouched = stack.bits, stack.to_bytes()
    assert start == pytest.approx(640, abs=8) and stack.borrowed == 640
    q = model.encode(x)
    z = stack.pop_z(q)
    assert z.shape == (4, 3) and z.dtype == torch.float64
    popped = stack.bits
    assert popped - start == pytest.approx(bucket_mass(q, z).log2().sum().item(), abs=0.05)
    p = model.decode(z)
    stack.push_x(p, x)
    pushed = stack.bits
    assert pushed - popped == pytest.approx(-p.log_prob(x).sum().item() / math.log(2), abs=0.05)
    stack.push_z(z)
    assert stack.bits - pushed == pytest.approx(12 * math.log2(bits_back.BUCKETS), abs=0.01)
    assert stack.borrowed == 640
    stack = bits_back.Stack.from_bytes(stack.to_bytes())
    assert torch.equal(stack.unpush_z(4, 3), z)
    assert torch.equal(stack.unpush_x(model.decode(z)), x)
    stack.unpop_z(q, z)
    assert stack.bits == start and stack.to_bytes() == untouched


@torch.no_grad()
def test_popped_latents_follow_q():
    q = torch.distributions.Independent(Normal(torch.tensor([[0.7, -1.5]]).expand(4000, 2), 0.3), 1)
    z = bits_back.Stack(words=4000).pop_z(q)
    assert z.mean(dim=0).tolist() == pytest.approx([0.7, -1.5], abs=5 * 0.3 / 4000**0.5)
    assert z.std(dim=0).tolist() == pytest.approx([0.3, 0.3], abs=0.02)


@torch.no_grad()
def test_a_stack_too_small_borrows(walk):
    model, x, _ = walk
    small, large = bits_back.Stack(), bits_back.Stack(words=20)
    q = model.encode(x)
    z = small.pop_z(q)
    large.pop_z(q)
    assert 64 < small.borrowed <= 64 + 12 * 10 + 64 and large.borrowed == 640
    small.push_x(model.decode(z), x)
    assert torch.equal(small.unpush_x(model.decode(z)), x)
    small.unpop_z(q, z)
    assert small.bits == pytest.approx(small.borrowed, abs=8)


@pytest.mark.parametrize("words", [1, 0, -3, 2.0, None])
def test_a_stack_needs_something_to_start_with(words):
    with pytest.raises(ValueError, match="words must be a whole number of 2 or more"):
        bits_back.Stack(words=words)


@torch.no_grad()
def test_a_stack_takes_no_gray_or_misshapen_images(walk):
    model, x, stack = walk
    p = model.decode(stack.pop_z(model.encode(x)))
    for wrong in (x[:2], 0.5 * x, x.clone().fill_(math.nan)):
        with pytest.raises(ValueError, match=r"exactly 0 or 1|x must be finite"):
            stack.push_x(p, wrong)


@torch.no_grad()
def test_a_stack_takes_no_latents_that_are_not_finite(walk):
    model, x, stack = walk
    q = model.encode(x)
    z = stack.pop_z(q)
    for wrong in (math.nan, math.inf):
        bad, before = z.clone().fill_(wrong), stack.to_bytes()
        for call in (lambda bad=bad: stack.push_z(bad), lambda bad=bad: stack.unpop_z(q, bad)):
            with pytest.raises(ValueError, match="z must be finite"):
                call()
        assert stack.to_bytes() == before


@torch.no_grad()
def test_more_than_lies_on_a_stack_is_not_popped(walk):
    """Nor is memory asked for 10¹² of them, and the stack stays as it is."""
    model, _, _ = walk
    small = bits_back.Stack(words=3)
    before = small.to_bytes()
    for batch in (10, 10**6, 10**12):
        with pytest.raises(ValueError, match=r"more bits than lie on this stack|at most 1,000,000"):
            small.unpush_z(batch, 3)
    with pytest.raises(ValueError, match="more bits than lie on this stack"):
        small.unpush_x(model.decode(torch.zeros(50, 3, dtype=torch.float64)))
    assert small.to_bytes() == before


# --- damage


def test_every_flipped_bit_is_refused(tiny):
    model, _, blob = tiny
    for position in range(8 * len(blob)):
        damaged = bytearray(blob)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(ValueError, match=r"not written by|format version|altered or cut short"):
            bits_back.decompress(model, bytes(damaged))


def test_every_truncation_and_addition_is_refused(tiny):
    model, _, blob = tiny
    for length in range(len(blob)):
        with pytest.raises(ValueError, match=r"not written by|altered or cut short"):
            bits_back.decompress(model, blob[:length])
    for more in (b"\0", b"\0\0\0\0", blob):
        with pytest.raises(ValueError, match="altered or cut short"):
            bits_back.decompress(model, blob + more)


@pytest.mark.parametrize("blob", [b"", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(40), b"VAEz"])
def test_foreign_bytes_are_refused(tiny, blob):
    with pytest.raises(ValueError, match="not written by bits_back"):
        bits_back.decompress(tiny[0], blob)


@pytest.mark.parametrize("blob", ["text", None, 3, [1, 2]])
def test_what_is_not_bytes_is_refused(tiny, blob):
    with pytest.raises(ValueError, match=f"not {type(blob).__name__}"):
        bits_back.decompress(tiny[0], blob)


def test_a_newer_version_is_refused(tiny):
    model, _, blob = tiny
    with pytest.raises(ValueError, match="format version 2, and this course reads 1"):
        bits_back.decompress(model, resealed(blob, 4, 2))


def test_another_model_is_refused(tiny):
    model, _, blob = tiny
    nudged = copy.deepcopy(model)
    with torch.no_grad():
        nudged.decoder[0].bias[0].mul_(1 + 1e-6)
    for other in (nudged, VAE(2, (5,), data_size=12, seed=2), VAE(2, (6,), data_size=12, seed=1)):
        with pytest.raises(ValueError, match="another model"):
            bits_back.decompress(other, blob)


def test_altered_words_under_a_right_checksum_never_give_wrong_images(tiny):
    """They stand for a machine whose networks round differently. Only borrowed bits may change and do no harm."""
    model, x, blob = tiny
    refused, places = 0, range(17, len(blob) - 4)
    for at in places:
        try:
            assert torch.equal(bits_back.decompress(model, resealed(blob, at, blob[at] ^ 1)), x)
        except ValueError as problem:
            assert "did not come out as they went in" in str(problem)
            refused += 1
    assert 0.2 * len(places) < refused < len(places)


def mutated(blob, rng):
    """A blob changed at random in one of six ways, sealed again or not."""
    changed = bytearray(blob)
    at, way = int(rng.integers(len(changed))), rng.integers(6)
    if way == 0:
        changed[at] ^= int(rng.integers(1, 256))
    elif way == 1:
        del changed[at : at + int(rng.integers(1, 9))]
    elif way == 2:
        changed[at:at] = rng.bytes(int(rng.integers(1, 9)))
    elif way == 3:
        changed[at:] = rng.bytes(len(changed) - at)
    elif way == 4:
        changed = changed[at:] + changed[:at]
    else:
        changed[9:17] = rng.bytes(8)  # the number of images and their checksum
    if rng.integers(2):
        changed[-4:] = zlib.crc32(changed[:-4]).to_bytes(4, "little")
    return bytes(changed)


def test_mutated_blobs_end_in_a_sentence_or_in_the_images(tiny, tried):
    model, x, blob = tiny
    rng, lost, begun = np.random.default_rng(0), 0, time.perf_counter()
    for _ in range(2000):
        try:
            lost += not torch.equal(bits_back.decompress(model, mutated(blob, rng)), x)
        except ValueError as problem:
            lost += len(str(problem)) < 30
    tried("a blob of bits-back coding mutated, sealed again or not", 2000, lost)
    assert lost == 0 and time.perf_counter() - begun < 60


@pytest.mark.parametrize("count", [0, 6, 1000, 10**6, 10**7, 2**32 - 1])
def test_a_forged_count_is_refused_at_once(tiny, count):
    """Every bit of the stack is there, and sealed: only the number of images is another. A million took 40 s."""
    model, _, blob = tiny
    forged = blob[:9] + count.to_bytes(4, "little") + blob[13:-4]
    begun = time.perf_counter()
    with pytest.raises(ValueError, match=r"which none that compress returned can|or the blob was forged"):
        bits_back.decompress(model, forged + zlib.crc32(forged).to_bytes(4, "little"))
    assert time.perf_counter() - begun < 2


# --- inputs


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.full((2, 12), 0.5), "exactly 0 or 1"),
        (torch.full((2, 12), 255.0), r"\[0, 1\]"),
        (torch.full((2, 12), math.nan), "NaN"),
        (torch.zeros(2, 13), r"shape \(batch, 12\)"),
        (torch.zeros(12), r"shape \(batch, 12\)"),
        (torch.zeros(0, 12), "no images"),
        (torch.zeros(2, 12, dtype=torch.int64), "floating point"),
        ([[0.0] * 12], "torch tensor, not list"),
    ],
)
def test_images_that_cannot_be_coded_are_refused(tiny, images, words):
    with pytest.raises(ValueError, match=words):
        bits_back.compress(tiny[0], images)


def test_one_gray_pixel_in_a_late_image_is_refused(tiny):
    x = black_and_white(50, 12)
    x[47, 11] = 1e-7
    with pytest.raises(ValueError, match="exactly 0 or 1"):
        bits_back.compress(tiny[0], x)


@pytest.mark.parametrize(
    "model",
    [
        VAE(2, (5,), "gaussian", 0.1, data_size=12),
        LinearGaussian(torch.ones(12, 2), torch.zeros(12), 0.5),
        "mnist-2d",
        None,
    ],
)
def test_models_that_are_no_bernoulli_vae_are_refused(tiny, model):
    _, x, blob = tiny
    for call in (lambda: bits_back.compress(model, x), lambda: bits_back.decompress(model, blob)):
        with pytest.raises(ValueError, match="Bernoulli"):
            call()


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_model_that_has_diverged_is_refused(part):
    model = VAE(2, (5,), data_size=12)
    with torch.no_grad():
        getattr(model, part)[-1].bias.fill_(math.nan)
    with pytest.raises(ValueError, match="NaN or infinite"):
        bits_back.compress(model, black_and_white(3, 12))


# --- the usual compressors


def test_baselines_of_blank_and_of_random_images():
    blank, random = bits_back.baselines(torch.zeros(200, 784)), bits_back.baselines(black_and_white(200, 784))
    kinds = ["gzip", "bz2", "xz", "PNG", "WebP"]
    for rates in (blank, random):
        assert [name.split(",")[0] for name in rates] == kinds
    assert all(rate < 0.03 for rate in blank.values())
    assert all(0.99 < rate < 1.3 for rate in random.values())


@pytest.mark.parametrize(
    "images", [torch.rand(20, 784), 255 * torch.ones(20, 784), torch.full((2, 784), math.nan), torch.zeros(2, 28, 28)]
)
def test_baselines_refuse_gray_digits(images):
    """Cut to bytes, nearly all gray pixels are 0: 0.002 bits a pixel, where black and white takes 0.35."""
    with pytest.raises(ValueError, match="every pixel exactly 0 or 1"):
        bits_back.baselines(images)
