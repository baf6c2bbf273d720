"""Equation (6), for any two Gaussians."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
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


def _terms(mean0, covariance0, mean1, covariance1):
    """Trace, squared distance, difference of the log-determinants, and k."""
    inverse, difference = torch.linalg.inv(covariance1), mean1 - mean0
    logdet = torch.logdet(covariance1) - torch.logdet(covariance0)
    return torch.trace(inverse @ covariance0), difference @ inverse @ difference, logdet, float(len(mean0))


def _combined(rule):
    return lambda *arguments: rule(*_terms(*arguments))


def _of_determinants(mean0, covariance0, mean1, covariance1):
    trace, distance, _, k = _terms(mean0, covariance0, mean1, covariance1)
    return 0.5 * (trace + distance - k + (torch.linalg.det(covariance1) / torch.linalg.det(covariance0)).log())


def _with_jitter(size):
    def code(mean0, covariance0, mean1, covariance1):
        more = size * torch.eye(len(mean0))
        return _oracle(mean0, covariance0 + more, mean1, covariance1 + more)

    return code


EXERCISE = Exercise(
    notebook="03",
    goal="Write equation (6) for any two Gaussians, in a way that stays accurate for narrow ones.",
    reference=gaussian_kl,
    alternatives=(_term_by_term,),
    oracle=_oracle,
    hints=(
        "Four terms: a trace, a squared distance, −k, and a difference of log-determinants. Write them one by one.",
        "With Σ₁ = CCᵀ: (μ₁−μ₀)ᵀΣ₁⁻¹(μ₁−μ₀) is the squared length of C⁻¹(μ₁−μ₀), and log|Σ₁| = 2 Σ log Cᵢᵢ. "
        "torch.linalg.solve_triangular(C, v, upper=False) gives C⁻¹v without an inverse.",
        "trace = ‖C₁⁻¹C₀‖², sum of squares of all entries; distance = ‖C₁⁻¹(μ₁−μ₀)‖²; then "
        "½(trace + distance − k + log|Σ₁| − log|Σ₀|).",
    ),
    probes=(
        (torch.zeros(2), torch.eye(2), torch.tensor([2.0, 1.0]), torch.diag(torch.tensor([4.0, 1.0]))),
        (gaussian(3, seed=1), _covariance(3, 2), gaussian(3, seed=3), _covariance(3, 4)),
        (gaussian(2, seed=5), 1e-3 * _covariance(2, 6), gaussian(2, seed=5) + 0.01, 2e-3 * _covariance(2, 7)),
        (gaussian(20, seed=8), 1e-4 * torch.eye(20), gaussian(20, seed=8) + 0.01, 2e-4 * torch.eye(20)),
        (torch.zeros(4), 1e-16 * _covariance(4, 9), 1e-8 * gaussian(4, seed=10), 1e-16 * _covariance(4, 11)),
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
            edit=((" - len(mean0)", ""),),
        ),
        Mistake(
            "−1 for −k",
            "You subtract 1 once. It is −k, one for each dimension.",
            edit=(("- len(mean0)", "- 1"),),
        ),
        Mistake("no half", "The ½ in front is missing.", edit=(("0.5 * (trace", "(trace"),)),
        Mistake(
            "half of the first term",
            "The ½ stands before the trace alone. It belongs to all four terms: write 0.5 * ( ... ).",
            _combined(lambda trace, distance, logdet, k: 0.5 * trace + distance - k + logdet),
        ),
        Mistake(
            "determinants upside down",
            "The ratio of determinants is upside down: it is log |Σ₁| − log |Σ₀|, the second minus the first.",
            edit=(("+ logdet1 - logdet0", "+ logdet0 - logdet1"),),
        ),
        Mistake(
            "determinant of the factor",
            "log|Σ| = 2 Σ log Cᵢᵢ: the 2 is missing, since Σ is the product of two factors.",
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance - k + logdet / 2)),
        ),
        Mistake(
            "no determinants",
            "The log-determinants are missing. Without them nothing holds the first Gaussian back from shrinking.",
            edit=((" + logdet1 - logdet0", ""),),
        ),
        Mistake(
            "no trace",
            "The trace is missing. It says how far N₀ spreads, in units of N₁.",
            edit=(("trace + distance", "distance"),),
        ),
        Mistake(
            "no distance",
            "The distance of the means is missing.",
            edit=(("trace + distance", "trace"),),
        ),
        Mistake(
            "determinant underflows",
            "Right in theory, but in 20 dimensions of variance 1e-4 the determinant is 1e-80, which is 0 in single "
            "precision. Take logarithms before you multiply: torch.logdet, or the sum of the logarithms of a Cholesky "
            "factor's diagonal.",
            _of_determinants,
        ),
        Mistake(
            "1e-6 added",
            "You add 1e-6 to the diagonals. A Gaussian of variance 1e-16 becomes another one by that. Both covariances are "
            "positive definite as they are.",
            _with_jitter(1e-6),
        ),
        Mistake(
            "1e-8 added",
            "You add 1e-8 to the diagonals. A Gaussian of variance 1e-16 becomes another one by that. Both covariances are "
            "positive definite as they are.",
            _with_jitter(1e-8),
        ),
        Mistake(
            "elementwise product",
            "You multiply Σ₁⁻¹ and Σ₀ entry by entry (*), and take the trace of that. The trace is that of the matrix "
            "product (@).",
            lambda mean0, covariance0, mean1, covariance1: (
                _oracle(mean0, covariance0, mean1, covariance1)
                + 0.5 * torch.trace(torch.linalg.inv(covariance1) * covariance0)
                - 0.5 * _terms(mean0, covariance0, mean1, covariance1)[0]
            ),
        ),
        Mistake(
            "distance in units of Σ₀",
            "The distance of the means is measured with Σ₀. It is Σ₁⁻¹: the second Gaussian says how surprising a "
            "deviation is.",
            lambda mean0, covariance0, mean1, covariance1: (
                _oracle(mean0, covariance0, mean1, covariance1)
                + 0.5 * (mean1 - mean0) @ torch.linalg.inv(covariance0) @ (mean1 - mean0)
                - 0.5 * _terms(mean0, covariance0, mean1, covariance1)[1]
            ),
        ),
        Mistake(
            "distance not squared",
            "The second term is the squared distance; you took its root.",
            edit=(("trace + distance", "trace + distance**0.5"),),
        ),
        Mistake(
            "distance without Σ₁",
            "The distance of the means is the plain squared length. It is measured in units of N₁: with Σ₁⁻¹ between.",
            edit=(("away.square()", "difference.square()"),),
        ),
        Mistake(
            "trace without the squares",
            "You take the trace of C₁⁻¹C₀. The trace of Σ₁⁻¹Σ₀ is the sum of the squares of all its entries.",
            edit=(("whitened.square().sum()", "whitened.trace()"),),
        ),
    ),
)
