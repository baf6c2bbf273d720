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


def _equation_6(mu, sigma, scale):
    return 0.5 * (sigma**2 / scale**2 + mu**2 / scale**2 - 1 + 2 * scale.log() - 2 * sigma.log()).sum(1)


def _by_torch(mu, sigma, scale):
    q, prior = torch.distributions.Normal(mu, sigma), torch.distributions.Normal(torch.zeros_like(mu), scale)
    return torch.distributions.kl_divergence(q, prior).sum(-1)


EXERCISE = Exercise(
    notebook="06",
    goal="Give the prior another width, and see whether anything depends on it.",
    reference=kl_to_wide_prior,
    oracle=_oracle,
    hints=(
        "Start from equation (6) for one dimension, with $\\sigma_1 = s$ and $\\mu_1 = 0$.",
        "$\\tfrac12(\\sigma^2/s^2 + \\mu^2/s^2 - 1 + \\log s^2/\\sigma^2)$ for each dimension. Measured in units of "
        "s, it "
        "is the old formula.",
        "With $r = \\sigma/s$: `(0.5 * (r**2 + (mu / scale)**2 - 1) - r.log()).sum(dim=1)`",
    ),
    then="Stretch μ, σ and the prior alike, and it stays as it was: it depends on ratios only.",
    again="the cell below the hints.",
    probes=(
        (torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[0.5, 1.0], [2.0, 1.0]]), torch.tensor(2.0)),
        _wide_case(3, 2, 3.0, 51),
        _wide_case(2, 4, 0.5, 61),
        (torch.tensor([[0.0, 3.0], [1.0, -2.0]]), torch.tensor([[1e-5, 2e-5], [150.0, 0.01]]), torch.tensor(10.0)),
    ),
    alternatives=(_equation_6, _by_torch),
    mistakes=(
        Mistake(
            "s ignored",
            "s does not appear: this is the divergence from N(0, I).",
            edit=(
                ("sigma / scale", "sigma"),
                ("(mu / scale)", "mu"),
            ),
        ),
        Mistake(
            "s as variance",
            "You use s as the variance of the prior. It is the standard deviation: the variance is s².",
            edit=(
                ("sigma / scale", "sigma / scale.sqrt()"),
                ("(mu / scale)", "(mu / scale.sqrt())"),
            ),
        ),
        Mistake(
            "no log s",
            "The logarithm is that of the ratio, log(s/σ). Without log s a wide prior would cost nothing.",
            edit=(("ratio.log()", "sigma.log()"),),
        ),
        Mistake(
            "mean not scaled",
            "You measure σ in units of s, but not μ. The distance of the means counts in units of the prior's "
            "width, too.",
            edit=(("(mu / scale)", "mu"),),
        ),
        Mistake(
            "mean not squared",
            "The distance of the means enters as its square, μ²/s².",
            edit=(("(mu / scale) ** 2", "mu / scale"),),
        ),
        Mistake(
            "spread not scaled", "σ² is not measured in units of s: it is σ²/s².", edit=(("ratio**2", "sigma**2"),)
        ),
        Mistake(
            "both by s",
            "σ² and μ² are divided by s. The prior's variance is s²: divide by that.",
            lambda mu, sigma, scale: ((sigma**2 + mu**2) / (2 * scale) - 0.5 - (sigma / scale).log()).sum(1),
        ),
        Mistake("spread not squared", "σ/s enters as its square.", edit=(("ratio**2", "ratio"),)),
        Mistake(
            "direction",
            "This is D[N(0, s²I)‖N(μ, σ²)], the other direction.",
            edit=(
                ("sigma / scale", "scale / sigma"),
                ("(mu / scale)", "(mu / sigma)"),
            ),
        ),
        Mistake(
            "ratio turned over",
            "The logarithm is turned over: a narrow σ must cost more, −log(σ/s).",
            edit=(("- ratio.log()", "+ ratio.log()"),),
        ),
        Mistake("no half", "The ½ in front of the bracket is missing.", edit=(("0.5 * (ratio", "(ratio"),)),
        Mistake(
            "mean over latents",
            "You average over the latent dimensions; the divergence is their sum.",
            edit=(("sum(dim=1)", "mean(dim=1)"),),
        ),
        Mistake(
            "twice the divergence", "The ½ of equation (6) is missing.", edit=(("(0.5 * (ratio", "2 * (0.5 * (ratio"),)
        ),
        Mistake(
            "log σ for log σ²",
            "Inside the bracket of (6) stands log s²/σ², twice log s/σ.",
            edit=(("- 1) - ratio.log())", "- 1 - ratio.log()))"),),
        ),
        Mistake(
            "log s² − log σ",
            "Inside the bracket of (6) stands log s² − log σ²; you take log σ.",
            edit=(("- ratio.log()", "- 0.5 * sigma.log() + scale.log()"),),
        ),
        Mistake(
            "log s − log σ²",
            "Inside the bracket of (6) stands log s² − log σ²; you take log s.",
            edit=(("- ratio.log()", "- sigma.log() + 0.5 * scale.log()"),),
        ),
        Mistake(
            "s² as standard deviation",
            "You give the prior the standard deviation s². torch's Normal takes the standard deviation, s.",
            edit=(
                ("sigma / scale", "sigma / scale**2"),
                ("(mu / scale)", "(mu / scale**2)"),
            ),
        ),
        Mistake(
            "log s once",
            "log s counts once for each dimension; you add it once in all.",
            edit=(("ratio.log()).sum(dim=1)", "sigma.log()).sum(dim=1) + scale.log()"),),
        ),
        Mistake(
            "1 once",
            "The −1 counts once for each dimension; you subtract it once in all.",
            edit=(("- 1) - ratio.log()).sum(dim=1)", ") - ratio.log()).sum(dim=1) - 0.5"),),
        ),
        Mistake(
            "1 for each image",
            "The −1 counts once for each latent dimension, L; you count images, len(mu).",
            edit=(("- 1) - ratio.log()).sum(dim=1)", ") - ratio.log()).sum(dim=1) - 0.5 * len(mu)"),),
        ),
        Mistake("1 missing", "The −1 of each dimension is missing: Q = prior must cost 0.", edit=((" - 1)", ")"),)),
        Mistake(
            "s as a factor",
            "You multiply the divergence from N(0, I) by s. The prior's width enters each term by itself.",
            edit=(
                ("sigma / scale", "sigma"),
                ("(mu / scale)", "mu"),
                ("return (", "return scale * ("),
            ),
        ),
        Mistake(
            "s² as a divisor",
            "You divide the divergence from N(0, I) by s². The prior's width enters each term by itself, and the "
            "logarithm otherwise.",
            edit=(
                ("sigma / scale", "sigma"),
                ("(mu / scale)", "mu"),
                ("sum(dim=1)", "sum(dim=1) / scale**2"),
            ),
        ),
        Mistake(
            "a small constant",
            "You add a small constant inside the logarithm. With σ as small as 1e-5 it changes the answer; σ is "
            "positive, and needs none.",
            edit=(("ratio.log()", "(ratio + 1e-8).log()"),),
        ),
        Mistake(
            "σ as log σ²",
            "You treat sigma as a log-variance. It is the standard deviation.",
            edit=(("sigma / scale", "(0.5 * sigma).exp() / scale"),),
        ),
        Mistake(
            "sum over the batch",
            "You add over the images, too. One number for each is wanted, (B,).",
            edit=(("sum(dim=1)", "sum()"),),
        ),
        Mistake("sign", "The sign is turned: a divergence is never negative.", edit=(("return (", "return -("),)),
    ),
)
