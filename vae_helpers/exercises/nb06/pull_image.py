"""Bits-back coding, the receiver: the three inverses, in reverse."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.nb06.push_image import coin_model, image, left, push_image
from vae_helpers.models import VAE
from vae_helpers.stack import Stack


def pull_image(stack, model):
    """Receive one image: take it off the stack, what was pushed last comes first.

    stack: a Stack of bits, changed in place; each verb of the sender has an inverse:
    z = unpush_z(1, model.latent_size), x = unpush_x(P), unpop_z(Q, z). model: as for
    the sender. Returns the image, (1, D), float32; afterwards the stack holds, to the
    last bit, what it held before the image was sent.
    """
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.unpop_z(model.encode(x), z)
    return x.float()


def _sent(stack, model, x):
    """A probe: a stack that an image has been put onto, and the model."""
    with torch.no_grad():
        push_image(stack, model, x)
    return stack, model


@torch.no_grad()
def _oracle(stack, model):
    # Try every image on the stack as it would have been: only the one that was sent explains its z.
    z = stack.unpush_z(1, model.latent_size)
    p, pixels = model.decode(z), []
    for probability in p.mean[0]:  # one pixel after the other, each a symbol of its own
        one = torch.distributions.Independent(torch.distributions.Bernoulli(probability.reshape(1, 1)), 1)
        pixels.append(stack.unpush_x(one))
    return torch.cat(pixels, dim=1).float()


def _kept(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    return stack.unpush_x(model.decode(z)).float()


def _popped(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.pop_z(model.encode(x))
    return x.float()


def _pushed(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.push_z(z)
    return x.float()


def _all_back(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.push_x(model.decode(z), x)
    stack.push_z(z)
    return x.float()


def _mean_image(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = model.decode(z).mean
    stack.unpop_z(model.encode(x), z)
    return x.float()


def _rounded_image(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = (model.decode(z).mean > 0.5).double()
    stack.unpop_z(model.encode(x), z)
    return x.float()


def _mean_of_q(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    q = model.encode(x)
    stack.unpop_z(q, q.mean)
    return x.float()


def _under_the_prior(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.unpop_z(torch.distributions.Independent(torch.distributions.Normal(torch.zeros_like(z), 1.0), 1), z)
    return x.float()


def _twice(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    z = stack.unpush_z(1, model.latent_size)
    stack.unpop_z(model.encode(x), z)
    return x.float()


def _latents(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.unpop_z(model.encode(x), z)
    return z.float()


def _decoded(stack, model):
    z = stack.unpush_z(1, model.latent_size)
    p = model.decode(z)
    x = stack.unpush_x(p)
    stack.unpop_z(model.encode(x), z)
    return p.mean.float()


def _from_zero(stack, model):
    z = torch.zeros(1, model.latent_size, dtype=torch.float64)
    x = stack.unpush_x(model.decode(z))
    stack.unpop_z(model.encode(x), z)
    return x.float()


def _unseen(stack, model):
    return model.decode(torch.zeros(1, model.latent_size, dtype=torch.float64)).mean.float()


EXERCISE = Exercise(
    notebook="06",
    goal="Write the receiver: get the image back, and with it the bits that chose z.",
    reference=pull_image,
    oracle=_oracle,
    effect=left,
    effect_name="the bits on the stack",
    hints=(
        "Read your `push_image` from its last line to its first, and undo each line. What was pushed last was z.",
        "With z you have $P(X|z)$, and X can be taken off. With X you have $Q(z|X)$. What is still to be put back?",
        "`unpush_z`, then `unpush_x(model.decode(z))`, then `unpop_z(model.encode(x), z)`; return `x.float()`.",
    ),
    probes=(
        _sent(Stack(words=6, seed=1), coin_model(4), image(4, 1)),
        _sent(Stack(words=12, seed=2), VAE(2, (5,), data_size=12, seed=2).double(), image(12, 2)),
        (Stack(words=20, seed=5), VAE(3, (6,), data_size=60, seed=3).double()),  # nothing was sent: it draws an image
    ),
    mistakes=(
        Mistake(
            "bits kept",
            "The image is right, but the bits that chose z are not put back: stack.unpop_z, under Q(z|X), which you can "
            "compute now. Without them the images sent before are lost.",
            _kept,
        ),
        Mistake(
            "popped again",
            "You pop a new z under Q(z|X). The sender popped; the inverse is unpop_z, which puts bits back.",
            _popped,
        ),
        Mistake(
            "pushed again",
            "You put z back under P(z), where it lay. Its bits belong back under Q(z|X), from where the sender had popped "
            "them: unpop_z.",
            _pushed,
        ),
        Mistake(
            "all put back",
            "You push X and z again. Received is received: what must come back are the bits that the sender popped to "
            "choose z.",
            _all_back,
        ),
        Mistake(
            "mean for image",
            "You take the mean of P(X|z) for the image. Its pixels lie on the stack: unpush_x.",
            _mean_image,
        ),
        Mistake(
            "rounded mean",
            "You round the mean of P(X|z). The true pixels lie on the stack, also the improbable ones: unpush_x.",
            _rounded_image,
        ),
        Mistake(
            "mean put back",
            "You put the bits of Q's mean back. The sender popped z, the one that you have taken off.",
            _mean_of_q,
        ),
        Mistake(
            "put back under the prior",
            "You put z's bits back under the prior. The sender popped z under Q(z|X), and the number of bits differs.",
            _under_the_prior,
        ),
        Mistake(
            "z taken twice",
            "You take a second z off the stack. The one that was sent served X, and serves unpop_z as well.",
            _twice,
        ),
        Mistake("z returned", "You return z. The stack is right; wanted is the image.", _latents),
        Mistake(
            "mean returned",
            "The stack is right, but you return the mean of P(X|z), gray; wanted is the image that lay on the stack.",
            _decoded,
        ),
        Mistake(
            "z = 0",
            "You decode z = 0 instead of the z that lies on top of the stack: unpush_z.",
            _from_zero,
        ),
        Mistake(
            "stack untouched",
            "You never look at the stack. z lies on top of it: unpush_z.",
            _unseen,
        ),
    ),
)
