"""The other way to a gradient: the score function."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def score_gradient(losses, z, mu, sigma):
    """The score-function estimate of the gradient of E[ℓ(z)] by μ, from draws.

    z: draws from Q = N(μ, diag σ²), (S, L). losses: ℓ at each draw, (S,).
    mu, sigma: mean and standard deviations of Q, (L,).
    Returns (L,), in nats per unit of μ.
    """
    score = (z - mu) / sigma**2  # gradient of log Q(z) by μ, (S, L)
    return (losses[:, None] * score).mean(dim=0)


def _oracle(losses, z, mu, sigma):
    mu = mu.clone().requires_grad_()
    log_q = torch.distributions.Normal(mu, sigma).log_prob(z).sum(dim=1)
    return torch.autograd.grad((losses * log_q).mean(), mu)[0]


def _by_autograd(losses, z, mu, sigma):
    center = mu.clone().requires_grad_()
    log_q = torch.distributions.Normal(center, sigma).log_prob(z).sum(dim=1)
    return torch.autograd.grad((losses * log_q).mean(), center)[0]


def _by_product(losses, z, mu, sigma):
    return losses @ (z - mu) / (len(losses) * sigma**2)


def _draws(s, size, seed, narrow=1.0):
    mu, sigma = gaussian(size, seed=seed), narrow * (0.3 + gaussian(size, seed=seed + 1).abs())
    z = mu + sigma * gaussian(s, size, seed=seed + 2)
    return 1 + (z**2).sum(dim=1), z, mu, sigma


EXERCISE = Exercise(
    notebook="04",
    goal="Estimate a gradient from losses alone, without differentiating the loss.",
    reference=score_gradient,
    oracle=_oracle,
    then="It asks only for the values of the loss: that makes it work for discrete z, and noisy, as the next cells measure.",
    again="the measurement of the variances, below.",
    hints=(
        "Write $\\log N(z\\,|\\,\\mu, \\operatorname{diag}\\sigma^2)$ down and differentiate it by $\\mu$. Only the "
        "quadratic term depends on $\\mu$.",
        "$\\nabla_\\mu\\log Q(z) = (z - \\mu)/\\sigma^2$, one vector of length $L$ for each draw. Weight each by its "
        "own loss, and average.",
        "Multiply `losses`, as a column (S, 1), with `(z - mu) / sigma**2`, (S, L); then take the mean over the draws.",
    ),
    probes=(
        (
            torch.tensor([3.0, 2.0, 6.0]),
            torch.tensor([[2.0], [0.0], [-4.0]]),
            torch.tensor([0.0]),
            torch.tensor([2.0]),
        ),
        _draws(4, 3, 7),
        _draws(6, 2, 17, narrow=0.05),  # as narrow as the Q of a digit
    ),
    alternatives=(_by_autograd, _by_product),
    mistakes=(
        Mistake(
            "σ for σ²",
            "You divide by the standard deviation. The derivative of −(z−μ)²/(2σ²) by μ is (z−μ)/σ²: the variance.",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) / sigma).mean(0),
        ),
        Mistake(
            "not divided",
            "You multiply by z − μ without dividing by σ². A narrow Q has a steep log-density.",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu)).mean(0),
        ),
        Mistake(
            "sum over draws",
            "You add over the draws; an expectation is their mean. With twice the draws your gradient would double.",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) / sigma**2).sum(0),
        ),
        Mistake(
            "sign",
            "The sign is turned. log Q(z) grows when μ moves toward z, so its gradient points from μ to z: z − μ.",
            lambda losses, z, mu, sigma: (losses[:, None] * (mu - z) / sigma**2).mean(0),
        ),
        Mistake(
            "means multiplied",
            "You multiply the mean loss with the mean score. The mean of a product is not the product of means: which "
            "draws were costly is exactly what counts.",
            lambda losses, z, mu, sigma: losses.mean() * ((z - mu) / sigma**2).mean(0),
        ),
        Mistake(
            "no losses",
            "The losses do not appear. The mean score alone is 0 in expectation, whatever the loss.",
            lambda losses, z, mu, sigma: ((z - mu) / sigma**2).mean(0),
        ),
        Mistake(
            "half",
            "There is a factor ½ too much: the 2 of the square cancels the ½ in front of (z−μ)²/σ².",
            lambda losses, z, mu, sigma: 0.5 * (losses[:, None] * (z - mu) / sigma**2).mean(0),
        ),
        Mistake(
            "baseline",
            "You subtract the mean loss, a baseline, or measure z from the mean of the draws, which gives the same numbers. It "
            "lowers the variance, but computed from the same draws it shrinks the estimate by (S − 1)/S. The plain estimate "
            "is wanted here.",
            lambda losses, z, mu, sigma: ((losses - losses.mean())[:, None] * (z - mu) / sigma**2).mean(0),
        ),
        Mistake(
            "log Q itself",
            "You average ℓ·log Q. Its gradient by μ is wanted: ℓ·(z − μ)/σ².",
            lambda losses, z, mu, sigma: (losses[:, None] * torch.distributions.Normal(mu, sigma).log_prob(z)).mean(0),
        ),
        Mistake(
            "log Q up to a constant",
            "You weight by −(z − μ)²/(2σ²), which is log Q up to a constant. Its gradient by μ is wanted: (z − μ)/σ².",
            lambda losses, z, mu, sigma: (losses[:, None] * -0.5 * ((z - mu) / sigma) ** 2).mean(0),
        ),
        Mistake(
            "variance of the draws",
            "You divide by the variance of these few draws. Q's own variance is given: sigma².",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) / z.var(0)).mean(0),
        ),
        Mistake(
            "by σ³",
            "You differentiate by σ, or divide by σ³. The gradient by μ is wanted: (z − μ)/σ².",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) / sigma**3).mean(0),
        ),
        Mistake(
            "gradient by σ",
            "This is the gradient by σ. The one by μ is wanted: (z − μ)/σ².",
            lambda losses, z, mu, sigma: (losses[:, None] * ((z - mu) ** 2 / sigma**3 - 1 / sigma)).mean(0),
        ),
        Mistake(
            "squared distance",
            "You square z − μ, as log Q does. Its derivative by μ is linear in z − μ: (z − μ)/σ².",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) ** 2 / sigma**2).mean(0),
        ),
        Mistake(
            "log Q of a whole draw",
            "You average ℓ·log Q(z), the same number for every coordinate. Its gradient by μ is wanted.",
            lambda losses, z, mu, sigma: (
                (losses * torch.distributions.Normal(mu, sigma).log_prob(z).sum(1)).mean().expand(mu.shape).clone()
            ),
        ),
        Mistake(
            "density for its logarithm",
            "You weight by the gradient of Q, not of log Q. The draws come from Q already: another factor Q counts it "
            "twice.",
            lambda losses, z, mu, sigma: (
                losses[:, None] * torch.distributions.Normal(mu, sigma).log_prob(z).exp() * (z - mu) / sigma**2
            ).mean(0),
        ),
        Mistake(
            "divided by L",
            "You divide by the number of coordinates. The mean runs over the draws only.",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) / sigma**2).sum(0) / z.numel(),
        ),
        Mistake(
            "S − 1",
            "You divide by S − 1. That belongs to variances; a mean of S draws divides by S.",
            lambda losses, z, mu, sigma: (losses[:, None] * (z - mu) / sigma**2).sum(0) / (len(z) - 1),
        ),
        Mistake(
            "no μ", "μ is missing from z − μ.", lambda losses, z, mu, sigma: (losses[:, None] * z / sigma**2).mean(0)
        ),
        Mistake(
            "log of the losses",
            "You take the logarithm of the losses. Only Q appears under a logarithm: ℓ(z)·∇ log Q(z).",
            lambda losses, z, mu, sigma: (losses.log()[:, None] * (z - mu) / sigma**2).mean(0),
        ),
        Mistake(
            "no parentheses",
            "Only μ is divided by σ², for want of parentheses: the score is (z − μ)/σ², and the loss multiplies all of it.",
            lambda losses, z, mu, sigma: (losses[:, None] * z - mu / sigma**2).mean(0),
        ),
    ),
)
