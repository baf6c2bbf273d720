"""The sender and the receiver of notebook 06: what they leave on the stack, beside the package's own coder."""

import copy

import pytest
import torch
from answers import CATALOGUE
from variants import RIGHT

from vae_helpers import bits_back
from vae_helpers.exercises.nb06.push_image import coin_model, image
from vae_helpers.models import VAE

PUSH, PULL = CATALOGUE["push_image"], CATALOGUE["pull_image"]


def test_the_sender_leaves_what_the_packages_coder_writes():
    model, x = VAE(2, (5,), data_size=30, seed=4).double(), image(30, 7)
    stack = bits_back.Stack()
    PUSH.reference(stack, model, x)
    blob = bits_back.compress(model, x)
    assert blob[bits_back.HEADER.size : -4] == stack.to_bytes()


def test_the_first_probe_can_be_counted_by_hand():
    """Networks of zeros: Q is the prior, so z takes 10 bits off and puts 10 on; each pixel is a coin, one bit."""
    stack = bits_back.Stack(words=6)
    assert PUSH.reference(stack, coin_model(4), image(4, 1)).item() == pytest.approx(4, abs=0.01)


@pytest.mark.parametrize("number", range(6))
def test_every_receiver_undoes_every_sender(number):
    push, pull = RIGHT["push_image"][number], RIGHT["pull_image"][number]
    for stack, model, x in copy.deepcopy(PUSH.probes):
        before = stack.to_bytes()
        push(stack, model, x)
        assert stack.to_bytes() != before
        assert torch.equal(pull(stack, model).double(), x) and stack.to_bytes() == before
