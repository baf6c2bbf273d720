"""Wrong answers to `gaussian_kl`, and what to say to each."""

import torch

from vae_helpers.exercises.engine import Mistake


def _kl(mean0, covariance0, mean1, covariance1):
    normal = torch.distributions.MultivariateNormal
    return torch.distributions.kl_divergence(normal(mean0, covariance0), normal(mean1, covariance1))


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
        return _kl(mean0, covariance0 + more, mean1, covariance1 + more)

    return code


MISTAKES = (
    Mistake(
        "direction",
        "You computed D[N₁‖N₀]. The roles are swapped: the inverse is that of Σ₁, the second argument.",
        lambda mean0, covariance0, mean1, covariance1: _kl(mean1, covariance1, mean0, covariance0),
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
    *(
        Mistake(
            f"{size} added",
            f"You add {size} to the diagonals. A Gaussian of variance 1e-16 becomes another one by that. Both covariances are "
            "positive definite as they are.",
            _with_jitter(size),
        )
        for size in (1e-4, 1e-5, 1e-6, 1e-8)
    ),
    Mistake(
        "1e-6 added to the second",
        "You add 1e-6 to the diagonal of Σ₁. A Gaussian of variance 1e-16 becomes another one by that.",
        lambda mean0, covariance0, mean1, covariance1: _kl(
            mean0, covariance0, mean1, covariance1 + 1e-6 * torch.eye(len(mean0))
        ),
    ),
    Mistake(
        "1e-6 in the inverse",
        "You add 1e-6 to the diagonal before inverting. A Gaussian of variance 1e-16 becomes another one by that.",
        lambda mean0, covariance0, mean1, covariance1: (
            0.5 * sum(_terms(mean0, covariance0, mean1, covariance1 + 1e-6 * torch.eye(len(mean0)))[:2])
            + 0.5 * (_terms(mean0, covariance0, mean1, covariance1)[2] - len(mean0))
        ),
    ),
    Mistake(
        "only the diagonals",
        "You take the logarithm of the diagonal of Σ. The determinant is the product of the diagonal only for a triangular "
        "matrix, such as the Cholesky factor.",
        lambda mean0, covariance0, mean1, covariance1: (
            _combined(lambda trace, distance, logdet, k: 0.5 * (trace + distance - k))(
                mean0, covariance0, mean1, covariance1
            )
            + 0.5 * (covariance1.diagonal() / covariance0.diagonal()).log().sum()
        ),
    ),
    Mistake(
        "product without the inverse",
        "You take the trace of Σ₁Σ₀. It is Σ₁⁻¹Σ₀: the spread of N₀ in units of N₁.",
        lambda mean0, covariance0, mean1, covariance1: (
            _combined(lambda trace, distance, logdet, k: 0.5 * (distance - k + logdet))(
                mean0, covariance0, mean1, covariance1
            )
            + 0.5 * torch.trace(covariance1 @ covariance0)
        ),
    ),
    Mistake(
        "elementwise product",
        "You multiply Σ₁⁻¹ and Σ₀ entry by entry (*), and take the trace of that. The trace is that of the matrix "
        "product (@).",
        lambda mean0, covariance0, mean1, covariance1: (
            _kl(mean0, covariance0, mean1, covariance1)
            + 0.5 * torch.trace(torch.linalg.inv(covariance1) * covariance0)
            - 0.5 * _terms(mean0, covariance0, mean1, covariance1)[0]
        ),
    ),
    Mistake(
        "distance in units of Σ₀",
        "The distance of the means is measured with Σ₀. It is Σ₁⁻¹: the second Gaussian says how surprising a "
        "deviation is.",
        lambda mean0, covariance0, mean1, covariance1: (
            _kl(mean0, covariance0, mean1, covariance1)
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
    Mistake(
        "no inverse",
        "Σ₁ stands where its inverse belongs, in the trace and between the means.",
        lambda m0, c0, m1, c1: (
            0.5 * (torch.trace(c1 @ c0) + (m1 - m0) @ c1 @ (m1 - m0) - len(m0) + torch.logdet(c1) - torch.logdet(c0))
        ),
    ),
    Mistake(
        "sum for trace",
        "You add up all entries of Σ₁⁻¹Σ₀. The trace adds up its diagonal only.",
        lambda m0, c0, m1, c1: 0.5 * (torch.linalg.solve(c1, c0).sum() + sum(_terms(m0, c0, m1, c1)[1:3]) - len(m0)),
    ),
    Mistake(
        "trace entry by entry",
        "In the trace you divide Σ₀ by Σ₁ entry by entry. It is that of Σ₁⁻¹Σ₀: torch.linalg.solve(Σ₁, Σ₀).",
        lambda m0, c0, m1, c1: 0.5 * (torch.trace(c0 / c1) + sum(_terms(m0, c0, m1, c1)[1:3]) - len(m0)),
    ),
    Mistake(
        "one over each entry",
        "1/Σ₁ divides entry by entry. The inverse of a matrix is torch.linalg.inv, or a solve.",
        lambda m0, c0, m1, c1: (
            0.5 * (torch.trace((1 / c1) @ c0) + (m1 - m0) @ (1 / c1) @ (m1 - m0) + _terms(m0, c0, m1, c1)[2] - len(m0))
        ),
    ),
    Mistake(
        "diagonals alone",
        "You use the diagonals of Σ₀ and Σ₁ alone, as if the coordinates were independent. The other entries count as well.",
        lambda m0, c0, m1, c1: _kl(m0, torch.diag(c0.diagonal()), m1, torch.diag(c1.diagonal())),
    ),
    Mistake(
        "to the standard normal",
        "This is the divergence from N(0, I). The second Gaussian has a mean and a covariance of its own.",
        lambda m0, c0, m1, c1: _kl(m0, c0, torch.zeros_like(m0), torch.eye(len(m0))),
    ),
)
