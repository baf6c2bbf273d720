"""Equation (6), for any two Gaussians."""

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb03.gaussian_kl_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def gaussian_kl(mean0, covariance0, mean1, covariance1):
    """Equation (6): D[N(μ₀, Σ₀)‖N(μ₁, Σ₁)], in nats.

    mean0, mean1: (k,). covariance0, covariance1: positive definite, (k, k); they may be
    narrow: variances of 1e-4 in 20 dimensions, of 1e-16 in 4. Returns ().
    """
    factor0 = torch.linalg.cholesky(covariance0)
    factor1 = torch.linalg.cholesky(covariance1)
    whitened = torch.linalg.solve_triangular(factor1, factor0, upper=False)
    difference = (mean1 - mean0)[:, None]
    away = torch.linalg.solve_triangular(factor1, difference, upper=False)
    trace, distance = whitened.square().sum(), away.square().sum()
    logdet0 = 2 * factor0.diagonal().log().sum()
    logdet1 = 2 * factor1.diagonal().log().sum()
    return 0.5 * (trace + distance - len(mean0) + logdet1 - logdet0)


def _term_by_term(mean0, covariance0, mean1, covariance1):
    difference = mean1 - mean0
    trace = torch.trace(torch.linalg.solve(covariance1, covariance0))
    distance = difference @ torch.linalg.solve(covariance1, difference)
    ratio = torch.logdet(covariance1) - torch.logdet(covariance0)
    return 0.5 * (trace + distance - len(mean0) + ratio)


def _oracle(mean0, covariance0, mean1, covariance1):
    normal = torch.distributions.MultivariateNormal
    return torch.distributions.kl_divergence(normal(mean0, covariance0), normal(mean1, covariance1))


def _covariance(k, seed):
    root = gaussian(k, k, seed=seed)
    return root @ root.T + 0.5 * torch.eye(k)


EXERCISE = Exercise(
    notebook="03",
    goal="Write equation (6) for any two Gaussians, in a way that stays accurate for narrow ones.",
    reference=gaussian_kl,
    alternatives=(_term_by_term,),
    oracle=_oracle,
    hints=(
        "Four terms: a trace, a squared distance, $-k$, and a difference of log-determinants. Write them one by one.",
        "With $\\Sigma_1 = CC^\\top$, $(\\mu_1-\\mu_0)^\\top\\Sigma_1^{-1}(\\mu_1-\\mu_0)$ is the squared length of "
        "$C^{-1}(\\mu_1-\\mu_0)$, and $\\log|\\Sigma_1| = 2\\sum_i\\log C_{ii}$. `torch.linalg.solve_triangular(C, v, "
        "upper=False)` gives $C^{-1}v$ without an inverse.",
        "The trace is $\\|C_1^{-1}C_0\\|^2$, the sum of the squares of all entries; the distance is "
        "$\\|C_1^{-1}(\\mu_1-\\mu_0)\\|^2$; then $\\tfrac12(\\text{trace} + \\text{distance} - k + \\log|\\Sigma_1| - "
        "\\log|\\Sigma_0|)$.",
    ),
    then="Try two equal Gaussians: the trace is k, −k takes it away, and D is 0.",
    again="the cells below the hints, down to the crossed ellipses in 3.3.",
    probes=(
        (torch.zeros(2), torch.eye(2), torch.tensor([2.0, 1.0]), torch.diag(torch.tensor([4.0, 1.0]))),
        (gaussian(3, seed=1), _covariance(3, 2), gaussian(3, seed=3), _covariance(3, 4)),
        (gaussian(2, seed=5), 1e-3 * _covariance(2, 6), gaussian(2, seed=5) + 0.01, 2e-3 * _covariance(2, 7)),
        (gaussian(20, seed=8), 1e-4 * torch.eye(20), gaussian(20, seed=8) + 0.01, 2e-4 * torch.eye(20)),
        (torch.zeros(4), 1e-16 * _covariance(4, 9), 1e-8 * gaussian(4, seed=10), 1e-16 * _covariance(4, 11)),
    ),
    tolerance=1e-3,
    mistakes=MISTAKES,
)
