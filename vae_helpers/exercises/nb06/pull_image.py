"""Bits-back coding, the receiver: the three inverses, in reverse."""

import torch

from vae_helpers import coder
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.nb06.push_image import coin_model, image, left, push_image
from vae_helpers.models import VAE
from vae_helpers.stack import Stack


def pull_image(stack, model):
    """Receive one image: take it off the stack, what was pushed last comes first.

    stack: a Stack of bits, changed in place; each verb of the sender has an inverse:
    z = unpush_z(1, model.latent_size), x = unpush_x(P), unpop_z(Q, z).
    model: encode(x) is Q(z|X), decode(z) is P(X|z), each a distribution.
    Returns the image, (1, D), float32; afterwards the stack holds, to the last bit,
    what it held before the image was sent.
    """
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z))
    stack.unpop_z(model.encode(x), z)
    return x.float()


def _sent(stack, model, x):
    """A probe: a stack that an image has been put onto, and the model."""
    if coder.HERE:  # otherwise whoever uses the stack is told
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
    then="Each line undoes one of the sender's, the last one first; on a stack of random bits the same lines draw from the model.",
    again="the cell below the hints; then, further down in 6.2, your own sentence.",
    probes=(
        _sent(Stack(words=6, seed=1), coin_model(4), image(4, 1)),
        _sent(Stack(words=12, seed=2), VAE(2, (5,), data_size=12, seed=2).double(), image(12, 2)),
        (Stack(words=20, seed=5), VAE(3, (6,), data_size=60, seed=3).double()),  # nothing was sent: it draws an image
    ),
    mistakes=(
        Mistake(
            "bits kept",
            "The image is right, but the bits that chose z are not put back: stack.unpop_z, under Q(z|X), which you "
            "can compute now. Without them the images sent before are lost.",
            edit=(("    stack.unpop_z(model.encode(x), z)\n", ""),),
        ),
        Mistake(
            "popped again",
            "You pop a new z under Q(z|X). The sender popped; the inverse is unpop_z, which puts bits back.",
            edit=(("    stack.unpop_z(model.encode(x), z)\n", "    stack.pop_z(model.encode(x))\n"),),
        ),
        Mistake(
            "pushed again",
            "You put z back under P(z), where it lay. Its bits belong back under Q(z|X), from where the sender had "
            "popped them: unpop_z.",
            edit=(("    stack.unpop_z(model.encode(x), z)\n", "    stack.push_z(z)\n"),),
        ),
        Mistake(
            "pushed as well",
            "You push z again after putting its bits back. Received is received.",
            edit=(
                (
                    "    stack.unpop_z(model.encode(x), z)\n",
                    "    stack.unpop_z(model.encode(x), z)\n    stack.push_z(z)\n",
                ),
            ),
        ),
        Mistake(
            "all put back",
            "You push X and z again. Received is received: what must come back are the bits that the sender popped "
            "to choose z.",
            edit=(
                (
                    "    stack.unpop_z(model.encode(x), z)\n",
                    "    stack.push_x(model.decode(z), x)\n    stack.push_z(z)\n",
                ),
            ),
        ),
        Mistake(
            "mean for image",
            "You take the mean of P(X|z) for the image. Its pixels lie on the stack: unpush_x.",
            edit=(("stack.unpush_x(model.decode(z))", "model.decode(z).mean"),),
        ),
        Mistake(
            "rounded mean",
            "You round the mean of P(X|z). The true pixels lie on the stack, also the improbable ones: unpush_x.",
            edit=(("stack.unpush_x(model.decode(z))", "(model.decode(z).mean > 0.5).double()"),),
        ),
        Mistake(
            "mean put back",
            "You put the bits of Q's mean back. The sender popped z, the one that you have taken off.",
            edit=(("(model.encode(x), z)", "(model.encode(x), model.encode(x).mean)"),),
        ),
        Mistake(
            "put back under the mean",
            "You compute Q from the mean of P(X|z). The sender's Q is that of the image itself.",
            edit=(("model.encode(x)", "model.encode(model.decode(z).mean)"),),
        ),
        Mistake(
            "put back under the inverse",
            "You compute Q from the image inverted, 1 − x.",
            edit=(("model.encode(x)", "model.encode(1 - x)"),),
        ),
        Mistake(
            "z taken twice",
            "You take a second z off the stack. The one that was sent served X, and serves unpop_z as well.",
            edit=(
                (
                    "    x = stack.unpush_x(model.decode(z))\n",
                    "    x = stack.unpush_x(model.decode(z))\n    z = stack.unpush_z(1, model.latent_size)\n",
                ),
            ),
        ),
        Mistake("z returned", "You return z; wanted is the image.", edit=(("return x", "return z"),)),
        Mistake(
            "mean returned",
            "You return the mean of P(X|z), gray; wanted is the image that lay on the stack.",
            edit=(("return x", "return model.decode(z).mean"),),
        ),
        Mistake(
            "inverse returned",
            "You return the image inverted, 1 − x.",
            edit=(("return x", "return 1 - x"),),
        ),
        Mistake(
            "one dimension for all",
            "You take one number off the stack and use it for every latent dimension. z has model.latent_size of them.",
            edit=(("stack.unpush_z(1, model.latent_size)", "stack.unpush_z(1, 1).expand(1, model.latent_size)"),),
        ),
        Mistake(
            "z = 0",
            "You decode z = 0 instead of the z that lies on top of the stack: unpush_z.",
            edit=(("stack.unpush_z(1, model.latent_size)", "torch.zeros(1, model.latent_size, dtype=torch.float64)"),),
        ),
        Mistake(
            "X first",
            "You take X off the stack first, under the decoding of z = 0. On top lies z, which was pushed last, and "
            "X was pushed under it.",
            edit=(
                (
                    "    z = stack.unpush_z(1, model.latent_size)\n    x = stack.unpush_x(model.decode(z))\n",
                    "    x = stack.unpush_x(model.decode(torch.zeros(1, model.latent_size, dtype=torch.float64)))\n "
                    "   z = stack.unpush_z(1, model.latent_size)\n",
                ),
            ),
        ),
        Mistake(
            "gray and short",
            "You return the mean of P(X|z), and leave the pixels on the stack: unpush_x. Nor are the bits of z put "
            "back.",
            edit=(
                ("    x = stack.unpush_x(model.decode(z))\n    stack.unpop_z(model.encode(x), z)\n", ""),
                ("return x", "return model.decode(z).mean"),
            ),
        ),
        Mistake(
            "stack untouched",
            "You never look at the stack. z lies on top of it: unpush_z.",
            edit=(
                (
                    "    z = stack.unpush_z(1, model.latent_size)\n    x = stack.unpush_x(model.decode(z))\n    "
                    "stack.unpop_z(model.encode(x), z)\n",
                    "",
                ),
                ("return x", "return model.decode(torch.zeros(1, model.latent_size, dtype=torch.float64)).mean"),
            ),
        ),
    ),
)
