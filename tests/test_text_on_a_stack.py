"""A text as a stack of bits: digits are drawn with its bits, and give it back."""

import copy

import pytest
import torch

from vae_helpers import bits_back, weights
from vae_helpers.bits_back import CUSHION, Stack

TEXTS = ["x", "ein Satz über σ², 数字, 🙂", "All models are wrong, but some are useful.\n" * 5, ""]


@pytest.fixture(scope="module")
def exact():
    return weights.load("mnist-16d").double()


@torch.no_grad()
def drawn(stack, model, least=32 * CUSHION):
    """Digits that the bits above the cushion choose: the receiver's verbs."""
    images = []
    while stack.bits > least:
        z = stack.unpush_z(1, model.latent_size)
        images.append(stack.unpush_x(model.decode(z)))
        stack.unpop_z(model.encode(images[-1]), z)
    return images


@torch.no_grad()
def put_back(stack, model, images):
    """The sender's verbs, the last digit first."""
    for x in reversed(images):
        z = stack.pop_z(model.encode(x))
        stack.push_x(model.decode(z), x)
        stack.push_z(z)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_becomes_digits_and_comes_back(text, exact):
    stack = Stack.from_text(text)
    before = stack.to_bytes()
    assert Stack.from_bytes(before).to_text() == text
    images = drawn(stack, exact)
    assert len(images) >= 1 and stack.to_bytes() != before
    put_back(stack, exact, images)
    assert stack.to_bytes() == before and stack.to_text() == text and stack.borrowed == 0


def test_digits_take_about_as_many_bits_as_the_text_had(exact):
    """Each removes −log₂ of its own probability, about minus the bound: 110 bits on average, between 15 and 300."""
    stack = Stack.from_text("a" * 500)
    start = stack.bits
    count = len(drawn(stack, exact))
    assert 60 < (start - stack.bits) / count < 180


def test_the_bits_on_the_stack_look_random_whatever_the_text():
    bits = torch.tensor(list(Stack.from_text("a" * 4000).to_bytes()), dtype=torch.uint8)
    counts = torch.bincount(bits.int(), minlength=256).double()
    expected = len(bits) / 256
    assert ((counts - expected) ** 2 / expected).sum() < 255 + 5 * (2 * 255) ** 0.5  # chi-squared, five deviations


@pytest.mark.parametrize("damage", ["a pixel", "a digit less", "two exchanged"])
def test_no_wrong_text_comes_out(damage, exact):
    stack = Stack.from_text("All models are wrong, but some are useful.")
    images = drawn(stack, exact)
    if damage == "a pixel":
        images[1][0, 400] = 1 - images[1][0, 400]
    elif damage == "a digit less":
        images = images[:-1]
    else:
        images[:2] = images[1::-1]
    put_back(stack, exact, images)
    with pytest.raises(ValueError, match="no text lies on this stack"):
        stack.to_text()


def test_a_stack_of_other_bits_holds_no_text():
    for stack in (Stack(), Stack(words=60)):
        with pytest.raises(ValueError, match="no text"):
            stack.to_text()


def test_a_copy_of_a_stack_goes_its_own_way(exact):
    stack = Stack(words=30, seed=3)
    other = copy.deepcopy(stack)
    assert other.to_bytes() == stack.to_bytes() and repr(other) == f"a stack of {stack.bits:.1f} bits"
    z = other.unpush_z(1, 16)
    assert other.bits < stack.bits and torch.equal(stack.unpush_z(1, 16), z)
    small, twin = Stack(seed=1), None
    twin = copy.deepcopy(small)
    q = exact.encode(torch.zeros(1, 784, dtype=torch.float64))
    assert torch.equal(small.pop_z(q), twin.pop_z(q)) and small.borrowed == twin.borrowed > 64  # the same random bits
    assert small.to_bytes() == twin.to_bytes()


def test_the_names_are_bits_backs_too():
    assert bits_back.CUSHION == CUSHION and bits_back.Stack is Stack
