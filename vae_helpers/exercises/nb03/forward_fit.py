"""A Gaussian fitted in the forward direction."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def forward_fit(z, p, spacing):
    """The Gaussian q = N(mean, sd²) for which the forward divergence D[p‖q] is least.

    z: points of a regular grid, (G,). p: a density there, (G,), practically 0 at both
    ends, whose sum times the spacing is 1. Returns mean (), sd (), a tuple.
    """
    mean = (z * p).sum() * spacing
    variance = ((z - mean) ** 2 * p).sum() * spacing
    return mean, variance.sqrt()


def _by_moments(z, p, spacing):
    first = (z * p).sum() * spacing
    second = (z**2 * p).sum() * spacing
    return first, (second - first**2).sqrt()


def _by_weights(z, p, spacing):
    weights = p * spacing
    mean = weights @ z
    return mean, (weights @ (z - mean).square()).sqrt()


def _oracle(z, p, spacing):
    # Descent on D[p‖q] itself, over (mean, log sd), with derivatives by autograd.
    z, p = z.double(), p.double()
    state = torch.tensor([0.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([state], max_iter=200, tolerance_change=1e-14, line_search_fn="strong_wolfe")

    def divergence():
        optimizer.zero_grad()
        log_q = -0.5 * ((z - state[0]) / state[1].exp()) ** 2 - state[1]
        loss = -(p * log_q).sum() * spacing
        loss.backward()
        return loss

    optimizer.step(divergence)
    return state[0].detach().float(), state[1].detach().exp().float()


def _mixture(weight, left, left_sd, right, right_sd, points, dtype=torch.float32):
    z = torch.linspace(-6, 6, points, dtype=dtype)
    normal = torch.distributions.Normal
    p = weight * normal(left, left_sd).log_prob(z).exp() + (1 - weight) * normal(right, right_sd).log_prob(z).exp()
    return z, p, (z[1] - z[0]).item()


EXERCISE = Exercise(
    notebook="03",
    goal="Fit a Gaussian to a density with two humps in the forward direction, $D[p\\|q]$.",
    reference=forward_fit,
    alternatives=(_by_moments, _by_weights),
    oracle=_oracle,
    hints=(
        "$D[p\\|q] = E_p[\\log p - \\log q]$. Only $-E_p[\\log q]$ depends on q. Put the Gaussian's log-density in.",
        "$-E_p[\\log q] = E_p[(z - m)^2]/(2s^2) + \\log s$ plus a constant. Set its derivatives by $m$ and by $s$ to "
        "zero.",
        "$m = E_p[z]$ and $s^2 = E_p[(z - m)^2]$; on the grid an expectation is the sum of values times p times the "
        "spacing.",
    ),
    then="In this direction the best q has the mean and the standard deviation of p, whatever p looks like.",
    again="the two cells below the hints.",
    probes=(
        (torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0]), torch.tensor([0.0, 0.5, 1.0, 0.5, 0.0]), 0.5),
        _mixture(0.5, -1.0, 0.6, 1.0, 0.6, 61),
        _mixture(0.7, -2.0, 0.5, 1.5, 0.5, 121),
        _mixture(0.6, -1.5, 0.5, 2.0, 0.7, 1201, torch.float64),
    ),
    tolerance=2e-3,
    mistakes=(
        Mistake(
            "variance for sd",
            "The mean is right. You return the variance; take its root for the standard deviation.",
            edit=(("variance.sqrt()", "variance"),),
        ),
        Mistake(
            "no spacing",
            "The spacing is missing: on a grid, an integral is a sum times the spacing.",
            edit=(("(z * p).sum() * spacing", "(z * p).sum()"), ("** 2 * p).sum() * spacing", "** 2 * p).sum()")),
        ),
        Mistake(
            "unweighted",
            "You averaged over the grid points without weighting them by p: every z counts as much as any other.",
            lambda z, p, spacing: (z.mean(), z.std()),
        ),
        Mistake(
            "width unweighted",
            "The mean is right. In the variance every grid point counts as much as any other: weight by p.",
            lambda z, p, spacing: ((z * p).sum() * spacing, z.std()),
        ),
        Mistake(
            "width unweighted, without Bessel's correction",
            "The mean is right. The spread is that of the grid itself, whatever p is: weight the squares by p, not evenly.",
            edit=(("((z - mean) ** 2 * p).sum() * spacing", "((z - mean) ** 2).mean()"),),
        ),
        Mistake(
            "mean and spread of the densities",
            "These are the mean and the standard deviation of the densities p themselves. Wanted are those of z, weighted by p.",
            lambda z, p, spacing: (p.mean(), p.std()),
        ),
        Mistake(
            "median",
            "You put the mean at p's median. The forward fit takes p's mean, E_p[z].",
            lambda z, p, spacing: (
                z[(p.cumsum(0) * spacing >= 0.5).nonzero()[0, 0]],
                (((z - z[(p.cumsum(0) * spacing >= 0.5).nonzero()[0, 0]]) ** 2 * p).sum() * spacing).sqrt(),
            ),
        ),
        Mistake(
            "height of the peak",
            "You read the width off the height of p's highest point, as if p were one Gaussian there. The forward fit must "
            "cover all of p.",
            lambda z, p, spacing: (z[p.argmax()], 1 / (p.max() * math.sqrt(2 * math.pi))),
        ),
        Mistake(
            "mode",
            "You put the mean at p's highest point. That is closer to what the reverse direction does. The forward fit "
            "must cover all of p, so its mean is p's mean.",
            lambda z, p, spacing: (z[p.argmax()], (((z - z[p.argmax()]) ** 2 * p).sum() * spacing).sqrt()),
        ),
        Mistake(
            "reverse fit",
            "You fitted the hump with the highest point alone, by its place and curvature. That is what the reverse "
            "direction does. The forward fit must cover all of p.",
            lambda z, p, spacing: (
                z[p.argmax()],
                (2 * p.max().log() - p[p.argmax() - 1].log() - p[p.argmax() + 1].log()).rsqrt() * spacing,
            ),
        ),
        Mistake(
            "second moment",
            "You return the root of E[z²]. The variance is around the mean: E[(z − m)²] = E[z²] − m².",
            edit=(("((z - mean) ** 2 * p)", "(z**2 * p)"),),
        ),
        Mistake(
            "mean not squared",
            "The variance is E[z²] − m², with the square of the mean; you subtract the mean.",
            lambda z, p, spacing: (
                (z * p).sum() * spacing,
                ((z**2 * p).sum() * spacing - (z * p).sum() * spacing).abs().sqrt(),
            ),
        ),
        Mistake(
            "mean absolute deviation",
            "You return E|z − m|. The best sd is the root of E[(z − m)²].",
            edit=(("((z - mean) ** 2 * p)", "((z - mean).abs() * p)"), ("variance.sqrt()", "variance")),
        ),
        Mistake(
            "precision",
            "The mean is right. You return one over the standard deviation.",
            edit=(("variance.sqrt()", "variance.rsqrt()"),),
        ),
        Mistake(
            "p squared",
            "You weight by p². An expectation under p weights by p once.",
            lambda z, p, spacing: (
                (z * p**2).sum() / (p**2).sum(),
                (((z - (z * p**2).sum() / (p**2).sum()) ** 2 * p**2).sum() / (p**2).sum()).sqrt(),
            ),
        ),
        Mistake(
            "a mean for the sum",
            "You take torch's mean of z·p, which divides by the number of grid points. E_p[z] is the sum of z·p times the "
            "spacing.",
            edit=(("(z * p).sum() * spacing", "(z * p).mean()"), ("** 2 * p).sum() * spacing", "** 2 * p).mean()")),
        ),
        Mistake(
            "order",
            "The two are in the wrong order: first the mean, then the standard deviation.",
            edit=(("mean, variance.sqrt()", "variance.sqrt(), mean"),),
        ),
    ),
)
