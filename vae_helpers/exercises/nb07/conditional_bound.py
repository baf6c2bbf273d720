"""The bound of notebook 07, equation (11): everything that (5) has, given y."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.nb07.kl_to_prior import kl_to_prior
from vae_helpers.exercises.numbers import gaussian, uniform
from vae_helpers.exercises.two_outputs import TwoOutputs


def conditional_bound(x, y, eps, encoder, prior, decoder):
    """The bound (11) on log P(X|y) of each image, for one draw of z, in nats.

    x: pixels, 0 or 1, (B, pixels). y: conditions, (B, C). eps: noise, (B, L).
    encoder: encoder(x, y) gives mean and log-variance of Q(z|X, y), (B, L) each.
    prior: prior(y) gives the same two of P(z|y).
    decoder: decoder(z, y) gives logits, (B, pixels). Returns (B,).
    """
    mu, logvar = encoder(x, y)
    z = mu + (logvar / 2).exp() * eps
    logits = decoder(z, y)
    log_p = (x * logits - torch.nn.functional.softplus(logits)).sum(dim=1)
    return log_p - kl_to_prior(mu, logvar, *prior(y))


def _with_torch(x, y, eps, encoder, prior, decoder):
    (mu, logvar), (center, log_width) = encoder(x, y), prior(y)
    q, p = (torch.distributions.Normal(m, (v / 2).exp()) for m, v in ((mu, logvar), (center, log_width)))
    loss = binary_cross_entropy_with_logits(decoder(q.mean + q.stddev * eps, y), x, reduction="none")
    return -loss.sum(dim=1) - torch.distributions.kl_divergence(q, p).sum(dim=1)


def _in_full(x, y, eps, encoder, prior, decoder):
    mu, logvar = encoder(x, y)
    prior_mu, prior_logvar = prior(y)
    z = mu + torch.exp(0.5 * logvar) * eps
    loss = binary_cross_entropy_with_logits(decoder(z, y), x, reduction="none").sum(dim=1)
    ratio = (logvar - prior_logvar).exp()
    distance = (mu - prior_mu) ** 2 / prior_logvar.exp()
    return -loss - 0.5 * (ratio + distance - 1 - (logvar - prior_logvar)).sum(dim=1)


def _oracle(x, y, eps, encoder, prior, decoder):
    (mu, logvar), (center, log_width) = ([t.double() for t in pair] for pair in (encoder(x, y), prior(y)))
    z = mu + logvar.exp().sqrt() * eps.double()
    p = torch.distributions.Bernoulli(logits=decoder(z.float(), y).double(), validate_args=False)
    kl = 0.5 * ((logvar - log_width).exp() + (mu - center) ** 2 * (-log_width).exp() - 1 - logvar + log_width)
    return (p.log_prob(x.double()).sum(1) - kl.sum(1)).float()


class _Decoder:
    keeps_nothing = True

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, z, y):
        return torch.cat([z, y], dim=1) @ self.weight

    def __repr__(self):
        return "the decoder, linear"


def encoder(x, y):
    return x, y


def prior(y):
    return (y,)


def _probe(b, pixels, c, size, seed):
    def drawn(rows, columns, number):
        return 0.6 * gaussian(rows, columns, seed=seed + number)

    return (
        uniform(b, pixels, seed=seed).round(), gaussian(b, c, seed=seed + 1), gaussian(b, size, seed=seed + 2),
        TwoOutputs("the encoder", encoder, drawn(pixels + c, size, 3), drawn(pixels + c, size, 4)),
        TwoOutputs("the prior", prior, drawn(c, size, 5), drawn(c, size, 6)), _Decoder(drawn(size + c, pixels, 7)),
    )  # fmt: skip


def _small():
    """One pixel, one condition, one latent: Q = N(x + y, 1), P = N(y, 1), logit z."""
    one, none = torch.tensor([[1.0]]), torch.tensor([[0.0]])
    return (
        torch.tensor([[1.0], [0.0]]), torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [1.0]]),
        TwoOutputs("the encoder", encoder, torch.cat([one, one]), torch.cat([none, none])),
        TwoOutputs("the prior", prior, one, none), _Decoder(torch.cat([one, none])),
    )  # fmt: skip


def _to_standard_normal(mu, logvar, prior_mu, prior_logvar):
    return kl_to_prior(mu, logvar, torch.zeros_like(mu), torch.zeros_like(mu))


def _draw(q, eps):
    return q[0] + (q[1] / 2).exp() * eps


def _varied(draw=lambda q, p, eps: _draw(q, eps), kl=kl_to_prior, told=lambda y: y, add=torch.Tensor.sum, end=None):
    """The bound with one part of another kind."""

    def code(x, y, eps, encoder, prior, decoder):
        q, p = encoder(x, y), prior(y)
        logits = decoder(draw(q, p, eps), told(y))
        log_p = add(x * logits - softplus(logits), 1)
        return (end or torch.sub)(log_p, kl(*q, *p))

    return code


EXERCISE = Exercise(
    notebook="07",
    goal="Write the bound (11): encoder, draw, decoder and prior, each told $y$.",
    reference=conditional_bound,
    alternatives=(_with_torch, _in_full),
    oracle=_oracle,
    then="Its mean, maximized, trains all three networks where nothing cuts the graph, the prior too: it learns to be where Q goes.",
    again="the comparison with the package below the hints.",
    hints=(
        "Write notebook 04's forward pass once more. Which of the four steps has to be told y?",
        "`mu, logvar = encoder(x, y)`; $z$ as in (10); `logits = decoder(z, y)`; and the divergence is to `prior(y)`, not to $N(0, I)$.",
        "$\\log P(X|z,y)$ is the sum over pixels of `x * logits - softplus(logits)`. Subtract `kl_to_prior(mu, logvar, *prior(y))`.",
    ),
    probes=(_small(), _probe(3, 5, 2, 2, 731), _probe(4, 8, 3, 3, 751)),
    mistakes=(
        Mistake("to the standard normal",
                "The divergence is to N(0, I). Here z has a prior of its own for each y: prior(y).", _varied(kl=_to_standard_normal)),
        Mistake("direction", "The divergence is D[P‖Q], the other direction.",
                _varied(kl=lambda mu, logvar, m, v: kl_to_prior(m, v, mu, logvar))),
        Mistake("drawn from the prior",
                "z is drawn from P(z|y), which has not seen X. That is right for making new pictures; the bound draws from Q(z|X, y).",
                _varied(draw=lambda q, p, eps: p[0] + (p[1] / 2).exp() * eps)),
        Mistake("the mean decoded", "You decode mu: the noise never arrives. Decode a draw, z = μ + σ·ε.",
                _varied(draw=lambda q, p, eps: q[0])),
        Mistake("variance as scale", "You scale the noise by the variance exp(logvar). The scale is exp(logvar/2).",
                _varied(draw=lambda q, p, eps: q[0] + q[1].exp() * eps)),
        Mistake("log-variance as scale", "You multiply ε by logvar itself. The scale is exp(logvar/2).",
                _varied(draw=lambda q, p, eps: q[0] + q[1] * eps)),
        Mistake("decoder told nothing", "The decoder gets zeros for y. It has to be told what is known.",
                _varied(told=torch.zeros_like)),
        Mistake("divergence added", "The divergence is added. The bound pays for it: subtract.", _varied(end=torch.add)),
        Mistake("no divergence", "The divergence is missing.", _varied(end=lambda log_p, kl: log_p)),
        Mistake("the loss", "This is minus the bound. The bound itself is wanted.", _varied(end=lambda log_p, kl: kl - log_p)),
        Mistake("mean over pixels", "You average over the pixels. log P(X|z, y) is a sum over them.", _varied(add=torch.Tensor.mean)),
        Mistake("sum over the batch", "You add up the batch. One number for each image is wanted, (B,).",
                _varied(end=lambda log_p, kl: (log_p - kl).sum())),
        Mistake("mean over the batch", "You average over the batch. One number for each image is wanted, (B,).",
                _varied(end=lambda log_p, kl: (log_p - kl).mean())),
        Mistake("mean divergence",
                "The divergence is averaged over the batch before it is subtracted. Each image pays for its own.",
                _varied(end=lambda log_p, kl: log_p - kl.mean())),
        Mistake("only the ink", "You count the pixels with ink only. Paper is evidence too: it adds log(1 − p).",
                lambda x, y, eps, encoder, prior, decoder: _with_torch(x, y, eps, encoder, prior, decoder)
                + ((1 - x) * softplus(decoder(_draw(encoder(x, y), eps), y))).sum(1)),
        Mistake("sigmoid twice", "The logits go through a sigmoid before they are used as logits: that is one too many.",
                lambda x, y, eps, encoder, prior, decoder: conditional_bound(
                    x, y, eps, encoder, prior, lambda z, y: decoder(z, y).sigmoid())),
        Mistake("squared error", "You use the squared error between x and the probabilities. Here P(X|z, y) is Bernoulli.",
                lambda x, y, eps, encoder, prior, decoder: (
                    -((decoder(_draw(encoder(x, y), eps), y).sigmoid() - x) ** 2).sum(1) - kl_to_prior(*encoder(x, y), *prior(y)))),
        Mistake("to the standard normal, added",
                "Two things. The divergence is to N(0, I); here z has a prior of its own for each y. And it is added: subtract it.",
                _varied(kl=_to_standard_normal, end=torch.add)),
        Mistake("divergence at the draw",
                "You take log P(z|y) − log Q(z|X, y) at the draw. Its mean is right, and (11) has the divergence exactly: kl_to_prior.",
                lambda x, y, eps, encoder, prior, decoder: _varied(kl=lambda mu, logvar, m, v: (
                    0.5 * (v - logvar - eps**2 + (mu + (logvar / 2).exp() * eps - m) ** 2 / v.exp()).sum(1)))(
                    x, y, eps, encoder, prior, decoder)),
        Mistake("cross-entropy added", "The cross-entropy is −log P(X|z, y) already. The bound is minus it, minus the divergence.",
                _varied(add=lambda terms, dim: -terms.sum(dim))),
    ),
)  # fmt: skip
