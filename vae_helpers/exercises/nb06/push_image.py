"""Bits-back coding, the sender: three verbs on a stack."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb06.push_image_mistakes import MISTAKES
from vae_helpers.models import VAE
from vae_helpers.stack import BUCKETS, Stack


def push_image(stack, model, x):
    """Send one image: put it onto the stack so that a receiver can get it back.

    stack: a Stack of bits, changed in place, with the sender's verbs z = pop_z(Q),
    push_x(P, x), push_z(z); stack.bits says how many bits lie on it, a float.
    model: encode(x) is Q(z|X), decode(z) is P(X|z), each a distribution.
    x: one image of 0 and 1, (1, D).
    Returns by how many bits the stack grew, a float tensor, ().
    """
    before = stack.bits
    z = stack.pop_z(model.encode(x))
    stack.push_x(model.decode(z), x)
    stack.push_z(z)
    return torch.tensor(stack.bits - before)


def left(_, arguments):
    """What lies on the stack after the call, byte by byte."""
    return (torch.tensor(list(arguments[0].to_bytes()), dtype=torch.float32),)


@torch.no_grad()
def _oracle(stack, model, x):
    # The bucket's mass under Q by torch's own normal distribution, and log P(X|z) by torch's own Bernoulli.
    q = model.encode(x)
    z = stack.pop_z(q)
    unit = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 1.0)
    share, half = unit.cdf(z), 0.5 / BUCKETS
    edges = [unit.icdf((share + side).clamp(0, 1)) for side in (-half, half)]
    mass = q.base_dist.cdf(edges[1]) - q.base_dist.cdf(edges[0])
    nats = mass.log().sum() - model.decode(z).log_prob(x).sum()
    return (nats / math.log(2) + z.numel() * math.log2(BUCKETS)).float()


@torch.no_grad()
def coin_model(pixels: int, latent_size: int = 1) -> VAE:
    """All weights 0: Q is the prior, every pixel a fair coin. So z costs 10 bits a dimension, and a pixel one bit."""
    model = VAE(latent_size, (2,), data_size=pixels).double()
    for parameter in model.parameters():
        parameter.zero_()
    return model


def image(pixels: int, seed: int):
    """A random one, (1, D), float64."""
    return (torch.rand(1, pixels, generator=torch.Generator().manual_seed(seed)) < 0.4).double()


EXERCISE = Exercise(
    notebook="06",
    goal="Write the sender of bits-back coding: choose z with bits of the stack, and put X and z onto it.",
    reference=push_image,
    oracle=_oracle,
    effect=left,
    effect_name="the bits on the stack",
    hints=(
        "Three verbs, one a step of the list above. Who needs what? To push X you need $P(X|z)$, so z must be there "
        "first.",
        "`z = stack.pop_z(model.encode(x))`, then X under `model.decode(z)`, then z. What is pushed last, the receiver "
        "finds first.",
        "Note `stack.bits` before the first verb and after the last: `torch.tensor(stack.bits - before)`.",
    ),
    then="The receiver gets back the bits that pop_z takes: that is why X and z together cost less than their two lengths.",
    again="the cell below the hints; then, further down in 6.2, the receiver and your own sentence.",
    probes=(
        (Stack(words=6, seed=1), coin_model(4), image(4, 1)),  # by hand: 10 bits off, 4 on, 10 on
        (Stack(words=12, seed=2), VAE(2, (5,), data_size=12, seed=2).double(), image(12, 2)),
        (Stack(words=20, seed=3), VAE(3, (6,), data_size=60, seed=3).double(), image(60, 3)),
    ),
    mistakes=MISTAKES,
)
