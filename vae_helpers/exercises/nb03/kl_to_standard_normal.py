"""Equation (7), from what an encoder gives."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def kl_to_standard_normal(mu, logvar):
    """Equation (7): D[N(μ, diag e^logvar)‖N(0, I)], in nats.

    mu, logvar: means and log-variances, (B, L). Returns (B,).
    """
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)


def _oracle(mu, logvar):
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mu, logvar.exp().sqrt()), normal(0.0, 1.0)).sum(dim=1)


EXERCISE = Exercise(
    notebook="03",
    goal="Specialize to a diagonal Gaussian against N(0, I), from the log-variance that an encoder gives.",
    reference=kl_to_standard_normal,
    oracle=_oracle,
    hints=(
        "In (7), tr Σ, μᵀμ, k and log|Σ| are all sums over the L dimensions. What does one dimension contribute?",
        "With σ² = exp(logvar): ½(σ² + μ² − 1 − log σ²) for each dimension, and log σ² is logvar itself.",
        "0.5 * (logvar.exp() + mu² − 1 − logvar), summed over dimension 1.",
    ),
    probes=(
        (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])),
        (gaussian(4, 3, seed=8), gaussian(4, 3, seed=9)),
        (gaussian(2, 16, seed=10), -3 + gaussian(2, 16, seed=11)),
    ),
    mistakes=(
        Mistake(
            "log-variance read as log-sd",
            "You treat logvar as the logarithm of the standard deviation. It is that of the variance: exp(logvar) is σ², "
            "and log σ² is logvar, not 2·logvar.",
            lambda mu, logvar: 0.5 * ((2 * logvar).exp() + mu**2 - 1 - 2 * logvar).sum(1),
        ),
        Mistake(
            "log-variance read as variance",
            "You treat logvar as the variance. Exponentiate it first; and the last term is logvar itself.",
            lambda mu, logvar: 0.5 * (logvar + mu**2 - 1 - logvar.log()).sum(1),
        ),
        Mistake(
            "sd for variance",
            "You use the standard deviation exp(logvar/2) where tr Σ asks for the variance exp(logvar).",
            lambda mu, logvar: 0.5 * ((logvar / 2).exp() + mu**2 - 1 - logvar).sum(1),
        ),
        Mistake("no half", "The ½ in front is missing.", lambda mu, logvar: (logvar.exp() + mu**2 - 1 - logvar).sum(1)),
        Mistake(
            "no −k",
            "The −1 of each dimension (−k in all) is missing. Check: at μ = 0, logvar = 0 the divergence must be 0.",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - logvar).sum(1),
        ),
        Mistake(
            "−1 once",
            "You subtract 1 once for all dimensions. It is −k: one for each.",
            lambda mu, logvar: 0.5 * ((logvar.exp() + mu**2 - logvar).sum(1) - 1),
        ),
        Mistake(
            "sign",
            "The sign is turned: your values are negative, and a divergence cannot be. (In code that maximizes the bound, "
            "−D appears; here D is wanted.)",
            lambda mu, logvar: -0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1),
        ),
        Mistake(
            "mean over latents",
            "You average over the latent dimensions. D is their sum; a mean makes the KL term L times too weak beside a "
            "reconstruction term that is summed over pixels.",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - 1 - logvar).mean(1),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. One number per image is wanted, shape (B,); a loss that depends on the batch size is "
            "the usual next surprise.",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(),
        ),
        Mistake(
            "mean over everything",
            "You average over batch and latents. Sum over dimension 1 only; the one mean over the batch comes later.",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - 1 - logvar).mean(),
        ),
        Mistake(
            "direction",
            "This is D[N(0, I)‖N(μ, Σ)], the other direction.",
            lambda mu, logvar: 0.5 * ((-logvar).exp() * (1 + mu**2) - 1 + logvar).sum(1),
        ),
    ),
)
