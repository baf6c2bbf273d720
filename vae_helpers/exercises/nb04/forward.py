"""A VAE's forward pass: encoder, draw, decoder, bound."""

import math

import torch
from torch import nn

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.nb04.bound_per_image import EXERCISE as BOUND
from vae_helpers.exercises.nb04.bound_per_image import bound_per_image
from vae_helpers.exercises.nb04.reparameterize import reparameterize
from vae_helpers.exercises.numbers import gaussian, uniform


def forward(self, x, eps):
    """Minus the bound of each image for one z: the loss that training lowers.

    self.encoder maps (B, pixels) to (B, 2L): means first, then log-variances.
    self.decoder maps (B, L) to logits (B, pixels).
    x: images, (B, pixels). eps: noise, (B, L). Returns (B,), in nats.
    Judged besides: the gradients that reach the weights of both networks.
    """
    mu, logvar = self.encoder(x).chunk(2, dim=1)  # (B, L) each
    z = reparameterize(mu, logvar, eps)
    return -bound_per_image(x, self.decoder(z), mu, logvar)


class _Small(nn.Module):
    """Two linear networks with weights that are given."""

    def __init__(self, into, back):
        super().__init__()
        self.encoder, self.decoder = (nn.Linear(w.shape[1], w.shape[0], bias=False) for w in (into, back))
        self.encoder.weight.data, self.decoder.weight.data = into, back

    def __repr__(self):
        into, back = self.encoder.weight.tolist(), self.decoder.weight.tolist()
        return f"a VAE with the encoder x ↦ x·{into}ᵀ and the decoder z ↦ z·{back}ᵀ"


def _gradients(value, arguments):
    """Of a weighted sum of the losses, by all weights; zeros where none arrives."""
    weights = list(arguments[0].parameters())
    if not value.requires_grad:
        return tuple(torch.zeros_like(w) for w in weights)
    total = (torch.arange(1.0, value.numel() + 1).reshape(value.shape) * value).sum()
    found = torch.autograd.grad(total, weights, allow_unused=True)
    return tuple(torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True))


def _oracle(self, x, eps):
    into, back = (network.weight.detach() for network in (self.encoder, self.decoder))
    mu, logvar = (x @ half.T for half in (into[: len(into) // 2], into[len(into) // 2 :]))
    normal = torch.distributions.Normal(mu, (logvar / 2).exp())
    z = normal.icdf(torch.distributions.Normal(0.0, 1.0).cdf(eps))  # the quantile of Q at that of ε
    return -BOUND.oracle(x, z @ back.T, mu, logvar)


def _model(pixels, size, seed):
    return _Small(0.7 * gaussian(2 * size, pixels, seed=seed), gaussian(pixels, size, seed=seed + 1))


def _probe(b, pixels, size, seed):
    return _model(pixels, size, seed), uniform(b, pixels, seed=seed + 2), gaussian(b, size, seed=seed + 3)


def forward_of(draw=reparameterize, bound=bound_per_image, read=lambda halves: halves.chunk(2, dim=1), end=torch.neg):
    """A forward pass with one part of another kind."""

    def code(self, x, eps):
        mu, logvar = read(self.encoder(x))
        return end(bound(x, self.decoder(draw(mu, logvar, eps)), mu, logvar))

    return code


def _in_full(self, x, eps):
    size = eps.shape[1]
    code = self.encoder(x)
    mu, logvar = code[:, :size], code[:, size:]
    logits = self.decoder(mu + torch.exp(0.5 * logvar) * eps)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    return loss + 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)


EXERCISE = Exercise(
    notebook="04",
    goal="Put encoder, draw, decoder and bound together: the loss of equation (10), image by image.",
    reference=forward,
    oracle=_oracle,
    then="That is the whole VAE; everything else in this notebook trains it or measures it.",
    again="the class MyVAE with its two checks, and the training of section 4.6.",
    effect=_gradients,
    effect_name="the gradients by the weights of encoder and decoder",
    hints=(
        "Follow the picture in section 4.3 on its right, from X upward. `reparameterize`, `bound_per_image` stand ready.",
        "The encoder's answer is one tensor (B, 2L). `chunk(2, dim=1)` cuts it into its two halves.",
        "`mu, logvar`, the halves; `z` from `reparameterize`; `logits` from the decoder; minus `bound_per_image` of all.",
    ),
    probes=(
        (  # μ = x and σ² = 2^x, one pixel, one latent
            _Small(torch.tensor([[1.0], [math.log(2.0)]]), torch.tensor([[1.0]])),
            torch.tensor([[0.0], [1.0]]),
            torch.tensor([[1.0], [-1.0]]),
        ),
        _probe(3, 4, 2, 51),
        _probe(5, 6, 3, 61),
    ),
    alternatives=(_in_full,),
    mistakes=(
        Mistake(
            "the bound",
            "This is the bound. The optimizer goes downhill: return minus the bound.",
            forward_of(end=torch.clone),
        ),
        Mistake(
            "halves exchanged",
            "The halves are exchanged: the encoder gives the means first, then the log-variances.",
            forward_of(read=lambda halves: halves.chunk(2, dim=1)[::-1]),
        ),
        Mistake(
            "every other column",
            "You take every other column. The first L columns are the means, the last L the log-variances.",
            forward_of(read=lambda halves: (halves[:, ::2], halves[:, 1::2])),
        ),
        Mistake(
            "the mean decoded",
            "You decode mu: the noise never arrives. Decode a draw, z = μ + σ·ε.",
            forward_of(draw=lambda mu, logvar, eps: mu),
        ),
        Mistake(
            "the noise decoded",
            "You decode eps, a draw from the prior, which knows nothing of x. Decode a draw from Q(z|X).",
            forward_of(draw=lambda mu, logvar, eps: eps),
        ),
        Mistake(
            "cut",
            "The values are right, but z is cut from its graph: log P(X|z) does not train the encoder. This is equation "
            "(9), not (10).",
            forward_of(draw=lambda mu, logvar, eps: reparameterize(mu, logvar, eps).detach()),
        ),
        Mistake(
            "scale cut",
            "The values are right, but no gradient of log P(X|z) reaches the log-variances: σ is cut from its graph.",
            forward_of(draw=lambda mu, logvar, eps: reparameterize(mu, logvar.detach(), eps)),
        ),
        Mistake(
            "frozen encoder",
            "The values are right, but the encoder's answer is cut from its graph: no gradient reaches its weights.",
            forward_of(read=lambda halves: halves.detach().chunk(2, dim=1)),
        ),
        Mistake(
            "sigmoid first",
            "You pass probabilities where bound_per_image expects logits; it applies the sigmoid itself.",
            forward_of(bound=lambda x, logits, mu, logvar: bound_per_image(x, logits.sigmoid(), mu, logvar)),
        ),
        Mistake(
            "variance passed on",
            "bound_per_image is given the variance where it expects the log-variance.",
            forward_of(bound=lambda x, logits, mu, logvar: bound_per_image(x, logits, mu, logvar.exp())),
        ),
        Mistake(
            "σ passed to the bound",
            "bound_per_image is given σ where it expects the log-variance.",
            forward_of(bound=lambda x, logits, mu, logvar: bound_per_image(x, logits, mu, (logvar / 2).exp())),
        ),
        Mistake(
            "σ passed to the draw",
            "reparameterize is given σ where it expects the log-variance.",
            forward_of(draw=lambda mu, logvar, eps: reparameterize(mu, (logvar / 2).exp(), eps)),
        ),
        Mistake(
            "order of arguments",
            "reparameterize gets its arguments in another order than its stub has: mu, logvar, eps.",
            forward_of(draw=lambda mu, logvar, eps: reparameterize(eps, mu, logvar)),
        ),
        Mistake(
            "bound of z",
            "The divergence is taken at z. It belongs to Q: pass mu, not the draw, to bound_per_image.",
            lambda self, x, eps: (lambda mu, logvar, z: -bound_per_image(x, self.decoder(z), z, logvar))(
                *(halves := self.encoder(x).chunk(2, dim=1)), reparameterize(*halves, eps)
            ),
        ),
        Mistake(
            "mean over the batch",
            "You average over the batch. One loss per image is wanted, (B,); the training step takes the one mean.",
            forward_of(end=lambda bound: -bound.mean()),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. One loss per image is wanted, (B,); the training step takes the one mean.",
            forward_of(end=lambda bound: -bound.sum()),
        ),
        Mistake(
            "one ε for the batch",
            "Every image gets the first row of eps. Each needs noise of its own.",
            forward_of(draw=lambda mu, logvar, eps: reparameterize(mu, logvar, eps[:1])),
        ),
    ),
)
