"""Notebook 03: the KL divergence."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.predictions import Choice, Prediction


def _numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _covariance(k, seed):
    root = _numbers(k, k, seed=seed)
    return root @ root.T + 0.5 * torch.eye(k)


# ---- equation (6) ----------------------------------------------------------------------------------------------------


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


def _kl_oracle(mean0, covariance0, mean1, covariance1):
    normal = torch.distributions.MultivariateNormal
    return torch.distributions.kl_divergence(normal(mean0, covariance0), normal(mean1, covariance1))


def _terms(m0, c0, m1, c1):
    inverse, d = torch.linalg.inv(c1), m1 - m0
    return torch.trace(inverse @ c0), d @ inverse @ d, torch.logdet(c1) - torch.logdet(c0), float(len(m0))


def _combined(rule):
    return lambda m0, c0, m1, c1: rule(*_terms(m0, c0, m1, c1))


_GAUSSIAN_KL = Exercise(
    notebook="03",
    goal="Write equation (6) for any two Gaussians, in a way that stays accurate for narrow ones.",
    reference=gaussian_kl,
    oracle=_kl_oracle,
    hints=(
        "Four terms: a trace, a squared distance, −k, and a difference of log-determinants. Write them one by one.",
        "With Σ₁ = CCᵀ: (μ₁−μ₀)ᵀΣ₁⁻¹(μ₁−μ₀) is the squared length of C⁻¹(μ₁−μ₀), and log|Σ₁| = 2 Σ log Cᵢᵢ. "
        "torch.linalg.solve_triangular(C, v, upper=False) gives C⁻¹v without an inverse.",
        "trace = ‖C₁⁻¹C₀‖², sum of squares of all entries; distance = ‖C₁⁻¹(μ₁−μ₀)‖²; then "
        "½(trace + distance − k + log|Σ₁| − log|Σ₀|).",
    ),
    probes=(
        (torch.tensor([1.0]), torch.tensor([[4.0]]), torch.tensor([0.0]), torch.tensor([[1.0]])),
        (_numbers(3, seed=1), _covariance(3, 2), _numbers(3, seed=3), _covariance(3, 4)),
        (_numbers(2, seed=5), 1e-3 * _covariance(2, 6), _numbers(2, seed=5) + 0.01, 2e-3 * _covariance(2, 7)),
    ),
    tolerance=1e-3,
    mistakes=(
        Mistake(
            "direction",
            "You computed D[N₁‖N₀]. The roles are swapped: the inverse is that of Σ₁, the second argument.",
            lambda m0, c0, m1, c1: _kl_oracle(m1, c1, m0, c0),
        ),
        Mistake(
            "no −k",
            "The term −k is missing. Check: for two equal Gaussians the answer must be 0, and tr Σ⁻¹Σ = k.",
            _combined(lambda t, d, l, k: 0.5 * (t + d + l)),
        ),
        Mistake(
            "−1 for −k",
            "You subtract 1 once. It is −k, one for each dimension.",
            _combined(lambda t, d, l, k: 0.5 * (t + d - 1 + l)),
        ),
        Mistake("no half", "The ½ in front is missing.", _combined(lambda t, d, l, k: t + d - k + l)),
        Mistake(
            "determinants upside down",
            "The ratio of determinants is upside down: it is log |Σ₁| − log |Σ₀|, the second minus the first.",
            _combined(lambda t, d, l, k: 0.5 * (t + d - k - l)),
        ),
        Mistake(
            "determinant of the factor",
            "log|Σ| = 2 Σ log Cᵢᵢ: the 2 is missing, since Σ is the product of two factors.",
            _combined(lambda t, d, l, k: 0.5 * (t + d - k + l / 2)),
        ),
        Mistake(
            "no determinants",
            "The log-determinants are missing. Without them nothing holds the first Gaussian back from shrinking.",
            _combined(lambda t, d, l, k: 0.5 * (t + d - k)),
        ),
        Mistake(
            "distance in units of Σ₀",
            "The distance of the means is measured with Σ₀. It is Σ₁⁻¹: the second Gaussian says how surprising a "
            "deviation is.",
            lambda m0, c0, m1, c1: (
                0.5
                * (
                    _terms(m0, c0, m1, c1)[0]
                    + (m1 - m0) @ torch.linalg.inv(c0) @ (m1 - m0)
                    - len(m0)
                    + torch.logdet(c1)
                    - torch.logdet(c0)
                )
            ),
        ),
        Mistake(
            "distance not squared",
            "The second term is the squared distance; you took its root.",
            _combined(lambda t, d, l, k: 0.5 * (t + d**0.5 - k + l)),
        ),
    ),
)


# ---- equation (7) ----------------------------------------------------------------------------------------------------


def kl_to_standard_normal(mu, logvar):
    """Equation (7): D[N(μ, diag e^logvar)‖N(0, I)], in nats.

    mu, logvar: means and log-variances, (B, L). Returns (B,).
    """
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)


def _standard_oracle(mu, logvar):
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mu, logvar.exp().sqrt()), normal(0.0, 1.0)).sum(dim=1)


_STANDARD_KL = Exercise(
    notebook="03",
    goal="Specialize to a diagonal Gaussian against N(0, I), from the log-variance that an encoder gives.",
    reference=kl_to_standard_normal,
    oracle=_standard_oracle,
    hints=(
        "In (7), tr Σ, μᵀμ, k and log|Σ| are all sums over the L dimensions. What does one dimension contribute?",
        "With σ² = exp(logvar): ½(σ² + μ² − 1 − log σ²) for each dimension, and log σ² is logvar itself.",
        "0.5 * (logvar.exp() + mu² − 1 − logvar), summed over dimension 1.",
    ),
    probes=(
        (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])),
        (_numbers(4, 3, seed=8), _numbers(4, 3, seed=9)),
        (_numbers(2, 16, seed=10), -3 + _numbers(2, 16, seed=11)),
    ),
    mistakes=(
        Mistake(
            "log-variance read as log-sd",
            "You treat logvar as the logarithm of the standard deviation. It is that of the variance: exp(logvar) is σ², "
            "and log σ² is logvar, not 2·logvar.",
            lambda m, v: 0.5 * ((2 * v).exp() + m**2 - 1 - 2 * v).sum(1),
        ),
        Mistake(
            "log-variance read as variance",
            "You treat logvar as the variance. Exponentiate it first; and the last term is logvar itself.",
            lambda m, v: 0.5 * (v + m**2 - 1 - v.log()).sum(1),
        ),
        Mistake(
            "sd for variance",
            "You use the standard deviation exp(logvar/2) where tr Σ asks for the variance exp(logvar).",
            lambda m, v: 0.5 * ((v / 2).exp() + m**2 - 1 - v).sum(1),
        ),
        Mistake("no half", "The ½ in front is missing.", lambda m, v: (v.exp() + m**2 - 1 - v).sum(1)),
        Mistake(
            "no −k",
            "The −1 of each dimension (−k in all) is missing. Check: at μ = 0, logvar = 0 the divergence must be 0.",
            lambda m, v: 0.5 * (v.exp() + m**2 - v).sum(1),
        ),
        Mistake(
            "−1 once",
            "You subtract 1 once for all dimensions. It is −k: one for each.",
            lambda m, v: 0.5 * ((v.exp() + m**2 - v).sum(1) - 1),
        ),
        Mistake(
            "sign",
            "The sign is turned: your values are negative, and a divergence cannot be. (In code that maximizes the bound, "
            "−D appears; here D is wanted.)",
            lambda m, v: -0.5 * (v.exp() + m**2 - 1 - v).sum(1),
        ),
        Mistake(
            "mean over latents",
            "You average over the latent dimensions. D is their sum; a mean makes the KL term L times too weak beside a "
            "reconstruction term that is summed over pixels.",
            lambda m, v: 0.5 * (v.exp() + m**2 - 1 - v).mean(1),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. One number per image is wanted, shape (B,); a loss that depends on the batch size is "
            "the usual next surprise.",
            lambda m, v: 0.5 * (v.exp() + m**2 - 1 - v).sum(),
        ),
        Mistake(
            "mean over everything",
            "You average over batch and latents. Sum over dimension 1 only; the one mean over the batch comes later.",
            lambda m, v: 0.5 * (v.exp() + m**2 - 1 - v).mean(),
        ),
        Mistake(
            "direction",
            "This is D[N(0, I)‖N(μ, Σ)], the other direction.",
            lambda m, v: 0.5 * ((-v).exp() * (1 + m**2) - 1 + v).sum(1),
        ),
    ),
)


# ---- its gradients ---------------------------------------------------------------------------------------------------


def kl_gradients(mu, logvar):
    """Derivatives of (7) by hand, without autograd.

    mu, logvar: (B, L). Returns ∂D/∂mu and ∂D/∂logvar, a tuple of (B, L), (B, L).
    """
    return mu, 0.5 * (logvar.exp() - 1)


def _gradients_oracle(mu, logvar):
    # Central differences of the closed form in double precision.
    h = 1e-5
    mu, logvar = mu.double(), logvar.double()

    def each(m, v):
        normal = torch.distributions.Normal
        return torch.distributions.kl_divergence(normal(m, v.exp().sqrt()), normal(0.0, 1.0))

    by_mu = (each(mu + h, logvar) - each(mu - h, logvar)) / (2 * h)
    by_logvar = (each(mu, logvar + h) - each(mu, logvar - h)) / (2 * h)
    return by_mu.float(), by_logvar.float()


_GRADIENTS = Exercise(
    notebook="03",
    goal="Differentiate (7) by hand and see what pulls where.",
    reference=kl_gradients,
    oracle=_gradients_oracle,
    hints=(
        "One dimension contributes ½(e^v + μ² − 1 − v), with v = logvar. Differentiate by μ, then by v.",
        "The derivative of e^v is e^v, of −v is −1, of μ² is 2μ. Mind the ½.",
        "∂D/∂μ = μ and ∂D/∂v = ½(e^v − 1).",
    ),
    probes=(
        (torch.tensor([[2.0]]), torch.tensor([[0.5]])),
        (_numbers(3, 4, seed=12), _numbers(3, 4, seed=13)),
    ),
    mistakes=(
        Mistake(
            "twice μ",
            "∂D/∂μ is μ, not 2μ: the ½ in front cancels the 2 of the square.",
            lambda m, v: (2 * m, 0.5 * (v.exp() - 1)),
        ),
        Mistake(
            "half of e^v only",
            "In ∂D/∂logvar the ½ covers both terms: ½(e^v − 1). At v = 0, the prior's own variance, it must vanish.",
            lambda m, v: (m, 0.5 * v.exp() - 1),
        ),
        Mistake("no half", "The ½ is missing from ∂D/∂logvar.", lambda m, v: (m, v.exp() - 1)),
        Mistake(
            "by the variance",
            "You differentiated by the variance σ², ½(1 − 1/σ²). The network gives logvar; by the chain rule that is a "
            "factor σ² more.",
            lambda m, v: (m, 0.5 * (1 - (-v).exp())),
        ),
        Mistake(
            "by the standard deviation",
            "You differentiated by the standard deviation σ, σ − 1/σ. The variable is logvar.",
            lambda m, v: (m, (v / 2).exp() - (-v / 2).exp()),
        ),
        Mistake(
            "signs",
            "Both signs are turned: this is the downhill direction. The derivative points uphill.",
            lambda m, v: (-m, -0.5 * (v.exp() - 1)),
        ),
        Mistake(
            "order",
            "The two derivatives are in the wrong order: first by mu, then by logvar.",
            lambda m, v: (0.5 * (v.exp() - 1), m),
        ),
    ),
)


# ---- the forward fit -------------------------------------------------------------------------------------------------


def forward_fit(z, p, spacing):
    """The Gaussian q that minimizes the forward divergence D[p‖q]: it matches p's mean and standard deviation.

    z: grid points, (G,). p: a density on them, with integral 1, (G,). spacing: of the grid. Returns mean (), sd ().
    """
    mean = (z * p).sum() * spacing
    variance = ((z - mean) ** 2 * p).sum() * spacing
    return mean, variance.sqrt()


def _forward_oracle(z, p, spacing):
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


_FORWARD = Exercise(
    notebook="03",
    goal="Fit a Gaussian to a density with two humps in the forward direction, D[p‖q].",
    reference=forward_fit,
    oracle=_forward_oracle,
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
            lambda z, p, h: ((z * p).sum() * h, ((z - (z * p).sum() * h) ** 2 * p).sum() * h),
        ),
        Mistake(
            "no spacing",
            "The spacing is missing: on a grid, an integral is a sum times the spacing.",
            lambda z, p, h: ((z * p).sum(), ((z - (z * p).sum()) ** 2 * p).sum().sqrt()),
        ),
        Mistake(
            "unweighted",
            "You averaged over the grid points without weighting them by p: every z counts as much as any other.",
            lambda z, p, h: (z.mean(), z.std()),
        ),
        Mistake(
            "mode",
            "You put the mean at p's highest point. That is closer to what the reverse direction does. The forward fit "
            "must cover all of p, so its mean is p's mean.",
            lambda z, p, h: (z[p.argmax()], (((z - z[p.argmax()]) ** 2 * p).sum() * h).sqrt()),
        ),
        Mistake(
            "second moment",
            "You return the root of E[z²]. The variance is around the mean: E[(z − m)²] = E[z²] − m².",
            lambda z, p, h: ((z * p).sum() * h, ((z**2 * p).sum() * h).sqrt()),
        ),
        Mistake(
            "mean absolute deviation",
            "You return E|z − m|. The best sd is the root of E[(z − m)²].",
            lambda z, p, h: ((z * p).sum() * h, ((z - (z * p).sum() * h).abs() * p).sum() * h),
        ),
    ),
)

EXERCISES = (_GAUSSIAN_KL, _STANDARD_KL, _GRADIENTS, _FORWARD)

PREDICTIONS = (
    Prediction(
        "narrow or wide",
        "Compare $D[\\text{narrow}\\|\\text{wide}]$ with $D[\\text{wide}\\|\\text{narrow}]$ for two Gaussians with the same "
        "mean and standard deviations 0.5 and 2. Which is larger?",
        (
            Choice("$D[\\text{narrow}\\|\\text{wide}]$", False,
                   "A wide second Gaussian is never very surprised by what the narrow one draws."),
            Choice("$D[\\text{wide}\\|\\text{narrow}]$", True,
                   "The wide one draws points that the narrow one calls nearly impossible, and the trace term "
                   "$\\sigma_0^2/\\sigma_1^2 = 16$ shows it."),
            Choice("They are equal: a distance has no direction.", False, "A divergence is no distance: it has a direction."),
        ),
    ),
    Prediction(
        "which fit",
        "A density $p$ has two humps. You fit one Gaussian $q$ by minimizing the reverse divergence $D[q\\|p]$, the one in "
        "the VAE's objective. Where does $q$ go?",
        (
            Choice("Over both humps, wide.", False,
                   "That is the forward direction, $D[p\\|q]$, which punishes q for missing any part of p."),
            Choice("Onto one of the humps, narrow.", True,
                   "$D[q\\|p]$ averages over q: it punishes q for being where p is not, and forgives it for missing a hump."),
            Choice("Into the valley between them, narrow.", False, "There p is small, and that is what the reverse direction punishes most."),
        ),
    ),
)  # fmt: skip
