"""What must hold for whatever comes: the pen's pictures, images under the coder, and cards on any answer at all."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Independent, Normal

from vae_helpers import coder, strokes
from vae_helpers.exercises import catalogue, engine
from vae_helpers.models import VAE

SEEDS = st.integers(0, 2**32 - 1)
EXPONENTS = st.floats(-6, 6)
LATENTS = {
    "digit": st.integers(0, 9), "thickness": EXPONENTS.map(lambda e: 10**e), "slant": st.floats(-89.9, 89.9),
    "rotation": st.floats(-1e6, 1e6), "width": EXPONENTS.map(lambda e: 10**e), "sharpness": st.floats(0, 1),
    "x": st.floats(-1e6, 1e6), "y": st.floats(-1e6, 1e6),
}  # fmt: skip
LOG_PRIOR, KL = (catalogue()[name] for name in ("log_prior", "kl_to_standard_normal"))


def draws(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# ---- the pen ----


@given(st.lists(st.fixed_dictionaries(LATENTS), min_size=1, max_size=3))
def test_the_pen_draws_ink_between_0_and_1_and_each_digit_alone(rows):
    batch = strokes.Latents(**{name: torch.tensor([row[name] for row in rows]) for name in LATENTS})
    drawn = strokes.render(batch)
    assert drawn.shape == (len(rows), 28, 28) and drawn.dtype == torch.float32
    assert ((drawn >= 0) & (drawn <= 1)).all()  # NaN is neither
    torch.testing.assert_close(strokes.render(strokes.Latents(**rows[-1]))[0], drawn[-1], rtol=0, atol=1e-5)


@given(SEEDS, st.integers(-5, 5), st.integers(-5, 5))
def test_a_shift_by_whole_pixels_shifts_the_picture(seed, right, down):
    z = strokes.sample_latents(3, seed % 2**31)
    plain, moved = strokes.render(z), strokes.render(z._replace(x=z.x + right, y=z.y + down))
    there = (slice(None), *(slice(max(0, step), 28 + min(0, step)) for step in (down, right)))
    back = (slice(None), *(slice(max(0, -step), 28 + min(0, -step)) for step in (down, right)))
    torch.testing.assert_close(moved[there], plain[back], rtol=0, atol=1e-4)


@given(SEEDS, st.integers(0, 9), st.floats(0.5, 4), st.floats(0.01, 2))
def test_a_thicker_pen_leaves_no_less_ink(seed, digit, thickness, more):
    z = strokes.sample_latents(1, seed % 2**31, digit)
    thin, thick = (strokes.render(z._replace(thickness=torch.tensor([t]))) for t in (thickness, thickness + more))
    assert (thick >= thin - 1e-6).all()


# ---- the coder ----


@pytest.mark.skipif(not coder.HERE, reason="constriction is not installed")
@given(SEEDS, EXPONENTS, st.floats(-80, 80), st.integers(1, 5), st.integers(1, 4), st.integers(1, 9))
@example(0, 6.0, 80.0, 2, 3, 5)
@example(0, 6.0, -80.0, 2, 3, 5)
def test_what_is_pushed_comes_off_as_it_was(seed, exponent, logvar, batch, latent_size, size):
    from vae_helpers.bits_back import Stack

    q = Independent(
        Normal(10**exponent * draws(seed, batch, latent_size), math.exp(logvar / 2), validate_args=False), 1
    )
    p = Independent(Bernoulli(logits=10**exponent * draws(seed + 1, batch, size)), 1)
    x, stack = (draws(seed + 2, batch, size) > 0).double(), Stack(2, seed % 100)
    z = stack.pop_z(q)
    before = stack.to_bytes()
    stack.push_x(p, x)
    stack.push_z(z)
    assert z.shape == (batch, latent_size) and z.isfinite().all() and math.isfinite(stack.bits)
    assert torch.equal(stack.unpush_z(batch, latent_size), z) and torch.equal(stack.unpush_x(p), x)
    assert stack.to_bytes() == before
    stack.unpop_z(q, z)
    again = stack.pop_z(q)
    assert torch.equal(again, z)


@pytest.mark.skipif(not coder.HERE, reason="constriction is not installed")
@given(SEEDS, st.floats(-6, 3), st.integers(1, 30), st.floats(0, 1))
def test_images_come_back_from_models_of_any_scale(seed, exponent, count, share):
    from vae_helpers import bits_back

    model = VAE(2, (4,), data_size=6, seed=seed % 1000)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10 ** (exponent / 2))  # twice, one after the other
    x = (torch.rand(count, 6, generator=torch.Generator().manual_seed(seed)) < share).float()
    try:
        blob = bits_back.compress(model, x)
    except ValueError as told:
        assert "NaN or infinite" in str(told)
        assume(False)
    assert torch.equal(bits_back.decompress(model, blob), x)


# ---- the engine ----

NUMBERS = (
    st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.booleans() | st.none() | st.text(max_size=9)
)
TENSORS = st.builds(
    lambda values, dtype, shape: (
        torch.tensor(values).reshape(-1)[: math.prod(shape)].to(dtype).expand(1, -1).squeeze(0)
    ),
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=6),
    st.sampled_from([torch.float32, torch.float64, torch.float16, torch.int64, torch.bool, torch.complex64]),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
ANSWERS = st.recursive(
    NUMBERS | TENSORS | TENSORS.map(lambda t: t.resolve_conj().numpy()),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)


def answering(exercise, change):
    def answer(*arguments):
        return change(exercise.reference(*arguments))

    answer.__name__ = exercise.name
    return answer


@given(ANSWERS, st.sampled_from([LOG_PRIOR, KL]))
def test_a_card_comes_of_any_answer(value, exercise):
    feedback = engine.judge(exercise, answering(exercise, lambda _: value))
    assert feedback.kind in ("wrong", "mistake") and feedback.text and str(feedback)
    assert len(str(feedback)) < 3000 and feedback._repr_mimebundle_()["text/html"].count("<div") == 1


@given(EXPONENTS, st.sampled_from([-1.0, 1.0]), st.sampled_from([torch.float32, torch.float64]))
@example(-6.0, 1.0, torch.float64)
def test_a_right_answer_may_round_and_no_more(exponent, sign, dtype):
    factor = 1 + sign * 10**exponent
    feedback = engine.judge(KL, answering(KL, lambda wanted: (factor * wanted.double()).to(dtype)))
    if abs(factor - 1) < 1e-5:
        assert feedback.kind == "right", feedback
    elif abs(factor - 1) > 1e-2:
        assert feedback.kind in ("wrong", "mistake"), feedback


@given(SEEDS, st.lists(st.integers(0, 3), max_size=3), EXPONENTS)
def test_agreement_is_mutual_and_knows_shapes(seed, shape, exponent):
    a = 10**exponent * draws(seed, *shape)
    b = a * (1 + 1e-3 * np.sign(seed % 2 - 0.5))
    assert engine.agree(a, a.float(), 1e-4) and engine.agree(a, b, 1e-4) == engine.agree(b, a, 1e-4)
    assert not engine.agree(a, a[None], 1e-4) and not engine.agree((a,), a, 1e-4)
