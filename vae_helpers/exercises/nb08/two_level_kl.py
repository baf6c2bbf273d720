"""The two divergences of a bound with two levels of latents."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian
from vae_helpers.exercises.two_outputs import TwoOutputs


def two_level_kl(x, eps, upper, lower, prior):
    """Both divergences of the bound with two levels, for one draw of z₂, in nats.

    x: images, (B, pixels). eps: noise for z₂, (B, L₂).
    upper: upper(x) gives mean and log-variance of Q(z₂|X), (B, L₂) each.
    lower: lower(x, z2) gives those of Q(z₁|z₂, X), (B, L₁) each.
    prior: prior(z2) gives those of P(z₁|z₂).  P(z₂) is N(0, I).
    Returns a tuple: that of z₂, (B,), and that of z₁, (B,).
    """
    mu2, logvar2 = upper(x)
    z2 = mu2 + (logvar2 / 2).exp() * eps
    first = 0.5 * (logvar2.exp() + mu2**2 - 1 - logvar2).sum(dim=1)
    (mu1, logvar1), (prior_mu, prior_logvar) = lower(x, z2), prior(z2)
    ratio, distance = (logvar1 - prior_logvar).exp(), (mu1 - prior_mu) ** 2 / prior_logvar.exp()
    second = 0.5 * (ratio + distance - 1 - (logvar1 - prior_logvar)).sum(dim=1)
    return first, second


def _between(q, p):
    """Of two diagonal Gaussians, each a mean and a log-variance: their divergence, by dimension."""
    (mu, logvar), (m, v) = q, p
    return 0.5 * ((logvar - v).exp() + (mu - m) ** 2 / v.exp() - 1 - logvar + v)


def _standard(q):
    return torch.zeros_like(q[0]), torch.zeros_like(q[0])


def _draw(q, eps):
    return q[0] + (q[1] / 2).exp() * eps


def _with_torch(x, eps, upper, lower, prior):
    def normal(pair):
        return torch.distributions.Normal(pair[0], (pair[1] / 2).exp())

    q2 = normal(upper(x))
    z2 = q2.mean + q2.stddev * eps
    first = torch.distributions.kl_divergence(q2, torch.distributions.Normal(0.0, 1.0))
    second = torch.distributions.kl_divergence(normal(lower(x, z2)), normal(prior(z2)))
    return first.sum(dim=1), second.sum(dim=1)


def _oracle(x, eps, upper, lower, prior):
    """By full covariance matrices, in double precision."""

    def normal(pair):
        mu, logvar = (t.double() for t in pair)
        return torch.distributions.MultivariateNormal(mu, torch.diag_embed(logvar.exp()))

    q2 = upper(x)
    z2 = q2[0] + q2[1].exp().sqrt() * eps
    size = q2[0].shape[1]
    standard = torch.distributions.MultivariateNormal(torch.zeros(size).double(), torch.eye(size).double())
    divergence = torch.distributions.kl_divergence
    return divergence(normal(q2), standard).float(), divergence(normal(lower(x, z2)), normal(prior(z2))).float()


def upper(x):
    return (x,)


def lower(x, z2):
    return x, z2


def prior(z2):
    return (z2,)


def _probe(b, pixels, size2, size1, seed):
    def network(name, takes, rows, columns, number):
        weights = (0.5 * gaussian(rows, columns, seed=seed + number + i) for i in (0, 1))
        return TwoOutputs(name, takes, *weights)

    return (
        gaussian(b, pixels, seed=seed), gaussian(b, size2, seed=seed + 1), network("Q(z₂|X)", upper, pixels, size2, 2),
        network("Q(z₁|z₂, X)", lower, pixels + size2, size1, 4), network("P(z₁|z₂)", prior, size2, size1, 6),
    )  # fmt: skip


def _small():
    """One pixel, one number in each level: Q(z₂|X) = N(x, 1), Q(z₁|z₂, X) = N(x + z₂, 1), P(z₁|z₂) = N(2z₂, 1)."""
    one, none = torch.tensor([[1.0]]), torch.tensor([[0.0]])
    return (
        torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [-1.0]]), TwoOutputs("Q(z₂|X)", upper, one, none),
        TwoOutputs("Q(z₁|z₂, X)", lower, torch.cat([one, one]), torch.cat([none, none])),
        TwoOutputs("P(z₁|z₂)", prior, 2 * one, none),
    )  # fmt: skip


def _varied(draw=_draw, to=_standard, told=lambda q, z2: z2, asked=lambda q, z2: z2, kl=_between, end=None):
    """Both divergences with one part of another kind; `told` is what Q(z₁|·) gets for z₂, `asked` what P(z₁|·) gets."""

    def code(x, eps, upper, lower, prior):
        q2 = upper(x)
        z2 = draw(q2, eps)
        q1, p1 = lower(x, told(q2, z2)), prior(asked(q2, z2))
        first, second = kl(q2, to(q2)), kl(q1, p1)
        return (end or (lambda a, b: (a.sum(dim=1), b.sum(dim=1))))(first, second)

    return code


EXERCISE = Exercise(
    notebook="08",
    goal="Compute what each of two levels costs: the two divergences of (13).",
    reference=two_level_kl,
    alternatives=(_with_torch,),
    oracle=_oracle,
    then="With a third level the list grows by one divergence, and a chain of a thousand levels is section 8.6.",
    again="the comparison of both models below the hints.",
    hints=(
        "The upper level is notebook 04's encoder: (7). The lower one is notebook 07's, with $z_2$ in the part of $y$: (6).",
        "First `mu, logvar = upper(x)` and $z_2$ as in (10). This one draw goes into `lower(x, z2)` and into `prior(z2)`.",
        "$D$ of $z_1$: half the sum of `(logvar - v).exp() + (mu - m)**2 / v.exp() - 1 - logvar + v`, where `m, v = prior(z2)`.",
    ),
    probes=(_small(), _probe(3, 4, 2, 3, 811), _probe(4, 6, 3, 2, 831)),
    mistakes=(
        Mistake("z₁ to the standard normal",
                "The lower divergence is to N(0, I). z₁ has a prior that depends on the level above: prior(z2).",
                lambda x, eps, upper, lower, prior: (
                    _between(upper(x), _standard(upper(x))).sum(1),
                    (lambda q: _between(q, _standard(q)).sum(1))(lower(x, _draw(upper(x), eps))))),
        Mistake("the mean passed on", "z₂'s mean is passed on, without noise. The bound draws z₂.",
                _varied(draw=lambda q, eps: q[0] + 0 * eps)),
        Mistake("prior told the mean", "P(z₁|z₂) is told the mean of Q(z₂|X). It has to get the same draw z₂ as Q(z₁|z₂, X).",
                _varied(asked=lambda q, z2: q[0])),
        Mistake("encoder told the mean", "Q(z₁|z₂, X) is told the mean of Q(z₂|X). It has to get the same draw z₂ as P(z₁|z₂).",
                _varied(told=lambda q, z2: q[0])),
        Mistake("prior told noise",
                "P(z₁|z₂) is told eps, a draw from P(z₂). In the bound z₂ comes from Q(z₂|X), for both.",
                lambda x, eps, upper, lower, prior: (
                    _between(upper(x), _standard(upper(x))).sum(1),
                    _between(lower(x, _draw(upper(x), eps)), prior(eps)).sum(1))),
        Mistake("z₂ from the prior", "z₂ = eps is a draw from P(z₂), which has not seen X. Draw from Q(z₂|X).",
                _varied(draw=lambda q, eps: eps * 1)),
        Mistake("variance as scale", "You scale the noise by the variance exp(logvar). The scale is exp(logvar/2).",
                _varied(draw=lambda q, eps: q[0] + q[1].exp() * eps)),
        Mistake("log-variance as scale", "You multiply eps by logvar itself. The scale is exp(logvar/2).",
                _varied(draw=lambda q, eps: q[0] + q[1] * eps)),
        Mistake("direction below", "The divergence of z₁ is D[P‖Q], the other direction.",
                lambda x, eps, upper, lower, prior: (
                    _between(upper(x), _standard(upper(x))).sum(1),
                    (lambda z2: _between(prior(z2), lower(x, z2)).sum(1))(_draw(upper(x), eps)))),
        Mistake("direction in both", "Both divergences are D[P‖Q], the other direction.",
                _varied(kl=lambda q, p: _between(p, q))),
        Mistake("no half", "A factor of ½ is missing from both divergences.", _varied(kl=lambda q, p: 2 * _between(q, p))),
        Mistake("no −1", "The −1 is missing: with Q equal to P neither divergence is 0.", _varied(kl=lambda q, p: _between(q, p) + 0.5)),
        Mistake("signs", "Both signs are turned: a divergence is never negative.", _varied(kl=lambda q, p: -_between(q, p))),
        Mistake("other order", "The order is turned: the divergence of z₂ comes first.",
                _varied(end=lambda a, b: (b.sum(1), a.sum(1)))),
        Mistake("mean over latents", "You average over the latents. A divergence adds them up.",
                _varied(end=lambda a, b: (a.mean(1), b.mean(1)))),
        Mistake("sum over the batch", "You add up the batch. One number for each image is wanted, (B,), in each part.",
                _varied(end=lambda a, b: (a.sum(), b.sum()))),
        Mistake("mean over the batch", "You average over the batch. One number for each image is wanted, (B,), in each part.",
                _varied(end=lambda a, b: (a.sum(1).mean(), b.sum(1).mean()))),
        Mistake("by latent", "The divergences are still by latent, (B, L). Add them up over the latents.", _varied(end=lambda a, b: (a, b))),
        Mistake("added up", "The two are added. Hand both back, so that one can see what each level costs.",
                _varied(end=lambda a, b: a.sum(1) + b.sum(1))),
    ),
)  # fmt: skip
