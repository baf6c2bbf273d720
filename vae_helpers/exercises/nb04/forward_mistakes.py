"""Known mistakes of `forward`."""

import torch

from vae_helpers.exercises.engine import Mistake
from vae_helpers.exercises.nb04.bound_per_image import bound_per_image
from vae_helpers.exercises.nb04.reparameterize import reparameterize


def _error(x, logits):
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)


def _kl(mu, logvar):
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)


def forward_of(draw=reparameterize, bound=bound_per_image, read=lambda halves: halves.chunk(2, dim=1), end=torch.neg):
    """A forward pass with one part of another kind."""

    def code(self, x, eps):
        mu, logvar = read(self.encoder(x))
        return end(bound(x, self.decoder(draw(mu, logvar, eps)), mu, logvar))

    return code


MISTAKES = (
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
        "log-variance as log σ",
        "You take the second half for log σ, in the draw and in the divergence. It is the log-variance, log σ².",
        forward_of(read=lambda halves: (halves.chunk(2, dim=1)[0], 2 * halves.chunk(2, dim=1)[1])),
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
    Mistake(
        "KL subtracted",
        "The divergence is subtracted. A loss is minus the bound: minus log P(X|z), plus the divergence.",
        forward_of(end=torch.clone, bound=lambda x, logits, mu, logvar: _error(x, logits) - _kl(mu, logvar)),
    ),
    Mistake(
        "no KL",
        "The divergence is missing: this is the reconstruction term alone, an autoencoder with noise.",
        forward_of(end=torch.clone, bound=lambda x, logits, mu, logvar: _error(x, logits)),
    ),
    Mistake(
        "mean over pixels",
        "You average over the pixels. log P(X|z) is their sum; as a mean it is far too weak beside the divergence.",
        forward_of(
            end=torch.clone,
            bound=lambda x, logits, mu, logvar: _error(x, logits) / x.shape[1] + _kl(mu, logvar),
        ),
    ),
    Mistake(
        "variance as scale",
        "You scale the noise by the variance exp(logvar). The scale is the standard deviation, exp(logvar/2).",
        forward_of(draw=lambda mu, logvar, eps: mu + logvar.exp() * eps),
    ),
    Mistake(
        "x and logits exchanged",
        "bound_per_image gets the logits where x belongs, and x where the logits belong: x comes first.",
        edit=(("bound_per_image(x, self.decoder(z), mu", "bound_per_image(self.decoder(z), x, mu"),),
    ),
)
