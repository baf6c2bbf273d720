"""The log-density of a mixture of Gaussians: a proposal that looks in several places, and a prior that fits the codes."""

import math

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import LOG_2PI, gaussian


def log_mixture(z, shares, means, sds):
    """Log-density of a mixture of M Gaussians with diagonal covariances, at N points.

    z: points, (N, L). shares: of the parts, positive numbers that add up to 1, (M,).
    means, sds: of each part along each axis, (M, L).
    A point may lie a hundred sds from every part. Gradients must reach means and sds.
    Returns log Σₘ shares[m] · N(z | means[m], sds[m]²), in nats, (N,).
    """
    squared = ((z[:, None] - means) / sds) ** 2  # (N, M, L)
    log_parts = (-0.5 * squared - sds.log() - 0.5 * math.log(2 * math.pi)).sum(dim=2)
    return torch.logsumexp(shares.log() + log_parts, dim=1)


def _by_distributions(z, shares, means, sds):
    parts = torch.distributions.Independent(torch.distributions.Normal(means, sds), 1)
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(shares), parts)
    return mixture.log_prob(z)


def _part_by_part(z, shares, means, sds):
    log_parts = []
    for m in range(len(shares)):
        log_parts.append(shares[m].log() + torch.distributions.Normal(means[m], sds[m]).log_prob(z).sum(dim=1))
    return torch.logsumexp(torch.stack(log_parts), dim=0)


def _oracle(z, shares, means, sds):
    # Each part from the determinant and the inverse of its covariance, in double precision; logaddexp one by one.
    z, shares, means, sds = (value.detach().double() for value in (z, shares, means, sds))
    total = torch.full((len(z),), -math.inf, dtype=torch.float64)
    for share, mean, sd in zip(shares, means, sds, strict=True):
        covariance = torch.diag(sd**2)
        distance = torch.einsum("nl,lk,nk->n", z - mean, torch.linalg.inv(covariance), z - mean)
        part = -0.5 * (distance + torch.logdet(2 * math.pi * covariance))
        total = torch.logaddexp(total, share.log() + part)
    return total


def _squares(z, means, sds):
    return ((z[:, None] - means) / sds) ** 2


def _parts(z, means, sds):
    return (-0.5 * _squares(z, means, sds) - sds.log() - 0.5 * LOG_2PI).sum(dim=2)


def _mixed(rule):
    """A mistake in the density of a part: rule(z, means, sds) gives the terms along each axis, (N, M, L)."""
    return lambda z, shares, means, sds: torch.logsumexp(shares.log() + rule(z, means, sds).sum(dim=2), dim=1)


def _leaves(n, parts, size, seed, apart=1.0):
    shares = gaussian(parts, seed=seed).softmax(0)
    means, sds = apart * gaussian(parts, size, seed=seed + 1), 0.5 * gaussian(parts, size, seed=seed + 2).exp()
    z = apart * gaussian(n, size, seed=seed + 3)
    return z, shares, means.requires_grad_(), sds.requires_grad_()


EXERCISE = Exercise(
    notebook="05",
    goal="Write the log-density of a mixture: here of the places where draws are made, later of a prior.",
    reference=log_mixture,
    oracle=_oracle,
    alternatives=(_by_distributions, _part_by_part),
    effect=gradients,
    effect_name="the gradients by means and by sds",
    hints=(
        "First one number for each point and each part, (N, M): the log-density of that Gaussian at that point. Then "
        "mix. Densities are averaged, not their logarithms.",
        "`z[:, None]` has shape (N, 1, L), and minus `means`, (M, L), that is (N, M, L). Along each axis a Gaussian "
        "gives $-\\tfrac12\\big(\\frac{z - \\text{mean}}{\\text{sd}}\\big)^2 - \\log\\text{sd} - \\tfrac12\\log "
        "2\\pi$; the axes add up. Then $\\log\\sum_m e^{\\log\\text{share}_m + \\log\\text{part}_m}$, which "
        "`torch.logsumexp` computes without leaving the logarithms.",
        "`squared = ((z[:, None] - means) / sds)**2`; `log_parts` are the three terms of hint 2, summed over `dim=2`; "
        "`torch.logsumexp(shares.log() + log_parts, dim=1)`.",
    ),
    then="A mixture with wide parts reaches posteriors that Q misses; as a prior it can follow the codes.",
    again="the wider net below the question, and the cells of 5.8.",
    probes=(
        (
            torch.tensor([[0.0, 0.0], [4.0, 0.0]]),
            torch.tensor([0.75, 0.25]),
            torch.tensor([[0.0, 0.0], [4.0, 0.0]]).requires_grad_(),
            torch.tensor([[1.0, 1.0], [2.0, 1.0]]).requires_grad_(),
        ),
        _leaves(5, 3, 2, 1),
        _leaves(4, 6, 3, 5),
        _leaves(6, 2, 5, 9, apart=40.0),
        (  # three widths about one center, as the page uses it
            0.4 * gaussian(7, 2, seed=20),
            torch.tensor([0.5, 0.25, 0.25]),
            torch.tensor([[0.1, -0.2]] * 3).requires_grad_(),
            (torch.tensor([[1.0], [5.0], [20.0]]) * torch.tensor([0.05, 0.03])).requires_grad_(),
        ),
    ),
    mistakes=(
        Mistake(
            "mean of logs",
            "You average the logarithms of the parts. A mixture averages densities: a point is probable if any part of "
            "it is near, and averaged logarithms ask that all be.",
            lambda z, shares, means, sds: (shares * _parts(z, means, sds)).sum(1),
        ),
        Mistake(
            "underflow",
            "Right in theory, but far from every part each density is 0 in the computer, and log 0 is −∞. Stay in "
            "logarithms: torch.logsumexp.",
            lambda z, shares, means, sds: (shares * _parts(z, means, sds).exp()).sum(1).log(),
        ),
        Mistake(
            "one Gaussian of mixed parameters",
            "You mix the means and the sds, and take one Gaussian. A mixture keeps its parts: two humps stay two humps.",
            lambda z, shares, means, sds: (
                -0.5 * ((z - shares @ means) / (shares @ sds)) ** 2 - (shares @ sds).log() - 0.5 * LOG_2PI
            ).sum(1),
        ),
        Mistake(
            "no shares",
            "The shares are missing: the parts are added as if each had share 1, and the density then integrates to M.",
            lambda z, shares, means, sds: torch.logsumexp(_parts(z, means, sds), 1),
        ),
        Mistake(
            "shares times logarithms",
            "You multiply the logarithms by the shares before exponentiating, which raises each density to a power. A "
            "factor in front of a density is a term added to its logarithm: shares.log().",
            lambda z, shares, means, sds: torch.logsumexp(shares * _parts(z, means, sds), 1),
        ),
        Mistake(
            "shares through a softmax",
            "You put the shares through a softmax. They are shares already: they add up to 1.",
            lambda z, shares, means, sds: torch.logsumexp(shares.log_softmax(0) + _parts(z, means, sds), 1),
        ),
        Mistake(
            "divided by M",
            "You divide by the number of parts besides weighting by shares. The shares add up to 1 already.",
            lambda z, shares, means, sds: (
                torch.logsumexp(shares.log() + _parts(z, means, sds), 1) - math.log(len(shares))
            ),
        ),
        Mistake(
            "no log sd",
            "log sd is missing. Without it a wide Gaussian has the same height as a narrow one, and its density does not "
            "integrate to 1.",
            _mixed(lambda z, means, sds: -0.5 * _squares(z, means, sds) - 0.5 * LOG_2PI),
        ),
        Mistake(
            "sds as variances",
            "You take sds for variances throughout. The squared distance is divided by sd², and log sd stands alone.",
            _mixed(lambda z, means, sds: -0.5 * (z[:, None] - means) ** 2 / sds - 0.5 * sds.log() - 0.5 * LOG_2PI),
        ),
        Mistake(
            "times sd squared",
            "`/ 2 * sd**2` multiplies by sd². Divide by it: put parentheses around 2 * sd**2, or divide the distance by "
            "sd before squaring.",
            _mixed(lambda z, means, sds: -((z[:, None] - means) ** 2) / 2 * sds**2 - sds.log() - 0.5 * LOG_2PI),
        ),
        Mistake(
            "2π once",
            "−½ log 2π stands there once; it belongs to each of the L axes.",
            lambda z, shares, means, sds: (
                torch.logsumexp(shares.log() + (-0.5 * _squares(z, means, sds) - sds.log()).sum(2), 1) - 0.5 * LOG_2PI
            ),
        ),
        Mistake(
            "a mixture along each axis",
            "You mix along each axis by itself and add up the axes. Then a point may take z₁ from one part and z₂ from "
            "another. Sum over the axes first, and mix the parts after that.",
            lambda z, shares, means, sds: torch.logsumexp(
                shares.log()[:, None] - 0.5 * _squares(z, means, sds) - sds.log() - 0.5 * LOG_2PI, 1
            ).sum(1),
        ),
        Mistake(
            "no gradient",
            "The values are right, and no gradient passes: something cuts the graph (detach, .data, no_grad, or a tensor "
            "made anew from numbers). A prior can then not be fitted.",
            lambda z, shares, means, sds: torch.logsumexp(shares.log() + _parts(z, means, sds), 1).detach(),
        ),
        Mistake(
            "M constants",
            "−½ log 2π stands there once for each part. It belongs to each of the L axes.",
            lambda z, w, means, sds: log_mixture(z, w, means, sds) + 0.5 * (z.shape[1] - len(w)) * LOG_2PI,
        ),
        Mistake(
            "parts alike",
            "You average the parts alike, 1/M each. Each counts by its share.",
            lambda z, shares, means, sds: log_mixture(z, torch.ones_like(shares) / len(shares), means, sds),
        ),
    ),
)
