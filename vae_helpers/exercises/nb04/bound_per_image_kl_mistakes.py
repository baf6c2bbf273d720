"""The known mistakes of `bound_per_image` in its second term, the divergence, and the two terms that both files share."""

import torch
from torch.nn import functional

from vae_helpers.exercises.engine import Mistake


def reconstruction(x, logits, over=torch.sum):
    """log P(X|z), (B,), or another reduction over the pixels."""
    return over(-functional.binary_cross_entropy_with_logits(logits, x, reduction="none"), 1)


def divergence(mu, logvar, over=torch.sum):
    """D[Q‖P], (B,), or another reduction over the latents."""
    return over(0.5 * (logvar.exp() + mu**2 - 1 - logvar), 1)


DIVERGENCE = (
    Mistake(
        "mean over latents",
        "You add over the pixels and average over the latents. D[Q‖P] is a sum over dimensions as well; as a mean it "
        "is L times too weak.",
        edit=(("logvar).sum(dim=1)", "logvar).mean(dim=1)"),),
    ),
    Mistake(
        "KL added",
        "You add the divergence. It is subtracted: the bound pays for saying which z.",
        edit=(("sum(dim=1) - kl", "sum(dim=1) + kl"),),
    ),
    Mistake(
        "no KL",
        "The divergence is missing. What is left is an autoencoder that may use z as it likes, and whose samples from "
        "the prior mean nothing.",
        lambda x, logits, mu, logvar: reconstruction(x, logits),
    ),
    Mistake(
        "no half",
        "The ½ in front of the divergence is missing.",
        edit=(("0.5 * (", "("),),
    ),
    Mistake(
        "no −1 for each latent",
        "The −1 of each dimension is missing from the divergence. At μ = 0, logvar = 0 it must be 0.",
        edit=((" - 1 - logvar", " - logvar"),),
    ),
    Mistake(
        "log-variance read as log-sd",
        "You read logvar as log σ: the variance is exp(logvar), not exp(2·logvar).",
        lambda x, logits, mu, logvar: (
            reconstruction(x, logits) - 0.5 * ((2 * logvar).exp() + mu**2 - 1 - 2 * logvar).sum(1)
        ),
    ),
    Mistake(
        "σ for σ²",
        "In the divergence you use σ = exp(logvar/2) where σ² = exp(logvar) belongs.",
        lambda x, logits, mu, logvar: (
            reconstruction(x, logits) - 0.5 * ((logvar / 2).exp() + mu**2 - 1 - logvar).sum(1)
        ),
    ),
    Mistake(
        "sign of logvar",
        "In the divergence logvar is subtracted: ½(σ² + μ² − 1 − logvar).",
        edit=(("1 - logvar)", "1 + logvar)"),),
    ),
    Mistake(
        "no μ²",
        "μ² is missing from the divergence: nothing would hold the codes near the prior's center.",
        edit=((" + mu**2", ""),),
    ),
    Mistake(
        "variance and logarithm exchanged",
        "σ² and log σ² have changed places in the divergence: ½(σ² + μ² − 1 − log σ²).",
        lambda x, logits, mu, logvar: reconstruction(x, logits) - 0.5 * (logvar + mu**2 - 1 - logvar.exp()).sum(1),
    ),
    Mistake(
        "L in every term",
        "You subtract L in each of the L terms. Each dimension has a −1; together they make −L.",
        lambda x, logits, mu, logvar: (
            reconstruction(x, logits) - 0.5 * (logvar.exp() + mu**2 - mu.shape[1] - logvar).sum(1)
        ),
    ),
    Mistake(
        "log-variance clamped",
        "For log-variances below −10 or above 10 your divergence stops growing: logvar is clamped. An encoder may ask "
        "for σ = e⁻¹⁰, and must then pay for it.",
        lambda x, logits, mu, logvar: reconstruction(x, logits) - divergence(mu, logvar.clamp(-10, 10)),
    ),
    Mistake(
        "direction turned",
        "This is D[P(z)‖Q(z|X)]. The bound has the other direction, D[Q(z|X)‖P(z)].",
        lambda x, logits, mu, logvar: (
            reconstruction(x, logits) - 0.5 * ((-logvar).exp() * (1 + mu**2) - 1 + logvar).sum(1)
        ),
    ),
)
