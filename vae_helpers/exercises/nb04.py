"""Notebook 04: the reparameterization trick, and a VAE of one's own."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.predictions import Choice, Prediction


def _numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# ---- equation (10) ---------------------------------------------------------------------------------------------------


def reparameterize(mu, logvar, eps):
    """Equation (10): z = μ + σ·ε. Gradients must be able to reach mu and logvar.

    mu, logvar: mean and log-variance of Q(z|X), (B, L). eps: draws from N(0, I), (B, L). Returns z, (B, L).
    """
    return mu + (logvar / 2).exp() * eps


def gradients(value, arguments):
    """Derivatives of a fixed weighted sum of the value by the arguments that ask for them; zeros where none arrives."""
    leaves = [argument for argument in arguments if isinstance(argument, Tensor) and argument.requires_grad]
    if not value.requires_grad:
        return tuple(torch.zeros_like(leaf) for leaf in leaves)
    weights = torch.arange(1.0, value.numel() + 1).reshape(value.shape)
    found = torch.autograd.grad((weights * value).sum(), leaves, allow_unused=True)
    return tuple(torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, found, strict=True))


def _reparameterize_oracle(mu, logvar, eps):
    # The point at which N(μ, σ²) has the cumulative probability that N(0, 1) has at ε.
    normal = torch.distributions.Normal
    u = normal(0.0, 1.0).cdf(eps.double())
    return normal(mu.detach().double(), torch.exp(logvar.detach().double()) ** 0.5).icdf(u).float()


def _leaves(b, size, seed):
    mu, logvar = _numbers(b, size, seed=seed), _numbers(b, size, seed=seed + 1)
    return mu.requires_grad_(), logvar.requires_grad_(), _numbers(b, size, seed=seed + 2)


_REPARAMETERIZE = Exercise(
    notebook="04",
    goal="Turn given noise into a draw from Q(z|X), through which gradients reach μ and σ.",
    reference=reparameterize,
    oracle=_reparameterize_oracle,
    effect=gradients,
    effect_name="the gradients by mu and by logvar",
    hints=(
        "If ε has mean 0 and standard deviation 1, what are mean and standard deviation of a + b·ε?",
        "The encoder gives logvar = log σ². You need σ, not σ²: σ = exp(logvar/2).",
        "z = mu + σ · eps, with plain tensor operations and nothing that cuts the graph (no detach, no .data, no no_grad).",
    ),
    probes=(
        (
            torch.tensor([[1.0]]).requires_grad_(),
            torch.tensor([[2 * math.log(2.0)]]).requires_grad_(),
            torch.tensor([[0.5]]),
        ),
        _leaves(3, 2, 1),
        _leaves(2, 5, 4),
    ),
    mistakes=(
        Mistake(
            "variance as scale",
            "You scale the noise by the variance exp(logvar). The scale is the standard deviation, exp(logvar/2): with "
            "σ² = 4 the draws should spread by 2, not by 4.",
            lambda m, v, e: m + v.exp() * e,
        ),
        Mistake(
            "no gradient",
            "The values are right, and no gradient reaches mu or logvar: something cuts the graph (detach, .data, no_grad, "
            "or a tensor made anew from numbers). This is equation (9) again, not (10).",
            lambda m, v, e: (m + (v / 2).exp() * e).detach(),
        ),
        Mistake(
            "no gradient to logvar",
            "The values are right, but only mu receives a gradient. The scale was detached, so σ would never be trained "
            "by the reconstruction.",
            lambda m, v, e: m + (v / 2).exp().detach() * e,
        ),
        Mistake(
            "no gradient to mu",
            "The values are right, but only logvar receives a gradient. mu was detached on the way.",
            lambda m, v, e: m.detach() + (v / 2).exp() * e,
        ),
        Mistake(
            "log-variance as scale",
            "You multiply by logvar itself. It is a logarithm, negative for σ < 1; exponentiate: exp(logvar/2).",
            lambda m, v, e: m + v * e,
        ),
        Mistake(
            "half log-variance as scale",
            "You multiply by logvar/2, which is log σ. The exponential is missing: σ = exp(logvar/2).",
            lambda m, v, e: m + v / 2 * e,
        ),
        Mistake(
            "one ε for the batch",
            "Every row uses the first row of eps. Each image needs noise of its own, or all errors in a batch point the "
            "same way and averaging over it does not help.",
            lambda m, v, e: m + (v / 2).exp() * e[:1],
        ),
        Mistake(
            "no mean",
            "The mean mu is missing: these are draws from N(0, σ²).",
            lambda m, v, e: (v / 2).exp() * e,
        ),
        Mistake(
            "scale also on the mean",
            "You scale mu as well. Only the noise is scaled: μ + σ·ε, not σ·(μ + ε).",
            lambda m, v, e: (v / 2).exp() * (m + e),
        ),
        Mistake("no noise", "eps does not appear: this is always the mean.", lambda m, v, e: m + 0 * v),
        Mistake(
            "no scale", "σ does not appear: the noise is added as it is, as if σ were 1.", lambda m, v, e: m + e + 0 * v
        ),
        Mistake(
            "root of the logarithm",
            "You take the root of logvar. logvar is a logarithm: exponentiate first, then take the root.",
            lambda m, v, e: m + v.abs().sqrt() * e,
        ),
        Mistake(
            "halved outside",
            "You halve the variance. The ½ belongs inside the exponential, exp(logvar/2), where it takes the root.",
            lambda m, v, e: m + v.exp() / 2 * e,
        ),
    ),
)


# ---- the other way to a gradient -------------------------------------------------------------------------------------


def score_gradient(losses, z, mu, sigma):
    """The score-function estimate of the gradient by μ of E[ℓ(z)], z ~ N(μ, diag σ²): the mean of ℓ(z)·∇_μ log Q(z).

    losses: ℓ at each draw, (S,). z: the draws, (S, L). mu, sigma: of Q, (L,). Returns (L,).
    """
    score = (z - mu) / sigma**2  # gradient of log Q(z) by μ, (S, L)
    return (losses[:, None] * score).mean(dim=0)


def _score_oracle(losses, z, mu, sigma):
    mu = mu.clone().requires_grad_()
    log_q = torch.distributions.Normal(mu, sigma).log_prob(z).sum(dim=1)
    return torch.autograd.grad((losses * log_q).mean(), mu)[0]


def _draws(s, size, seed):
    mu, sigma = _numbers(size, seed=seed), 0.3 + _numbers(size, seed=seed + 1).abs()
    z = mu + sigma * _numbers(s, size, seed=seed + 2)
    return 1 + (z**2).sum(dim=1), z, mu, sigma


_SCORE = Exercise(
    notebook="04",
    goal="Estimate a gradient from losses alone, without differentiating the loss.",
    reference=score_gradient,
    oracle=_score_oracle,
    hints=(
        "Write log N(z | μ, diag σ²) down and differentiate it by μ. Only the quadratic term depends on μ.",
        "∇_μ log Q(z) = (z − μ)/σ², one vector of length L for each draw. Weight each by its own loss.",
        "Multiply losses, as a column (S, 1), with (z − mu)/sigma², (S, L); then take the mean over the draws.",
    ),
    probes=(
        (torch.tensor([2.0]), torch.tensor([[1.0]]), torch.tensor([0.5]), torch.tensor([2.0])),
        _draws(4, 3, 7),
        _draws(6, 2, 17),
    ),
    mistakes=(
        Mistake(
            "σ for σ²",
            "You divide by the standard deviation. The derivative of −(z−μ)²/(2σ²) by μ is (z−μ)/σ²: the variance.",
            lambda l, z, m, s: (l[:, None] * (z - m) / s).mean(0),
        ),
        Mistake(
            "not divided",
            "You multiply by z − μ without dividing by σ². A narrow Q has a steep log-density.",
            lambda l, z, m, s: (l[:, None] * (z - m)).mean(0),
        ),
        Mistake(
            "sum over draws",
            "You add over the draws; an expectation is their mean. With twice the draws your gradient would double.",
            lambda l, z, m, s: (l[:, None] * (z - m) / s**2).sum(0),
        ),
        Mistake(
            "sign",
            "The sign is turned. log Q(z) grows when μ moves toward z, so its gradient points from μ to z: z − μ.",
            lambda l, z, m, s: (l[:, None] * (m - z) / s**2).mean(0),
        ),
        Mistake(
            "means multiplied",
            "You multiply the mean loss with the mean score. The mean of a product is not the product of means: which "
            "draws were costly is exactly what counts.",
            lambda l, z, m, s: l.mean() * ((z - m) / s**2).mean(0),
        ),
        Mistake(
            "no losses",
            "The losses do not appear. The mean score alone is 0 in expectation, whatever the loss.",
            lambda l, z, m, s: ((z - m) / s**2).mean(0),
        ),
        Mistake(
            "half",
            "There is a factor ½ too much: the 2 of the square cancels the ½ in front of (z−μ)²/σ².",
            lambda l, z, m, s: 0.5 * (l[:, None] * (z - m) / s**2).mean(0),
        ),
        Mistake(
            "baseline",
            "You subtract the mean loss, a baseline. It lowers the variance, but computed from the same draws it shrinks the "
            "estimate by (S − 1)/S. The plain estimate is wanted here.",
            lambda l, z, m, s: ((l - l.mean())[:, None] * (z - m) / s**2).mean(0),
        ),
        Mistake(
            "log Q itself",
            "You average ℓ·log Q. Its gradient by μ is wanted: ℓ·(z − μ)/σ².",
            lambda l, z, m, s: (l[:, None] * torch.distributions.Normal(m, s).log_prob(z)).mean(0),
        ),
        Mistake("no μ", "μ is missing from z − μ.", lambda l, z, m, s: (l[:, None] * z / s**2).mean(0)),
        Mistake(
            "log of the losses",
            "You take the logarithm of the losses. Only Q appears under a logarithm: ℓ(z)·∇ log Q(z).",
            lambda l, z, m, s: (l.log()[:, None] * (z - m) / s**2).mean(0),
        ),
    ),
)


# ---- the bound of one image ------------------------------------------------------------------------------------------


def bound_per_image(x, logits, mu, logvar):
    """The bound of each image for one z: log P(X|z) − D[Q(z|X)‖P(z)], with a Bernoulli P(X|z), in nats.

    x: pixels in [0, 1], (B, D). logits: what the decoder makes of z, (B, D). mu, logvar: of Q(z|X), (B, L). Returns (B,).
    """
    log_p_x_given_z = (x * logits - torch.nn.functional.softplus(logits)).sum(dim=1)
    kl = 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)
    return log_p_x_given_z - kl


def _bound_oracle(x, logits, mu, logvar):
    x, logits, mu, logvar = (value.detach() for value in (x, logits, mu, logvar))
    bernoulli = torch.distributions.Bernoulli(logits=logits.double(), validate_args=False)
    normal = torch.distributions.Normal
    kl = torch.distributions.kl_divergence(normal(mu.double(), (logvar.double() / 2).exp()), normal(0.0, 1.0))
    return (bernoulli.log_prob(x.double()).sum(dim=1) - kl.sum(dim=1)).float()


_GUARDED = (
    "For confident decoders the probability rounds to 0 or 1, and what guards the logarithm then replaces the true cost. "
    "Compute from the logits: x·f − softplus(f), or binary_cross_entropy_with_logits with reduction='none'."
)


def _from_probability(x, p):
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(1)


def _reconstruction(x, f, over=torch.sum):
    return over(-functional.binary_cross_entropy_with_logits(f, x, reduction="none"), 1)


def _kl(m, v, over=torch.sum):
    return over(0.5 * (v.exp() + m**2 - 1 - v), 1)


def _images(b, d, size, seed, scale=1.0):
    x = torch.rand(b, d, generator=torch.Generator().manual_seed(seed))  # gray, as those that the page trains on
    logits, mu, logvar = (_numbers(b, n, seed=seed + i) for i, n in ((1, d), (2, size), (3, size)))
    return x, (scale * logits).requires_grad_(), mu.requires_grad_(), logvar.requires_grad_()


_BOUND = Exercise(
    notebook="04",
    goal="Put both terms of the bound together, per image, in nats, without rounding errors for confident decoders.",
    reference=bound_per_image,
    oracle=_bound_oracle,
    effect=gradients,
    effect_name="the gradients by logits, mu and logvar",
    hints=(
        "Two terms, each a sum: log P(X|z) over the D pixels, and D[Q‖P] over the L latents. Nothing is averaged yet.",
        "A pixel with ink probability p contributes x log p + (1 − x) log(1 − p). With p = sigmoid(f) that is "
        "x·f − softplus(f), which stays finite where log(sigmoid(f)) does not.",
        "(x·logits − softplus(logits)).sum(dim=1) − ½(exp(logvar) + mu² − 1 − logvar).sum(dim=1)",
    ),
    probes=(
        (
            torch.tensor([[1.0, 0.25]]),
            torch.tensor([[0.5, -1.0]]).requires_grad_(),
            torch.tensor([[2.0]]).requires_grad_(),
            torch.tensor([[math.log(2.0)]]).requires_grad_(),
        ),
        _images(3, 6, 2, 21),
        _images(2, 5, 3, 31, scale=90.0),
    ),
    mistakes=(
        Mistake(
            "mean over pixels",
            "You average over the pixels and add over the latents. log P(X|z) is a sum over all pixels; as a mean it is D "
            "times too weak, and the KL term presses every latent flat.",
            lambda x, f, m, v: _reconstruction(x, f, torch.mean) - _kl(m, v),
        ),
        Mistake(
            "mean over latents",
            "You add over the pixels and average over the latents. D[Q‖P] is a sum over dimensions as well; as a mean it "
            "is L times too weak.",
            lambda x, f, m, v: _reconstruction(x, f) - _kl(m, v, torch.mean),
        ),
        Mistake(
            "both means",
            "You average over pixels and over latents. Both are sums; otherwise the number is no bound on log P(X) at all.",
            lambda x, f, m, v: _reconstruction(x, f, torch.mean) - _kl(m, v, torch.mean),
        ),
        Mistake(
            "mean over the batch",
            "You average over the batch. One number per image is wanted, (B,); the training step takes the one mean.",
            lambda x, f, m, v: (_reconstruction(x, f) - _kl(m, v)).mean(),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. One number per image is wanted, (B,); a loss that grows with the batch size would need "
            "a learning rate that shrinks with it.",
            lambda x, f, m, v: (_reconstruction(x, f) - _kl(m, v)).sum(),
        ),
        Mistake(
            "the loss",
            "This is minus the bound, the loss. The bound itself is wanted: reconstruction minus KL.",
            lambda x, f, m, v: _kl(m, v) - _reconstruction(x, f),
        ),
        Mistake(
            "KL added",
            "You add the divergence. It is subtracted: the bound pays for saying which z.",
            lambda x, f, m, v: _reconstruction(x, f) + _kl(m, v),
        ),
        Mistake(
            "no KL",
            "The divergence is missing. What is left is an autoencoder that may use z as it likes, and whose samples from "
            "the prior mean nothing.",
            lambda x, f, m, v: _reconstruction(x, f),
        ),
        Mistake(
            "no half",
            "The ½ in front of the divergence is missing.",
            lambda x, f, m, v: _reconstruction(x, f) - 2 * _kl(m, v),
        ),
        Mistake(
            "no −1 for each latent",
            "The −1 of each dimension is missing from the divergence. At μ = 0, logvar = 0 it must be 0.",
            lambda x, f, m, v: _reconstruction(x, f) - 0.5 * (v.exp() + m**2 - v).sum(1),
        ),
        Mistake(
            "log-variance read as log-sd",
            "You read logvar as log σ: the variance is exp(logvar), not exp(2·logvar).",
            lambda x, f, m, v: _reconstruction(x, f) - 0.5 * ((2 * v).exp() + m**2 - 1 - 2 * v).sum(1),
        ),
        Mistake(
            "log of sigmoid",
            "For confident decoders your answer is not finite: sigmoid(90) is exactly 1 in single precision, and log(1 − 1) "
            "is −∞. Use x·f − softplus(f), or binary_cross_entropy_with_logits with reduction='none'.",
            lambda x, f, m, v: (x * f.sigmoid().log() + (1 - x) * (1 - f.sigmoid()).log()).sum(1) - _kl(m, v),
        ),
        Mistake(
            "guarded log of sigmoid",
            _GUARDED,
            lambda x, f, m, v: -functional.binary_cross_entropy(f.sigmoid(), x, reduction="none").sum(1) - _kl(m, v),
        ),
        Mistake(
            "clamped probability",
            _GUARDED + " (Here it is a clamp to 10⁻⁷.)",
            lambda x, f, m, v: _from_probability(x, f.sigmoid().clamp(1e-7, 1 - 1e-7)) - _kl(m, v),
        ),
        Mistake(
            "probability of torch.distributions",
            _GUARDED + " (Bernoulli(logits=...) does.)",
            lambda x, f, m, v: (
                torch.distributions.Bernoulli(f.sigmoid(), validate_args=False).log_prob(x).sum(1) - _kl(m, v)
            ),
        ),
        Mistake(
            "exp overflows",
            "exp(90) is beyond single precision, and your answer is not finite. log(1 + exp f) is softplus(f), which "
            "torch computes without the exponential.",
            lambda x, f, m, v: (x * f - (1 + f.exp()).log()).sum(1) - _kl(m, v),
        ),
        Mistake(
            "black or white",
            "You treat each pixel as ink or no ink. Gray pixels count in part: x·log p + (1 − x)·log(1 − p).",
            lambda x, f, m, v: functional.logsigmoid(torch.where(x > 0.5, f, -f)).sum(1) - _kl(m, v),
        ),
        Mistake(
            "signs of pixels",
            "log sigmoid((2x − 1)·f) is right for x = 0 and x = 1 only. For gray pixels: x·f − softplus(f).",
            lambda x, f, m, v: functional.logsigmoid((2 * x - 1) * f).sum(1) - _kl(m, v),
        ),
        Mistake(
            "no gradient",
            "The values are right, but no gradient passes: .item(), .tolist(), .detach() or a tensor made anew cuts the "
            "graph. Training through this would change nothing.",
            lambda x, f, m, v: (_reconstruction(x, f) - _kl(m, v)).detach(),
        ),
        Mistake(
            "reduction='sum'",
            "reduction='sum' adds up the whole batch; each image needs its own sum. Use reduction='none' and .sum(dim=1).",
            lambda x, f, m, v: _reconstruction(x, f).sum() - _kl(m, v),
        ),
        Mistake(
            "the default reduction",
            "binary_cross_entropy_with_logits averages over pixels and batch unless told otherwise. Use reduction='none' "
            "and .sum(dim=1).",
            lambda x, f, m, v: -functional.binary_cross_entropy_with_logits(f, x) - _kl(m, v),
        ),
        Mistake(
            "sigmoid twice",
            "You apply the sigmoid twice: binary_cross_entropy_with_logits applies it itself.",
            lambda x, f, m, v: _reconstruction(x, f.sigmoid()) - _kl(m, v),
        ),
        Mistake(
            "arguments swapped",
            "The first two arguments of binary_cross_entropy_with_logits are swapped: first the logits, then x.",
            lambda x, f, m, v: _reconstruction(f, x) - _kl(m, v),
        ),
        Mistake(
            "σ for σ²",
            "In the divergence you use σ = exp(logvar/2) where σ² = exp(logvar) belongs.",
            lambda x, f, m, v: _reconstruction(x, f) - 0.5 * ((v / 2).exp() + m**2 - 1 - v).sum(1),
        ),
        Mistake(
            "sign of logvar",
            "In the divergence logvar is subtracted: ½(σ² + μ² − 1 − logvar).",
            lambda x, f, m, v: _reconstruction(x, f) - 0.5 * (v.exp() + m**2 - 1 + v).sum(1),
        ),
        Mistake(
            "no μ²",
            "μ² is missing from the divergence: nothing would hold the codes near the prior's center.",
            lambda x, f, m, v: _reconstruction(x, f) - 0.5 * (v.exp() - 1 - v).sum(1),
        ),
        Mistake(
            "only the ink",
            "You count the pixels with ink only. A white pixel is evidence, too: it adds log(1 − p).",
            lambda x, f, m, v: (x * functional.logsigmoid(f)).sum(1) - _kl(m, v),
        ),
        Mistake(
            "squared error",
            "You use the squared error between x and the probabilities. That is the log-density of a Gaussian with "
            "σ² = ½, up to a constant; here P(X|z) is Bernoulli.",
            lambda x, f, m, v: -((x - f.sigmoid()) ** 2).sum(1) - _kl(m, v),
        ),
    ),
)


# ---- what gray pixels cost -------------------------------------------------------------------------------------------


def best_reconstruction(x):
    """The largest value that a Bernoulli log P(X|z) can have for gray pixels: each probability equal to its pixel.

    x: pixels in [0, 1], (B, D). Returns (B,), in nats.
    """
    return (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(dim=1)


def _best_oracle(x):
    # For each pixel, try ten thousand probabilities and keep the best.
    p = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    terms = torch.xlogy(x.double()[..., None], p) + torch.xlogy(1 - x.double()[..., None], 1 - p)
    return terms.max(dim=-1).values.sum(dim=1).float()


_BEST = Exercise(
    notebook="04",
    goal="Find out how high the reconstruction term can rise on gray digits. It is not 0.",
    reference=best_reconstruction,
    oracle=_best_oracle,
    hints=(
        "A gray pixel x contributes x log p + (1 − x) log(1 − p). Which p makes that largest? Differentiate.",
        "p = x. So a perfect reconstruction earns x log x + (1 − x) log(1 − x), which is 0 only for x = 0 and x = 1.",
        "Sum that over the pixels. At x = 0 the term is 0·log 0; torch.xlogy(x, x) gives 0 there, x * x.log() gives NaN.",
    ),
    probes=(
        (torch.tensor([[0.5, 0.25]]),),
        (torch.tensor([[0.0, 1.0, 0.3], [0.9, 0.5, 0.0]]),),
    ),
    mistakes=(
        Mistake(
            "zero",
            "You return 0, the value for pixels that are exactly 0 or 1. A gray pixel cannot be predicted with certainty "
            "by a distribution over 0 and 1.",
            lambda x: torch.zeros(len(x)),
        ),
        Mistake(
            "0 log 0",
            "NaN: at black and white pixels you compute 0·log 0. Its limit is 0; torch.xlogy knows that.",
            lambda x: (x * x.log() + (1 - x) * (1 - x).log()).sum(1),
        ),
        Mistake(
            "only x log x",
            "The second half is missing: (1 − x) log(1 − x).",
            lambda x: torch.xlogy(x, x).sum(1),
        ),
        Mistake(
            "entropy",
            "This is the entropy, the loss at a perfect reconstruction. The log-probability is minus that.",
            lambda x: -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(1),
        ),
        Mistake(
            "bits",
            "These are bits. The course counts in nats: the natural logarithm.",
            lambda x: (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(1) / math.log(2),
        ),
        Mistake(
            "mean over pixels",
            "You average over the pixels; log-probabilities of independent pixels add up.",
            lambda x: (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).mean(1),
        ),
        Mistake(
            "sum over the batch",
            "You add up all images. One number per image is wanted, (B,).",
            lambda x: (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(),
        ),
        Mistake(
            "rounded",
            "You let the decoder answer with 0 or 1, whichever is nearer. For a gray pixel that has probability 0 for one "
            "of the two outcomes and costs infinitely much.",
            lambda x: torch.where((x == 0) | (x == 1), 0.0, -torch.inf).sum(1),
        ),
        Mistake(
            "one half everywhere",
            "You let the decoder answer ½ for every pixel, −log 2 each. It can do better where the pixel is not ½.",
            lambda x: torch.full((len(x),), -x.shape[1] * math.log(2)),
        ),
    ),
)


# ---- one step --------------------------------------------------------------------------------------------------------


def training_step(loss_per_image, optimizer, x, eps):
    """One step of gradient descent on the mean loss.

    loss_per_image: called as loss_per_image(x, eps), gives (B,). optimizer: holds the parameters to change.
    x: images, (B, D). eps: noise, (B, L). Returns the mean loss before the step, a tensor (), detached from
    its graph.
    """
    loss = loss_per_image(x, eps).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


class _Line(nn.Module):
    """A loss with a gradient that can be written down: |W x − ε|² for each row, with a gradient left over from before."""

    def __init__(self, weight: Tensor):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.weight.grad = torch.ones_like(weight)

    def forward(self, x, eps):
        return ((x @ self.weight.T - eps) ** 2).sum(dim=1)

    def __deepcopy__(self, memo):  # torch's own copies leave the gradient behind
        copied = _Line(self.weight.detach())
        memo[id(self.weight)] = copied.weight
        return copied

    def __repr__(self):
        return "|W x − eps|², per image"


class _Descent(torch.optim.SGD):
    def __repr__(self):
        return f"SGD(lr=0.1, momentum={self.param_groups[0]['momentum']})"


def _step_probe(b, d, size, seed, **settings):
    model = _Line(_numbers(size, d, seed=seed))
    return (
        model,
        _Descent(model.parameters(), lr=0.1, **settings),
        _numbers(b, d, seed=seed + 1),
        _numbers(b, size, seed=seed + 2),
    )


def _weights_after(_, arguments):
    return (arguments[0].weight.detach().clone(),)


def _step_oracle(loss_per_image, _, x, eps):
    return ((x @ loss_per_image.weight.detach().T - eps) ** 2).sum() / len(x)


def _stepped(*order, reduce=torch.mean, sign=1.0):
    """A training step whose parts come in the given order."""

    def code(loss_per_image, optimizer, x, eps):
        loss = reduce(loss_per_image(x, eps))
        actions = {"zero": optimizer.zero_grad, "back": (sign * loss).backward, "step": optimizer.step}
        for name in order:
            actions[name]()
        return loss.detach()

    return code


def _by_hand(loss_per_image, optimizer, x, eps):
    loss = _stepped("zero", "back")(loss_per_image, optimizer, x, eps)
    with torch.no_grad():
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.sub_(group["lr"] * parameter.grad)
    return loss


def _one_by_one(loss_per_image, optimizer, x, eps):
    step = _stepped("zero", "back", "step")
    return torch.stack([step(loss_per_image, optimizer, x[i : i + 1], eps[i : i + 1]) for i in range(len(x))]).mean()


_STEP = Exercise(
    notebook="04",
    goal="Write the step that every training loop repeats.",
    reference=training_step,
    oracle=_step_oracle,
    effect=_weights_after,
    effect_name="the weights after the step",
    hints=(
        "Four things: reduce the losses to one number, clear old gradients, compute new ones, move the parameters.",
        "optimizer.zero_grad(), loss.backward(), optimizer.step(), in this order; backward adds to what is there.",
        "loss = loss_per_image(x, eps).mean(), then the three calls, then return loss.detach().",
    ),
    probes=(
        _step_probe(2, 1, 1, 41),
        _step_probe(4, 3, 2, 44, momentum=0.9, nesterov=True),  # whoever moves the weights by hand is told apart
    ),
    mistakes=(
        Mistake(
            "no zero_grad",
            "The loss is right, the step is not: old gradients were still there, and backward() adds to them. Call "
            "optimizer.zero_grad() first.",
            _stepped("back", "step"),
        ),
        Mistake(
            "no step",
            "The loss is right, and the parameters have not moved: optimizer.step() or loss.backward() is missing (or its "
            "parentheses are), the loss was cut from its graph, or zero_grad() stands between backward() and step().",
            _stepped("zero", "back"),
        ),
        Mistake(
            "step before backward",
            "You step before backward(), or never call it: the step follows the gradients of the batch before.",
            _stepped("step", "zero", "back"),
        ),
        Mistake(
            "uphill",
            "The parameters moved uphill. You are given a loss, minus the bound; descend on it as it is.",
            _stepped("zero", "back", "step", sign=-1.0),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. Take the mean, so that the step does not grow with the batch size.",
            _stepped("zero", "back", "step", reduce=torch.sum),
        ),
        Mistake(
            "largest loss",
            "Only the worst image of the batch is followed. The objective is the mean over images.",
            _stepped("zero", "back", "step", reduce=torch.max),
        ),
        Mistake(
            "by hand",
            "You move the parameters yourself, by rate times gradient. The optimizer knows its own rule, and that of Adam "
            "is another: call optimizer.step().",
            _by_hand,
        ),
        Mistake(
            "loss after the step",
            "The step is right, but you return the loss after it. The loss before the step is wanted.",
            lambda f, o, x, e: (_stepped("zero", "back", "step")(f, o, x, e), f(x, e).mean().detach())[1],
        ),
        Mistake(
            "step on the sum",
            "You return the mean, but descend on the sum. Take the mean first, and call backward() on that.",
            lambda f, o, x, e: _stepped("zero", "back", "step", reduce=torch.sum)(f, o, x, e) / len(x),
        ),
        Mistake(
            "sign of the loss",
            "You turned the sign. What you are given is a loss already: return it and descend on it as it is.",
            lambda f, o, x, e: -_stepped("zero", "back", "step", sign=-1.0)(f, o, x, e),
        ),
        Mistake(
            "two steps",
            "You call optimizer.step() twice. One step for each batch.",
            _stepped("zero", "back", "step", "step"),
        ),
        Mistake(
            "a step for each image",
            "You make one step for each image. One for the whole batch is wanted, on its mean loss.",
            _one_by_one,
        ),
    ),
)


# ---- the σ that a weight chooses -------------------------------------------------------------------------------------


def implied_sigma(weight, pixels):
    """The σ of the Gaussian P(X|z) for which "mean squared error over pixels + weight · D[Q‖P]" is the objective.

    weight: w > 0, a tensor (). pixels: their number D. D[Q‖P] is a sum over latents. Returns a tensor (), σ in pixel
    units.
    """
    return (pixels * weight / 2).sqrt()


def _implied_oracle(weight, pixels):
    # Bisection for the σ at which both objectives trade squared error for nats at the same rate.
    def rate(sigma):  # nats of −log P(X|z) for one unit of mean squared error
        normal = torch.distributions.Normal(0.0, sigma)
        error = torch.ones(pixels, dtype=torch.float64)
        return (normal.log_prob(torch.zeros_like(error)) - normal.log_prob(error)).sum()

    low, high = torch.tensor(1e-6, dtype=torch.float64), torch.tensor(1e6, dtype=torch.float64)
    for _ in range(200):
        middle = (low * high).sqrt()
        if rate(middle) > 1 / weight.double():
            low = middle
        else:
            high = middle
    return middle.float()


_IMPLIED = Exercise(
    notebook="04",
    goal="Find the σ that someone chose without knowing it, by weighting the KL term with w.",
    reference=implied_sigma,
    oracle=_implied_oracle,
    hints=(
        "Write −log P(X|z) for a Gaussian: Σ(x − f)²/(2σ²) and a constant. How does the mean squared error enter?",
        "Σ(x − f)² = D·MSE, so minus the bound is D/(2σ²) · MSE + KL. Divide until MSE stands alone.",
        "MSE + (2σ²/D)·KL. Compare with MSE + w·KL: w = 2σ²/D. Solve for σ.",
    ),
    probes=(
        (torch.tensor(0.5), 16),
        (torch.tensor(0.00025), 12288),
        (torch.tensor(0.01), 784),
    ),
    mistakes=(
        Mistake(
            "variance",
            "You return σ². The standard deviation is its root.",
            lambda w, d: d * w / 2,
        ),
        Mistake(
            "no half",
            "The ½ of the Gaussian's exponent, (x − f)²/(2σ²), is missing.",
            lambda w, d: (d * w).sqrt(),
        ),
        Mistake(
            "no D",
            "The number of pixels is missing: a mean over pixels is their sum divided by D. This would be right for a sum "
            "of squares.",
            lambda w, d: (w / 2).sqrt(),
        ),
        Mistake(
            "divided by D",
            "The number of pixels is upside down. Multiply MSE + w·KL by D: Σ(x − f)² + D·w·KL. Beside a sum of squares the "
            "weight is D·w, so D makes σ larger.",
            lambda w, d: (w / (2 * d)).sqrt(),
        ),
        Mistake(
            "upside down",
            "You have it upside down. A larger weight on the KL term means that errors matter less, hence a larger σ.",
            lambda w, d: (2 / (d * w)).sqrt(),
        ),
        Mistake(
            "twice for half",
            "The 2 is on the wrong side: w = 2σ²/D gives σ² = D·w/2.",
            lambda w, d: (2 * d * w).sqrt(),
        ),
        Mistake(
            "weight on the error",
            "You read w as a weight on the squared error. It stands before the KL term.",
            lambda w, d: (d / (2 * w)).sqrt(),
        ),
        Mistake(
            "root first",
            "The 2 belongs under the root: σ² = D·w/2.",
            lambda w, d: (d * w).sqrt() / 2,
        ),
    ),
)

EXERCISES = (_REPARAMETERIZE, _SCORE, _BOUND, _BEST, _STEP, _IMPLIED)

PREDICTIONS = (
    Prediction(
        "which gradient is left",
        "A program draws z with .sample(), as equation (9) says, computes log P(X|z) − D[Q(z|X)‖P(z)] and calls backward. "
        "What do the encoder's weights receive?",
        (
            Choice("No gradient at all; torch raises an error.", False,
                   "The divergence is a formula in μ and σ, and its gradient arrives. Nothing fails, which is what makes "
                   "the mistake hard to notice."),
            Choice("The gradient of the divergence only.", True,
                   "log P(X|z) depends on the encoder only through which z was drawn, and a drawn number has no derivative."),
            Choice("The gradient of log P(X|z) only.", False, "It is the other way around."),
        ),
    ),
    Prediction(
        "variance with dimension",
        "Both estimates of the gradient by the first coordinate of μ are unbiased. The loss is a sum over L dimensions. "
        "From 1 dimension to 64, how does the variance of each grow?",
        (
            Choice("Both stay as they are: it is the gradient of one coordinate.", False,
                   "One of them multiplies by the whole loss, to which all dimensions contribute."),
            Choice("The score-function estimate's grows, the path estimate's does not.", True,
                   "The path estimate uses the slope along its own coordinate only. The score-function estimate is "
                   "multiplied by the whole loss, to which every other dimension adds."),
            Choice("Both grow in proportion to L.", False,
                   "The path estimate looks at the slope along its own coordinate, which here does not know of the others."),
        ),
    ),
)  # fmt: skip
