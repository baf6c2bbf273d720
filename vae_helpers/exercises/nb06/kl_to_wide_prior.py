"""The KL term under a prior of another width."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def kl_to_wide_prior(mu, sigma, scale):
    """D[N(μ, diag σ²)‖N(0, s²I)]: the KL term if the prior were s times as wide.

    mu, sigma: means and standard deviations of Q(z|X), (B, L) each; sigma may be as
    small as 1e-5. scale: s > 0, a tensor, (). Returns one number an image, (B,), in
    nats.
    """
    ratio = sigma / scale
    return (0.5 * (ratio**2 + (mu / scale) ** 2 - 1) - ratio.log()).sum(dim=1)


def _oracle(mu, sigma, scale):
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mu, sigma), normal(torch.zeros_like(mu), scale)).sum(dim=1)


def _wide_case(b, size, scale, seed):
    return gaussian(b, size, seed=seed), 0.2 + gaussian(b, size, seed=seed + 1).abs(), torch.tensor(scale)


EXERCISE = Exercise(
    notebook="06",
    goal="Give the prior another width, and see whether anything depends on it.",
    reference=kl_to_wide_prior,
    oracle=_oracle,
    hints=(
        "Start from equation (6) for one dimension, with $\\sigma_1 = s$ and $\\mu_1 = 0$.",
        "$\\tfrac12(\\sigma^2/s^2 + \\mu^2/s^2 - 1 + \\log s^2/\\sigma^2)$ for each dimension. Measured in units of s, it "
        "is the old formula.",
        "With $r = \\sigma/s$: `(0.5 * (r**2 + (mu / scale)**2 - 1) - r.log()).sum(dim=1)`",
    ),
    probes=(
        (torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[0.5, 1.0], [2.0, 1.0]]), torch.tensor(2.0)),
        _wide_case(3, 2, 3.0, 51),
        _wide_case(2, 4, 0.5, 61),
        (torch.tensor([[0.0, 3.0, -1.0]]), torch.tensor([[1e-5, 150.0, 0.01]]), torch.tensor(10.0)),
    ),
    mistakes=(
        Mistake(
            "s ignored",
            "s does not appear: this is the divergence from N(0, I).",
            lambda mu, sigma, scale: (0.5 * (sigma**2 + mu**2 - 1) - sigma.log()).sum(1),
        ),
        Mistake(
            "s as variance",
            "You use s as the variance of the prior. It is the standard deviation: the variance is s².",
            lambda mu, sigma, scale: (0.5 * (sigma**2 / scale + mu**2 / scale - 1 + scale.log()) - sigma.log()).sum(1),
        ),
        Mistake(
            "no log s",
            "The logarithm is that of the ratio, log(s/σ). Without log s a wide prior would cost nothing.",
            lambda mu, sigma, scale: (0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1) - sigma.log()).sum(1),
        ),
        Mistake(
            "mean not scaled",
            "You measure σ in units of s, but not μ. The distance of the means counts in units of the prior's width, too.",
            lambda mu, sigma, scale: (0.5 * ((sigma / scale) ** 2 + mu**2 - 1) - (sigma / scale).log()).sum(1),
        ),
        Mistake(
            "direction",
            "This is D[N(0, s²I)‖N(μ, σ²)], the other direction.",
            lambda mu, sigma, scale: (0.5 * ((scale / sigma) ** 2 + (mu / sigma) ** 2 - 1) - (scale / sigma).log()).sum(
                1
            ),
        ),
        Mistake(
            "no half",
            "The ½ in front of the bracket is missing.",
            lambda mu, sigma, scale: ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1 - (sigma / scale).log()).sum(1),
        ),
        Mistake(
            "mean over latents",
            "You average over the latent dimensions; the divergence is their sum.",
            lambda mu, sigma, scale: (
                0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1) - (sigma / scale).log()
            ).mean(1),
        ),
        Mistake(
            "twice the divergence",
            "The ½ of equation (6) is missing.",
            lambda mu, sigma, scale: ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1 - 2 * (sigma / scale).log()).sum(1),
        ),
        Mistake(
            "log σ for log σ²",
            "Inside the bracket of (6) stands log s²/σ², twice log s/σ.",
            lambda mu, sigma, scale: (0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1 - (sigma / scale).log())).sum(
                1
            ),
        ),
        Mistake(
            "s² as standard deviation",
            "You give the prior the standard deviation s². torch's Normal takes the standard deviation, s.",
            lambda mu, sigma, scale: (
                0.5 * ((sigma / scale**2) ** 2 + (mu / scale**2) ** 2 - 1) - (sigma / scale**2).log()
            ).sum(1),
        ),
        Mistake(
            "log s once",
            "log s counts once for each dimension; you add it once in all.",
            lambda mu, sigma, scale: (
                (0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1) - sigma.log()).sum(1) + scale.log()
            ),
        ),
        Mistake(
            "sign",
            "The sign is turned: a divergence is never negative.",
            lambda mu, sigma, scale: (
                -(0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1) - (sigma / scale).log()).sum(1)
            ),
        ),
    ),
)
