"""Bits-back coding, the sender: three verbs on a stack."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.models import VAE
from vae_helpers.stack import BUCKETS, Stack


def push_image(stack, model, x):
    """Send one image: put it onto the stack so that a receiver can get it back.

    stack: a Stack of bits, changed in place, with the sender's verbs z = pop_z(Q),
    push_x(P, x), push_z(z); stack.bits says how many bits lie on it, a float.
    model: encode(x) is Q(z|X), decode(z) is P(X|z). x: one image of 0 and 1, (1, D).
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


def _no_bits(*_):
    return torch.tensor(0.0)


def _with(verbs, count=lambda before, after: after - before):
    """A wrong answer: other verbs, or another count of what they did."""

    def code(stack, model, x):
        before = stack.bits
        verbs(stack, model, x)
        return torch.tensor(count(before, stack.bits))

    return code


def _right(stack, model, x):
    z = stack.pop_z(model.encode(x))
    stack.push_x(model.decode(z), x)
    stack.push_z(z)


def _z_before_x(stack, model, x):
    z = stack.pop_z(model.encode(x))
    stack.push_z(z)
    stack.push_x(model.decode(z), x)


def _mean(stack, model, x):
    z = model.encode(x).mean
    stack.push_x(model.decode(z), x)
    stack.push_z(z)


def _mean_pushed(stack, model, x):
    q = model.encode(x)
    stack.pop_z(q)
    stack.push_x(model.decode(q.mean), x)
    stack.push_z(q.mean)


def _mean_decoded(stack, model, x):
    q = model.encode(x)
    z = stack.pop_z(q)
    stack.push_x(model.decode(q.mean), x)
    stack.push_z(z)


def _z_kept(stack, model, x):
    z = stack.pop_z(model.encode(x))
    stack.push_x(model.decode(z), x)


def _x_kept(stack, model, x):
    stack.push_z(stack.pop_z(model.encode(x)))


def _only_x(stack, model, x):
    stack.push_x(model.decode(model.encode(x).mean), x)


def _from_the_prior(stack, model, x):
    z = stack.unpush_z(len(x), model.latent_size)
    stack.push_x(model.decode(z), x)
    stack.push_z(z)


def _handed_back(stack, model, x):
    q = model.encode(x)
    z = stack.pop_z(q)
    stack.push_x(model.decode(z), x)
    stack.unpop_z(q, z)


def _handed_back_too(stack, model, x):
    q = model.encode(x)
    z = stack.pop_z(q)
    stack.push_x(model.decode(z), x)
    stack.push_z(z)
    stack.unpop_z(q, z)


def _popped_last(stack, model, x):
    q = model.encode(x)
    stack.push_x(model.decode(q.mean), x)
    stack.push_z(stack.pop_z(q))


EXERCISE = Exercise(
    notebook="06",
    goal="Write the sender of bits-back coding: choose z with bits of the stack, and put X and z onto it.",
    reference=push_image,
    oracle=_oracle,
    effect=left,
    effect_name="the bits on the stack",
    hints=(
        "Three verbs, one a step of the list above. Who needs what? To push X you need $P(X|z)$, so z must be there first.",
        "`z = stack.pop_z(model.encode(x))`, then X under `model.decode(z)`, then z. What is pushed last, the receiver "
        "finds first.",
        "Note `stack.bits` before the first verb and after the last: `torch.tensor(stack.bits - before)`.",
    ),
    probes=(
        (Stack(words=6, seed=1), coin_model(4), image(4, 1)),  # by hand: 10 bits off, 4 on, 10 on
        (Stack(words=12, seed=2), VAE(2, (5,), data_size=12, seed=2).double(), image(12, 2)),
        (Stack(words=20, seed=3), VAE(3, (6,), data_size=60, seed=3).double(), image(60, 3)),
    ),
    mistakes=(
        Mistake(
            "z before X",
            "You push z before X. The receiver takes off first what was pushed last, X, and for that needs z, which then "
            "still lies below.",
            _with(_z_before_x),
        ),
        Mistake(
            "z is Q's mean",
            "You send Q's mean and pop nothing. Then no bits of the message choose z, and none come back: z costs its full "
            "price under P(z).",
            _with(_mean),
        ),
        Mistake(
            "mean in place of the popped z",
            "You pop a z, and then go on with Q's mean. The bits that were popped live on in that z alone: it is the one to "
            "decode and to push.",
            _with(_mean_pushed),
        ),
        Mistake(
            "decoded the mean",
            "You push X under the decoding of Q's mean. The receiver knows the z that you push, not Q, and decodes that.",
            _with(_mean_decoded),
        ),
        Mistake(
            "z not pushed",
            "z is not on the stack. The receiver needs it to decode X: push it as well, under P(z).",
            _with(_z_kept),
        ),
        Mistake("X not pushed", "The image itself is not on the stack: push_x is missing.", _with(_x_kept)),
        Mistake(
            "only X",
            "Only the pixels are on the stack, under a z that nobody told the receiver.",
            _with(_only_x),
        ),
        Mistake(
            "z from the prior",
            "unpush_z reads z off under P(z), as the receiver does. The sender's z comes from Q(z|X): stack.pop_z.",
            _with(_from_the_prior),
        ),
        Mistake(
            "put back at once",
            "You put z's bits back with unpop_z in place of pushing z. That is the receiver's last step; without z they "
            "cannot even start.",
            _with(_handed_back),
        ),
        Mistake(
            "put back as well",
            "You also put the bits of z back. The sender leaves that to the receiver: here they choose z, there they come "
            "back.",
            _with(_handed_back_too),
        ),
        Mistake(
            "popped last",
            "z is popped after X was pushed, so X was pushed under another z than the one that is sent.",
            _with(_popped_last),
        ),
        Mistake(
            "nothing done",
            "The stack is as it was. Its verbs change it: pop_z, push_x, push_z.",
            _no_bits,
        ),
        Mistake(
            "shrinkage",
            "The stack is right, but the count has the wrong sign: after minus before.",
            _with(_right, lambda before, after: before - after),
        ),
        Mistake(
            "height",
            "The stack is right. You return how many bits lie on it; wanted is by how many it grew.",
            _with(_right, lambda before, after: after),
        ),
        Mistake(
            "bytes",
            "The stack is right. You count bytes; wanted are bits.",
            _with(_right, lambda before, after: (after - before) / 8),
        ),
        Mistake(
            "nats",
            "The stack is right. You count nats; stack.bits are bits already.",
            _with(_right, lambda before, after: (after - before) * math.log(2)),
        ),
        Mistake(
            "per pixel",
            "The stack is right. You count bits per pixel; wanted are the bits of the whole image.",
            lambda stack, model, x: _with(_right)(stack, model, x) / x.numel(),
        ),
    ),
)
