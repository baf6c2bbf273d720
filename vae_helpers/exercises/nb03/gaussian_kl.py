"""Equation (6), for any two Gaussians."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def gaussian_kl(mean0, covariance0, mean1, covariance1):
    """Equation (6): D[N(μ₀, Σ₀)‖N(μ₁, Σ₁)] in nats, with Cholesky factors and no explicit inverse.

    mean0, mean1: (k,). covariance0, covariance1: positive definite, (k, k). Returns ().
    """
    factor0, factor1 = torch.linalg.cholesky(covariance0), torch.linalg.cholesky(covariance1)
    trace = torch.linalg.solve_triangular(factor1, factor0, upper=False).square().sum()
    difference = (mean1 - mean0)[:, None]
    distance = torch.linalg.solve_triangular(factor1, difference, upper=False).square().sum()
    logdet0, logdet1 = 2 * factor0.diagonal().log().sum(), 2 * factor1.diagonal().log().sum()
    return 0.5 * (trace + distance - len(mean0) + logdet1 - logdet0)


def _oracle(mean0, covariance0, mean1, covariance1):
    normal = torch.distributions.MultivariateNormal
    return torch.distributions.kl_divergence(normal(mean0, covariance0), normal(mean1, covariance1))


def _covariance(k, seed):
    root = gaussian(k, k, seed=seed)
    return root @ root.T + 0.5 * torch.eye(k)


def _terms(mean0, covariance0, mean1, covariance1):
    """Trace, squared distance, difference of the log-determinants, and k."""
    inverse, difference = torch.linalg.inv(covariance1), mean1 - mean0
    logdet = torch.logdet(covariance1) - torch.logdet(covariance0)
    return torch.trace(inverse @ covariance0), difference @ inverse @ difference, logdet, float(len(mean0))


def _combined(rule):
    return lambda *arguments: rule(*_terms(*arguments))


EXERCISE = Exercise(
    notebook="03",
    goal="Write equation (6) for any two Gaussians, in a way that stays accurate for narrow ones.",
    reference=gaussian_kl,
    oracle=_oracle,
    hints=(
        "Four terms: a trace, a squared distance, −k, and a difference of log-determinants. Write them one by one.",
        "With Σ₁ = CCᵀ: (μ₁−μ₀)ᵀΣ₁⁻¹(μ₁−μ₀) is the squared length of C⁻¹(μ₁−μ₀), and log|Σ₁| = 2 Σ log Cᵢᵢ. "
        "torch.linalg.solve_triangular(C, v, upper=False) gives C⁻¹v without an inverse.",
        "trace = ‖C₁⁻¹C₀‖², sum of squares of all entries; distance = ‖C₁⁻¹(μ₁−μ₀)‖²; then "
        "½(trace + distance − k + log|Σ₁| − log|Σ₀|).",
    ),
    probes=(
        (torch.tensor([1.0]), torch.tensor([[4.0]]), torch.tensor([0.0]), torch.tensor([[1.0]])),
        (gaussian(3, seed=1), _covariance(3, 2), gaussian(3, seed=3), _covariance(3, 4)),
        (gaussian(2, seed=5), 1e-3 * _covariance(2, 6), gaussian(2, seed=5) + 0.01, 2e-3 * _covariance(2, 7)),
    ),
    tolerance=1e-3,
    mistakes=(
        Mistake(
            "direction",
            "You computed D[N₁‖N₀]. The roles are swapped: the inverse is that of Σ₁, the second argument.",
            lambda mean0, covariance0, mean1, covariance1: _oracle(mean1, covariance1, mean0, covariance0),
        ),
        Mistake(
            "no −k",
            "The term −k is missing. Check: for two equal Gaussians the answer must be 0, and tr Σ⁻¹Σ = k.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance + logdet)),
        ),
        Mistake(
            "−1 for −k",
            "You subtract 1 once. It is −k, one for each dimension.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance - 1 + logdet)),
        ),
        Mistake(
            "no half",
            "The ½ in front is missing.",
            _combined(lambda trace, distance, logdet, k: trace + distance - k + logdet),
        ),
        Mistake(
            "determinants upside down",
            "The ratio of determinants is upside down: it is log |Σ₁| − log |Σ₀|, the second minus the first.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance - k - logdet)),
        ),
        Mistake(
            "determinant of the factor",
            "log|Σ| = 2 Σ log Cᵢᵢ: the 2 is missing, since Σ is the product of two factors.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance - k + logdet / 2)),
        ),
        Mistake(
            "no determinants",
            "The log-determinants are missing. Without them nothing holds the first Gaussian back from shrinking.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance - k)),
        ),
        Mistake(
            "distance in units of Σ₀",
            "The distance of the means is measured with Σ₀. It is Σ₁⁻¹: the second Gaussian says how surprising a "
            "deviation is.",
            lambda mean0, covariance0, mean1, covariance1: (
                0.5
                * (
                    _terms(mean0, covariance0, mean1, covariance1)[0]
                    + (mean1 - mean0) @ torch.linalg.inv(covariance0) @ (mean1 - mean0)
                    - len(mean0)
                    + torch.logdet(covariance1)
                    - torch.logdet(covariance0)
                )
            ),
        ),
        Mistake(
            "distance not squared",
            "The second term is the squared distance; you took its root.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance**0.5 - k + logdet)),
        ),
    ),
)
