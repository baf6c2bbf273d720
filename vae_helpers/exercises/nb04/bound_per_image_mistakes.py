"""The known mistakes of `bound_per_image`, which are many."""

import torch
from torch.nn import functional

from vae_helpers.exercises.engine import Mistake
from vae_helpers.exercises.nb04.bound_per_image_kl_mistakes import DIVERGENCE, divergence, reconstruction

_GUARDED = (
    "For confident decoders the probability rounds to 0 or 1, and what guards the logarithm then replaces the true cost. "
    "Compute from the logits: x·f − softplus(f), or binary_cross_entropy_with_logits with reduction='none'."
)


def _from_probability(x, p):
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(1)


MISTAKES = (
    *DIVERGENCE,
    Mistake(
        "mean over pixels",
        "You average over the pixels and add over the latents. log P(X|z) is a sum over all pixels; as a mean it is D "
        "times too weak, and the KL term presses every latent flat.",
        edit=(("log_p_x_given_z.sum(dim=1)", "log_p_x_given_z.mean(dim=1)"),),
    ),
    Mistake(
        "both means",
        "You average over pixels and over latents. Both are sums; otherwise the number is no bound on log P(X) at all.",
        lambda x, logits, mu, logvar: reconstruction(x, logits, torch.mean) - divergence(mu, logvar, torch.mean),
    ),
    Mistake(
        "mean over the batch",
        "You average over the batch. One number per image is wanted, (B,); the training step takes the one mean.",
        lambda x, logits, mu, logvar: (reconstruction(x, logits) - divergence(mu, logvar)).mean(),
    ),
    Mistake(
        "sum over the batch",
        "You add up the batch. One number per image is wanted, (B,); a loss that grows with the batch size would need "
        "a learning rate that shrinks with it.",
        lambda x, logits, mu, logvar: (reconstruction(x, logits) - divergence(mu, logvar)).sum(),
    ),
    Mistake(
        "reconstruction averaged over the batch",
        "You average log P(X|z) over the batch. Each image keeps its own.",
        lambda x, logits, mu, logvar: reconstruction(x, logits).mean() - divergence(mu, logvar),
    ),
    Mistake(
        "divergence averaged over the batch",
        "You average the divergence over the batch. Each image keeps its own.",
        lambda x, logits, mu, logvar: reconstruction(x, logits) - divergence(mu, logvar).mean(),
    ),
    Mistake(
        "cross-entropy added",
        "The cross-entropy is −log P(X|z) already. The bound is minus it, minus the divergence.",
        lambda x, logits, mu, logvar: -reconstruction(x, logits) - divergence(mu, logvar),
    ),
    Mistake(
        "the loss",
        "This is minus the bound, the loss. The bound itself is wanted: reconstruction minus KL.",
        lambda x, logits, mu, logvar: divergence(mu, logvar) - reconstruction(x, logits),
    ),
    Mistake(
        "log of sigmoid",
        "For confident decoders your answer is not finite: sigmoid(90) is exactly 1 in single precision, and log(1 − 1) "
        "is −∞. Use x·f − softplus(f), or binary_cross_entropy_with_logits with reduction='none'.",
        lambda x, logits, mu, logvar: (
            (x * logits.sigmoid().log() + (1 - x) * (1 - logits.sigmoid()).log()).sum(1) - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "guarded log of sigmoid",
        _GUARDED,
        lambda x, logits, mu, logvar: (
            -functional.binary_cross_entropy(logits.sigmoid(), x, reduction="none").sum(1) - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "clamped probability",
        _GUARDED + " (Here it is a clamp to 10⁻⁷.)",
        lambda x, logits, mu, logvar: (
            _from_probability(x, logits.sigmoid().clamp(1e-7, 1 - 1e-7)) - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "probability of torch.distributions",
        _GUARDED + " (Bernoulli(logits=...) does.)",
        lambda x, logits, mu, logvar: (
            torch.distributions.Bernoulli(logits.sigmoid(), validate_args=False).log_prob(x).sum(1)
            - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "exp overflows",
        "exp(90) is beyond single precision, and your answer is not finite. log(1 + exp f) is softplus(f), which "
        "torch computes without the exponential.",
        lambda x, logits, mu, logvar: (x * logits - (1 + logits.exp()).log()).sum(1) - divergence(mu, logvar),
    ),
    Mistake(
        "black or white",
        "You treat each pixel as ink or no ink. Gray pixels count in part: x·log p + (1 − x)·log(1 − p).",
        lambda x, logits, mu, logvar: (
            functional.logsigmoid(torch.where(x > 0.5, logits, -logits)).sum(1) - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "signs of pixels",
        "log sigmoid((2x − 1)·f) is right for x = 0 and x = 1 only. For gray pixels: x·f − softplus(f).",
        lambda x, logits, mu, logvar: functional.logsigmoid((2 * x - 1) * logits).sum(1) - divergence(mu, logvar),
    ),
    Mistake(
        "no gradient",
        "The values are right, but no gradient passes: .item(), .tolist(), .detach() or a tensor made anew cuts the "
        "graph. Training through this would change nothing.",
        lambda x, logits, mu, logvar: (reconstruction(x, logits) - divergence(mu, logvar)).detach(),
    ),
    Mistake(
        "reduction='sum'",
        "reduction='sum' adds up the whole batch; each image needs its own sum. Use reduction='none' and .sum(dim=1).",
        lambda x, logits, mu, logvar: reconstruction(x, logits).sum() - divergence(mu, logvar),
    ),
    Mistake(
        "the default reduction",
        "binary_cross_entropy_with_logits averages over pixels and batch unless told otherwise. Use reduction='none' "
        "and .sum(dim=1).",
        lambda x, logits, mu, logvar: -functional.binary_cross_entropy_with_logits(logits, x) - divergence(mu, logvar),
    ),
    Mistake(
        "sigmoid twice",
        "You apply the sigmoid twice: binary_cross_entropy_with_logits applies it itself.",
        lambda x, logits, mu, logvar: reconstruction(x, logits.sigmoid()) - divergence(mu, logvar),
    ),
    Mistake(
        "arguments swapped",
        "The first two arguments of binary_cross_entropy_with_logits are swapped: first the logits, then x.",
        lambda x, logits, mu, logvar: reconstruction(logits, x) - divergence(mu, logvar),
    ),
    Mistake(
        "only the ink",
        "You count the pixels with ink only. A white pixel is evidence, too: it adds log(1 − p).",
        lambda x, logits, mu, logvar: (x * functional.logsigmoid(logits)).sum(1) - divergence(mu, logvar),
    ),
    Mistake(
        "squared error",
        "You use the squared error between x and the probabilities. That is the log-density of a Gaussian with "
        "σ² = ½, up to a constant; here P(X|z) is Bernoulli.",
        lambda x, logits, mu, logvar: -((x - logits.sigmoid()) ** 2).sum(1) - divergence(mu, logvar),
    ),
    Mistake(
        "padded logarithm",
        _GUARDED + " (Here 1e-8 is added under the logarithm.)",
        lambda x, logits, mu, logvar: (
            (x * (logits.sigmoid() + 1e-8).log() + (1 - x) * (1 - logits.sigmoid() + 1e-8).log()).sum(1)
            - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "logits as probabilities",
        "The logits are used as probabilities. They may be any real number; p = sigmoid(logits). The first argument of "
        "Bernoulli is probs; write Bernoulli(logits=...).",
        lambda x, logits, mu, logvar: (
            torch.distributions.Bernoulli(logits, validate_args=False).log_prob(x).sum(1) - divergence(mu, logvar)
        ),
    ),
    Mistake(
        "squared error on logits",
        "You compare x with the logits by a squared error. P(X|z) is Bernoulli, and a logit is no pixel.",
        lambda x, logits, mu, logvar: -((x - logits) ** 2).sum(1) - divergence(mu, logvar),
    ),
)
