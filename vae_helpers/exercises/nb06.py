"""Notebook 06: what the objective means, measured."""

import math
from fractions import Fraction

import torch

from vae_helpers import data, training
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.nb04 import gradients
from vae_helpers.exercises.predictions import Choice, Prediction
from vae_helpers.models import VAE


def _numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# ---- the gap on a grid -----------------------------------------------------------------------------------------------


def gap_on_grid(log_q, log_joint, cell):
    """The gap D[Q(z|X)‖P(z|X)] of one image, from values on a fine grid that covers both.

    log_q, log_joint: log Q(z|X) and log P(X, z) at the grid's points, (G,). cell: area that each point stands for.
    Returns (), in nats.
    """
    log_p_x = torch.logsumexp(log_joint, dim=0) + math.log(cell)
    log_posterior = log_joint - log_p_x
    return (log_q.exp() * (log_q - log_posterior)).sum() * cell


def _gap_case(mean, sd, log_p_x, seed_mean, seed_sd, half=6.0, points=61):
    z = torch.linspace(-half, half, points)
    normal = torch.distributions.Normal
    log_q = normal(mean, sd).log_prob(z)
    return log_q, normal(seed_mean, seed_sd).log_prob(z) + log_p_x, (z[1] - z[0]).item()


def _gap_oracle(log_q, log_joint, cell):
    # Both densities are Gaussian here: read their moments off the grid, and use the closed form.
    index = torch.arange(len(log_q), dtype=torch.float64) * cell

    def moments(log_density):
        weight = torch.softmax(log_density.double(), dim=0)
        mean = (weight * index).sum()
        return mean, (weight * (index - mean) ** 2).sum()

    (m0, v0), (m1, v1) = moments(log_q), moments(log_joint)
    return (0.5 * (v0 / v1 + (m1 - m0) ** 2 / v1 - 1 + torch.log(v1 / v0))).float()


def _posterior(log_joint, cell):
    return log_joint - torch.logsumexp(log_joint, dim=0) - math.log(cell)


_GAP = Exercise(
    notebook="06",
    goal="Measure the error term of (5), the one quantity that training never sees.",
    reference=gap_on_grid,
    oracle=_gap_oracle,
    tolerance=1e-3,
    hints=(
        "P(z|X) = P(X, z)/P(X), and P(X) is the integral of P(X, z) over z. On a grid an integral is a sum times the cell.",
        "log P(X) = logsumexp(log_joint) + log(cell): values near e⁻¹³⁰ would vanish outside the logarithm.",
        "D = Σ Q · (log Q − log P(z|X)) · cell, with log P(z|X) = log_joint − log P(X).",
    ),
    probes=(
        _gap_case(0.5, 1.0, -2.0, 0.0, 1.5, points=11),
        _gap_case(-1.0, 0.4, -3.0, -0.6, 0.6),
        _gap_case(0.5, 0.6, -400.0, 0.2, 0.9, points=121),
        _gap_case(0.1, 0.3, -2.0, 0.0, 0.35, points=121),
    ),
    mistakes=(
        Mistake(
            "joint for posterior",
            "You compare Q with P(X, z), which is not normalized: its integral is P(X). Your number is minus the bound; "
            "divide by P(X) first and the gap remains.",
            lambda q, j, c: (q.exp() * (q - j)).sum() * c,
        ),
        Mistake(
            "direction",
            "You computed D[P(z|X)‖Q]. In (5) the average is over Q.",
            lambda q, j, c: (_posterior(j, c).exp() * (_posterior(j, c) - q)).sum() * c,
        ),
        Mistake(
            "no cell in the sum",
            "The posterior is right, but the last sum is not multiplied by the cell: on a grid an integral is a sum times "
            "the area of a cell.",
            lambda q, j, c: (q.exp() * (q - _posterior(j, c))).sum(),
        ),
        Mistake(
            "no cell in P(X)",
            "P(X) is an integral as well: log P(X) = logsumexp(log_joint) + log(cell). Without the cell your posterior "
            "sums to 1 over points, while Q integrates to 1 over area.",
            lambda q, j, c: (q.exp() * (q - j + torch.logsumexp(j, dim=0))).sum() * c,
        ),
        Mistake(
            "mean over the grid",
            "You average over the grid. The weights Q(z)·cell add up to 1 already.",
            lambda q, j, c: (q.exp() * (q - _posterior(j, c))).mean(),
        ),
        Mistake(
            "unweighted",
            "You add up log Q − log P(z|X) over all points alike. The expectation weights each point by Q(z).",
            lambda q, j, c: (q - _posterior(j, c)).sum() * c,
        ),
        Mistake(
            "sign",
            "The sign is turned: a divergence is E_Q[log Q − log P], never negative.",
            lambda q, j, c: -(q.exp() * (q - _posterior(j, c))).sum() * c,
        ),
        Mistake(
            "underflow",
            "On the image with log P(X) = −400 your answer is not finite: exp(−400) is 0 in single precision. Use "
            "torch.logsumexp.",
            lambda q, j, c: (q.exp() * (q - j + (j.exp().sum() * c).log())).sum() * c,
        ),
        Mistake(
            "log of softmax",
            "Far from its peak the posterior is below 10⁻⁴⁵, which single precision rounds to 0, and log 0 spoils the sum. "
            "Stay in logarithms: log_joint − logsumexp(log_joint) − log(cell).",
            lambda q, j, c: (q.exp() * (q - (torch.softmax(j, 0) / c).log())).sum() * c,
        ),
        Mistake(
            "no cell at all",
            "The cell is missing in both integrals, that of P(X) and that of the divergence.",
            lambda q, j, c: (q.exp() * (q - j + torch.logsumexp(j, 0))).sum(),
        ),
        Mistake(
            "divided by the cell",
            "log P(X) = logsumexp(log_joint) + log(cell): the cell multiplies; you divide by it.",
            lambda q, j, c: (q.exp() * (q - j + torch.logsumexp(j, 0) - math.log(c))).sum() * c,
        ),
        Mistake(
            "the bound",
            "This is the bound. The gap is log P(X) minus it.",
            lambda q, j, c: (q.exp() * (j - q)).sum() * c,
        ),
    ),
)


# ---- bits ------------------------------------------------------------------------------------------------------------


def net_bits(log_q, log_p_x_given_z, log_p_z):
    """Bits that one image adds to the stack by bits-back coding: pop z under Q, push X under P(X|z), push z under P(z).

    log_q, log_p_x_given_z, log_p_z: log Q(z|X), log P(X|z), log P(z) at the z that was popped, in nats, (B,) each.
    Returns (B,), in bits.
    """
    return (log_q - log_p_x_given_z - log_p_z) / math.log(2)


def _net_oracle(log_q, log_p_x_given_z, log_p_z):
    # The stack as one large whole number: popping multiplies it by the probability, pushing divides by it.
    answers = []
    for q, p_x, p_z in zip(
        log_q.double().tolist(), log_p_x_given_z.double().tolist(), log_p_z.double().tolist(), strict=True
    ):
        stack = Fraction(1) * Fraction(math.exp(q)) / Fraction(math.exp(p_x)) / Fraction(math.exp(p_z))
        answers.append(math.log2(stack.numerator) - math.log2(stack.denominator))
    return torch.tensor(answers)


_NET = Exercise(
    notebook="06",
    goal="Count what one image costs when z is chosen by bits that are handed back.",
    reference=net_bits,
    oracle=_net_oracle,
    hints=(
        "Pushing a symbol of probability P adds −log₂ P bits. Popping one removes as many. Which of the three are pushes?",
        "X and z are pushed: −log₂ P(X|z) and −log₂ P(z). z was popped before: minus its −log₂ Q(z|X).",
        "Add the three in nats, log_q − log_p_x_given_z − log_p_z, and divide by ln 2.",
    ),
    probes=(
        (torch.tensor([-2.0]), torch.tensor([-80.0]), torch.tensor([-6.0])),
        (torch.tensor([-1.0, 3.0, -4.5]), torch.tensor([-60.0, -95.5, -120.0]), torch.tensor([-20.0, -18.5, -25.0])),
    ),
    mistakes=(
        Mistake(
            "nats",
            "Your number is in nats. One nat is 1/ln 2 ≈ 1.443 bits: divide by log 2.",
            lambda q, x, z: q - x - z,
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. A bit is the smaller unit, so there are more bits than nats: divide.",
            lambda q, x, z: (q - x - z) * math.log(2),
        ),
        Mistake(
            "no bits back",
            "You pay for z in full and leave out the bits that choosing z took off the stack. They are the point: the "
            "receiver, who can compute Q as well, gets them back.",
            lambda q, x, z: (-x - z) / math.log(2),
        ),
        Mistake(
            "paid twice",
            "You add the bits of Q instead of removing them. Popping z makes the stack shorter.",
            lambda q, x, z: (-q - x - z) / math.log(2),
        ),
        Mistake(
            "z for free",
            "z has to be sent, too: pushing it under P(z) costs −log₂ P(z) bits.",
            lambda q, x, z: (q - x) / math.log(2),
        ),
        Mistake(
            "only the pixels",
            "This is the cost of X for a receiver who knows z. Nobody told them.",
            lambda q, x, z: -x / math.log(2),
        ),
        Mistake(
            "sign",
            "The sign is turned: a more probable image must add fewer bits, and no image removes any on average.",
            lambda q, x, z: (x + z - q) / math.log(2),
        ),
        Mistake(
            "mean",
            "You average over the images. One number for each is wanted, (B,).",
            lambda q, x, z: ((q - x - z) / math.log(2)).mean(),
        ),
    ),
)


def bits_per_pixel(elbo, pixels):
    """The rate that a bound promises: minus its mean over the images, in bits per pixel.

    elbo: bound of each image, in nats, (N,). pixels: number of pixels D of each. Returns bits per pixel, ().
    """
    return -elbo.mean() / (pixels * math.log(2))


def _rate_oracle(elbo, pixels):
    # All images at once: the total number of bits, over the total number of pixels.
    total = sum(-value * math.log2(math.e) for value in elbo.double().tolist())
    return torch.tensor(total / (pixels * len(elbo)))


_RATE = Exercise(
    notebook="06",
    goal="Turn a bound in nats per image into the unit of compressors.",
    reference=bits_per_pixel,
    oracle=_rate_oracle,
    hints=(
        "Three changes: from a gain to a cost, from nats to bits, from images to pixels.",
        "Cost = −bound. One nat is 1/ln 2 bits. An image has D pixels.",
        "−elbo.mean() / (pixels · ln 2)",
    ),
    probes=(
        (torch.tensor([-100.0]), 784),
        (torch.tensor([-80.0, -95.5, -120.25]), 784),
        (torch.tensor([-10.0, -12.0]), 16),
    ),
    mistakes=(
        Mistake(
            "nats",
            "These are nats per pixel; divide by ln 2 for bits.",
            lambda e, d: -e.mean() / d,
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. There are more bits than nats: divide.",
            lambda e, d: -e.mean() * math.log(2) / d,
        ),
        Mistake(
            "per image",
            "These are bits per image; divide by the number of pixels.",
            lambda e, d: -e.mean() / math.log(2),
        ),
        Mistake("sign", "A rate is positive: minus the bound.", lambda e, d: e.mean() / (d * math.log(2))),
        Mistake(
            "sum",
            "You add up all images. The rate is per pixel of one image: take the mean.",
            lambda e, d: -e.sum() / (d * math.log(2)),
        ),
        Mistake(
            "each image",
            "You give one rate per image; one number for all is wanted, (): the mean.",
            lambda e, d: -e / (d * math.log(2)),
        ),
        Mistake(
            "probability",
            "You took the bound out of the logarithm. exp(−100) is no rate; the logarithm is what counts bits.",
            lambda e, d: e.exp().mean() / (d * math.log(2)),
        ),
    ),
)


# ---- the unit of z ---------------------------------------------------------------------------------------------------


def kl_to_wide_prior(mu, sigma, scale):
    """D[N(μ, diag σ²)‖N(0, s²I)]: the KL term if the prior had standard deviation s instead of 1.

    mu, sigma: of Q(z|X), (B, L). scale: s > 0, (). Returns (B,), in nats.
    """
    ratio = sigma / scale
    return (0.5 * (ratio**2 + (mu / scale) ** 2 - 1) - ratio.log()).sum(dim=1)


def _wide_oracle(mu, sigma, scale):
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mu, sigma), normal(torch.zeros_like(mu), scale)).sum(dim=1)


def _wide_case(b, size, scale, seed):
    return _numbers(b, size, seed=seed), 0.2 + _numbers(b, size, seed=seed + 1).abs(), torch.tensor(scale)


_WIDE = Exercise(
    notebook="06",
    goal="Give the prior another width, and see whether anything depends on it.",
    reference=kl_to_wide_prior,
    oracle=_wide_oracle,
    hints=(
        "Start from equation (6) for one dimension, with σ₁ = s and μ₁ = 0.",
        "½(σ²/s² + μ²/s² − 1 + log s²/σ²) for each dimension. Measured in units of s, it is the old formula.",
        "With r = sigma/scale: (½(r² + (mu/scale)² − 1) − log r).sum(dim=1)",
    ),
    probes=(
        (torch.tensor([[1.0]]), torch.tensor([[0.5]]), torch.tensor(2.0)),
        _wide_case(3, 2, 3.0, 51),
        _wide_case(2, 4, 0.5, 61),
    ),
    mistakes=(
        Mistake(
            "s ignored",
            "s does not appear: this is the divergence from N(0, I).",
            lambda m, g, s: (0.5 * (g**2 + m**2 - 1) - g.log()).sum(1),
        ),
        Mistake(
            "s as variance",
            "You use s as the variance of the prior. It is the standard deviation: the variance is s².",
            lambda m, g, s: (0.5 * (g**2 / s + m**2 / s - 1 + s.log()) - g.log()).sum(1),
        ),
        Mistake(
            "no log s",
            "The logarithm is that of the ratio, log(s/σ). Without log s a wide prior would cost nothing.",
            lambda m, g, s: (0.5 * ((g / s) ** 2 + (m / s) ** 2 - 1) - g.log()).sum(1),
        ),
        Mistake(
            "mean not scaled",
            "You measure σ in units of s, but not μ. The distance of the means counts in units of the prior's width, too.",
            lambda m, g, s: (0.5 * ((g / s) ** 2 + m**2 - 1) - (g / s).log()).sum(1),
        ),
        Mistake(
            "direction",
            "This is D[N(0, s²I)‖N(μ, σ²)], the other direction.",
            lambda m, g, s: (0.5 * ((s / g) ** 2 + (m / g) ** 2 - 1) - (s / g).log()).sum(1),
        ),
        Mistake(
            "no half",
            "The ½ in front of the bracket is missing.",
            lambda m, g, s: ((g / s) ** 2 + (m / s) ** 2 - 1 - (g / s).log()).sum(1),
        ),
        Mistake(
            "mean over latents",
            "You average over the latent dimensions; the divergence is their sum.",
            lambda m, g, s: (0.5 * ((g / s) ** 2 + (m / s) ** 2 - 1) - (g / s).log()).mean(1),
        ),
        Mistake(
            "twice the divergence",
            "The ½ of equation (6) is missing.",
            lambda m, g, s: ((g / s) ** 2 + (m / s) ** 2 - 1 - 2 * (g / s).log()).sum(1),
        ),
        Mistake(
            "log σ for log σ²",
            "Inside the bracket of (6) stands log s²/σ², twice log s/σ.",
            lambda m, g, s: (0.5 * ((g / s) ** 2 + (m / s) ** 2 - 1 - (g / s).log())).sum(1),
        ),
        Mistake(
            "s² as standard deviation",
            "You give the prior the standard deviation s². torch's Normal takes the standard deviation, s.",
            lambda m, g, s: (0.5 * ((g / s**2) ** 2 + (m / s**2) ** 2 - 1) - (g / s**2).log()).sum(1),
        ),
        Mistake(
            "log s once",
            "log s counts once for each dimension; you add it once in all.",
            lambda m, g, s: (0.5 * ((g / s) ** 2 + (m / s) ** 2 - 1) - g.log()).sum(1) + s.log(),
        ),
        Mistake(
            "sign",
            "The sign is turned: a divergence is never negative.",
            lambda m, g, s: -(0.5 * ((g / s) ** 2 + (m / s) ** 2 - 1) - (g / s).log()).sum(1),
        ),
    ),
)


# ---- collapse --------------------------------------------------------------------------------------------------------


def count_active(mu, threshold):
    """The number of active units: latent dimensions whose mean μᵢ(X) varies over the images by more than a threshold.

    mu: means of Q(z|X), (N, L). threshold: on the variance over the N images. Returns the count, a float tensor, ().
    """
    return (mu.var(dim=0) > threshold).sum().float()


def _active_oracle(mu, threshold):
    count = 0
    for column in mu.double().T.tolist():
        mean = math.fsum(column) / len(column)
        count += math.fsum((value - mean) ** 2 for value in column) / (len(column) - 1) > threshold
    return torch.tensor(float(count))


def _codes(sds, means, n, seed):
    noise = _numbers(n, len(sds), seed=seed)
    noise = (noise - noise.mean(dim=0)) / noise.std(dim=0)
    return torch.tensor(means) + noise * torch.tensor(sds)


_ACTIVE = Exercise(
    notebook="06",
    goal="Count the dimensions through which anything about X passes.",
    reference=count_active,
    oracle=_active_oracle,
    hints=(
        "A dimension that ignores X has the same mean for every image. So look at how μᵢ varies from image to image.",
        "mu.var(dim=0) is one variance for each dimension, over the images.",
        "(mu.var(dim=0) > threshold).sum().float()",
    ),
    probes=(
        (_codes([1.0, 0.3], [0.0, 1.0], 5, 71), 0.25),
        (
            _codes(
                [0.5, 0.005, 0.04, 0.02, 2.0, 0.015, 0.0008, 0.011, 0.004, 0.001],
                [0.0, 1.0, -2.0, 0.5, 3.0, 0.0, 0.0, 0.0, 0.0, 2.0],
                40,
                72,
            ),
            0.01,
        ),
        (
            _codes(
                [0.9, 0.52, 0.3, 0.23, 0.05, 0.15, 0.07, 0.6, 0.03, 0.002],
                [0.0, 0.0, 0.0, 2.0, 0.15, 0.0, 0.0, -1.0, 0.0, 1.0],
                30,
                73,
            ),
            0.04,
        ),
    ),
    mistakes=(
        Mistake(
            "standard deviation",
            "You compare the standard deviation with the threshold. The threshold is on the variance; on the standard deviation "
            "it would be its root.",
            lambda m, t: (m.std(0) > t).sum().float(),
        ),
        Mistake(
            "mean square",
            "You take the mean of μ², not its variance. A dimension whose mean is 1 for every image says nothing about X.",
            lambda m, t: ((m**2).mean(0) > t).sum().float(),
        ),
        Mistake(
            "over the latents",
            "You take the variance over the latent dimensions, one for each image. It is over the images, dim=0.",
            lambda m, t: (m.var(1) > t).sum().float(),
        ),
        Mistake(
            "share",
            "You give the share of active units; the count is wanted.",
            lambda m, t: (m.var(0) > t).float().mean(),
        ),
        Mistake(
            "collapsed ones",
            "You count the units that are not active.",
            lambda m, t: (m.var(0) <= t).sum().float(),
        ),
        Mistake(
            "size of the mean",
            "You look at the average of |μ|, which is large also for a dimension that is stuck away from 0.",
            lambda m, t: (m.abs().mean(0) > t).sum().float(),
        ),
        Mistake(
            "sum of squares",
            "You add up the squared deviations without dividing by their number: with more images every dimension would "
            "become active.",
            lambda m, t: (((m - m.mean(0)) ** 2).sum(0) > t).sum().float(),
        ),
        Mistake(
            "fixed threshold",
            "The threshold is an argument; you compare with 0.01 whatever it is.",
            lambda m, t: (m.var(0) > 0.01).sum().float(),
        ),
        Mistake("mask", "You return one flag for each dimension; add them up.", lambda m, t: (m.var(0) > t).float()),
    ),
)


def free_bits_kl(kl, floor):
    """The KL term with free bits: each dimension's mean over the batch counts only where it exceeds the floor.

    kl: D of each image and dimension, in nats, (B, L). floor: nats that every dimension may use for free.
    Returns Σᵢ max(floor, mean of kl over the batch in dimension i), () (Kingma et al. 2016).
    """
    return kl.mean(dim=0).clamp(min=floor).sum()


def _free_oracle(kl, floor):
    total = 0.0
    for column in kl.detach().double().T.tolist():
        mean = math.fsum(column) / len(column)
        total += mean if mean > floor else floor
    return torch.tensor(total)


_FREE = Exercise(
    notebook="06",
    goal="Take away the reward for switching a dimension off.",
    reference=free_bits_kl,
    oracle=_free_oracle,
    effect=gradients,
    effect_name="the gradients by kl",
    hints=(
        "First one number for each dimension: the mean over the batch. Then the floor, then the sum over dimensions.",
        "max(floor, value) for a tensor is value.clamp(min=floor).",
        "kl.mean(dim=0).clamp(min=floor).sum()",
    ),
    probes=(
        (torch.tensor([[0.1, 2.0], [0.3, 1.0]]).requires_grad_(), 0.5),
        (torch.tensor([[0.1, 0.02], [0.05, 0.03]]).requires_grad_(), 0.5),
        ((_numbers(6, 5, seed=81).abs() * torch.tensor([0.1, 3.0, 0.5, 0.7, 0.2])).requires_grad_(), 0.4),
    ),
    mistakes=(
        Mistake(
            "floor for each image",
            "You apply the floor to each image before averaging. Then an image that needs nothing of a dimension still "
            "counts as using it; the floor is on the mean over the batch.",
            lambda k, f: k.clamp(min=f).mean(0).sum(),
        ),
        Mistake(
            "ceiling",
            "You keep what is below the floor: that is min. A dimension is free below the floor, and pays above it.",
            lambda k, f: k.mean(0).clamp(max=f).sum(),
        ),
        Mistake(
            "floor on the sum",
            "You apply the floor to the sum over dimensions. Then one busy dimension pays for all, and the others may "
            "collapse as before.",
            lambda k, f: k.mean(0).sum().clamp(min=f),
        ),
        Mistake(
            "subtracted",
            "You subtract the floor. Its gradient is the same, but the number is no longer comparable: what is wanted is "
            "the larger of the two.",
            lambda k, f: (k.mean(0) - f).clamp(min=0).sum(),
        ),
        Mistake(
            "no floor",
            "The floor does not appear: this is the ordinary KL term.",
            lambda k, f: k.mean(0).sum(),
        ),
        Mistake(
            "mean over dimensions",
            "You average over the dimensions; the divergence is their sum.",
            lambda k, f: k.mean(0).clamp(min=f).mean(),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch before the floor. With more images the floor would mean less and less.",
            lambda k, f: k.sum(0).clamp(min=f).sum(),
        ),
        Mistake(
            "no gradient",
            "The value is right, but no gradient passes: .item(), .tolist(), .detach() or a tensor made anew cuts the graph, "
            "and the KL term would not be trained at all.",
            lambda k, f: k.mean(0).clamp(min=f).sum().detach(),
        ),
        Mistake(
            "zero below the floor",
            "Below the floor a dimension counts as the floor, not as 0; otherwise switching off would be rewarded again.",
            lambda k, f: torch.where(k.mean(0) > f, k.mean(0), 0.0).sum(),
        ),
        Mistake(
            "one mean for all",
            "You average over batch and dimensions at once. First one number for each dimension, then the floor.",
            lambda k, f: k.mean().clamp(min=f),
        ),
        Mistake(
            "over the latents",
            "You average over the latents, one number for each image. The mean is over the batch, dim=0.",
            lambda k, f: k.mean(1).clamp(min=f).sum(),
        ),
    ),
)

# ---- three broken runs -----------------------------------------------------------------------------------------------

_PATIENTS = {
    "A": {"size": 3000, "epochs": 6, "batch_size": 100, "beta": 784.0},  # a mean over pixels beside a sum over latents
    "B": {"size": 300, "epochs": 80, "batch_size": 50},
    "C": {"size": 3000, "epochs": 6, "batch_size": 100, "beta": 0.002},
}


def patient(name: str, digits: data.Digits) -> training.History:
    """Train a small VAE with one thing wrong: run "A", "B" or "C". The notebook shows its curves, not its settings."""
    settings = dict(_PATIENTS[name])
    images = digits.train_images[: settings.pop("size")]
    model = VAE(latent_size=10, hidden_sizes=(150,))
    return training.fit(model, images, held_out=digits.train_images[-500:], progress=False, **settings)


EXERCISES = (_GAP, _NET, _RATE, _WIDE, _ACTIVE, _FREE)

_CAUSES = (
    "The KL term weighs far too much, as with a mean over pixels beside a sum over latents.",
    "There are too few training digits for so many epochs.",
    "The KL term weighs far too little.",
)


def _diagnosis(name, right, replies):
    choices = (Choice(text, text == right, reply) for text, reply in zip(_CAUSES, replies, strict=True))
    return Prediction(name, f"Run {name[-1]}: what is wrong?", tuple(choices))


PREDICTIONS = (
    Prediction(
        "whose gap",
        "The gap of a test digit has two parts: no diagonal Gaussian fits the posterior (approximation), or the encoder "
        "does not find the one that fits best (amortization). Averaged over 200 digits, which is larger?",
        (
            Choice("Approximation: true posteriors have odd shapes.", False,
                   "Most of them are close to Gaussian, as the pictures above show."),
            Choice("Amortization: one network cannot serve every digit equally well.", True,
                   "For a few unusual digits the encoder puts Q beside the posterior, and each costs dozens of nats."),
            Choice("They are about equal.", False, "One is many times the other."),
        ),
    ),
    Prediction(
        "beat gzip",
        "10,000 black-and-white digits, 784 pixels each. gzip needs about 0.33 bits per pixel. Where does the VAE with "
        "bits-back coding land?",
        (
            Choice("Above gzip: a neural network is not made for this.", False,
                   "A compressor is a probability distribution in disguise, and the VAE's knows digits."),
            Choice("At about half of gzip's rate.", True,
                   "Its rate is minus the bound, counted in bits: below 0.17 bits per pixel."),
            Choice("A hundred times below gzip.", False,
                   "Handwriting has irregular edges, and each ragged pixel costs its bits under any model."),
        ),
    ),
    _diagnosis("run A", _CAUSES[0],
               ("The KL term is at zero and stays there, and the reconstruction term sticks at that of the average digit.",
                "Then training and held-out curves would part. They lie on each other.",
                "Then the KL term would be large. It is zero.")),
    _diagnosis("run B", _CAUSES[1],
               ("Then the KL term would go to zero.",
                "The training bound ends far above the held-out one: the model learns its few digits by heart.",
                "Then the KL term would be far larger than the twenty-odd nats a digit is worth.")),
    _diagnosis("run C", _CAUSES[2],
               ("Then the KL term would be near zero.",
                "Training and held-out curves agree. That is not it.",
                "The KL term is over a hundred nats, five times what a healthy VAE spends, and the bound lies below "
                "that of the average digit: nobody asked for the price of z.")),
)  # fmt: skip
