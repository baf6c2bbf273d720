"""A Gaussian fitted in the forward direction."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def forward_fit(z, p, spacing):
    """The Gaussian q that minimizes the forward divergence D[p‖q]: it matches p's mean and standard deviation.

    z: grid points, (G,). p: a density on them, with integral 1, (G,). spacing: of the grid. Returns mean (), sd ().
    """
    mean = (z * p).sum() * spacing
    variance = ((z - mean) ** 2 * p).sum() * spacing
    return mean, variance.sqrt()


def _oracle(z, p, spacing):
    # Newton's method on D[p‖q] itself, over (mean, log sd), with derivatives by autograd.
    z, p = z.double(), p.double()
    state = torch.tensor([0.0, 0.0], dtype=torch.float64)

    def divergence(s):
        log_q = -0.5 * ((z - s[0]) / s[1].exp()) ** 2 - s[1]
        return -(p * log_q).sum() * spacing

    for _ in range(200):
        gradient = torch.autograd.functional.jacobian(divergence, state)
        hessian = torch.autograd.functional.hessian(divergence, state)
        step = torch.linalg.solve(hessian + 1e-3 * torch.eye(2, dtype=torch.float64), gradient)
        state = state - step.clamp(-0.3, 0.3)
    return state[0].float(), state[1].exp().float()


def _mixture(weight, left, right, sd, points):
    z = torch.linspace(-6, 6, points)
    normal = torch.distributions.Normal
    p = weight * normal(left, sd).log_prob(z).exp() + (1 - weight) * normal(right, sd).log_prob(z).exp()
    return z, p, (z[1] - z[0]).item()


EXERCISE = Exercise(
    notebook="03",
    goal="Fit a Gaussian to a density with two humps in the forward direction, D[p‖q].",
    reference=forward_fit,
    oracle=_oracle,
    hints=(
        "D[p‖q] = E_p[log p − log q]. Only −E_p[log q] depends on q. Put the Gaussian's log-density in.",
        "−E_p[log q] = E_p[(z − m)²]/(2s²) + log s + a constant. Set its derivatives by m and by s to zero.",
        "m = E_p[z] and s² = E_p[(z − m)²]; on the grid an expectation is the sum of values times p times the spacing.",
    ),
    probes=(
        _mixture(0.5, -1.0, 1.0, 0.6, 61),
        _mixture(0.7, -2.0, 1.5, 0.5, 121),
    ),
    tolerance=2e-3,
    mistakes=(
        Mistake(
            "variance for sd",
            "The mean is right. You return the variance; take its root for the standard deviation.",
            lambda z, p, spacing: ((z * p).sum() * spacing, ((z - (z * p).sum() * spacing) ** 2 * p).sum() * spacing),
        ),
        Mistake(
            "no spacing",
            "The spacing is missing: on a grid, an integral is a sum times the spacing.",
            lambda z, p, spacing: ((z * p).sum(), ((z - (z * p).sum()) ** 2 * p).sum().sqrt()),
        ),
        Mistake(
            "unweighted",
            "You averaged over the grid points without weighting them by p: every z counts as much as any other.",
            lambda z, p, spacing: (z.mean(), z.std()),
        ),
        Mistake(
            "mode",
            "You put the mean at p's highest point. That is closer to what the reverse direction does. The forward fit "
            "must cover all of p, so its mean is p's mean.",
            lambda z, p, spacing: (z[p.argmax()], (((z - z[p.argmax()]) ** 2 * p).sum() * spacing).sqrt()),
        ),
        Mistake(
            "second moment",
            "You return the root of E[z²]. The variance is around the mean: E[(z − m)²] = E[z²] − m².",
            lambda z, p, spacing: ((z * p).sum() * spacing, ((z**2 * p).sum() * spacing).sqrt()),
        ),
        Mistake(
            "mean absolute deviation",
            "You return E|z − m|. The best sd is the root of E[(z − m)²].",
            lambda z, p, spacing: ((z * p).sum() * spacing, ((z - (z * p).sum() * spacing).abs() * p).sum() * spacing),
        ),
    ),
)
