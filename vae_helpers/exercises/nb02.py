"""Notebook 02: the objective."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.predictions import Choice, Prediction

LOG_2PI = math.log(2 * math.pi)


def _numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# ---- equation (3), with nothing missing ------------------------------------------------------------------------------


def divergence_from_posterior(log_q, log_p_x_given_z, log_p_z, log_p_x):
    """Equation (3): D[Q(z)‖P(z|X)] as an average over draws z_s ~ Q, in nats.

    log_q, log_p_x_given_z, log_p_z: log Q(z_s), log P(X|z_s) and log P(z_s), (S,). log_p_x: log P(X), (). Returns ().
    """
    return (log_q - log_p_x_given_z - log_p_z).mean() + log_p_x


def _divergence_oracle(log_q, log_p_x_given_z, log_p_z, log_p_x):
    # Definition (2), through the posterior: log P(z|X) = log P(X|z) + log P(z) − log P(X).
    log_posterior = log_p_x_given_z.double() + log_p_z.double() - log_p_x.double()
    return torch.stack([a - b for a, b in zip(log_q.double(), log_posterior, strict=True)]).mean().float()


_DIVERGENCE = Exercise(
    notebook="02",
    goal="Write equation (3) as code. A widely read text prints it with a symbol missing; your code must not.",
    reference=divergence_from_posterior,
    oracle=_divergence_oracle,
    hints=(
        "Which of the four quantities depend on z and stay under the expectation? Which one comes out?",
        "Bayes' rule: log P(z|X) = log P(X|z) + log P(z) − log P(X). Put it into E_Q[log Q(z) − log P(z|X)].",
        "The mean over the draws of log_q − log_p_x_given_z − log_p_z, and then plus log_p_x.",
    ),
    probes=(
        (torch.tensor([-1.0]), torch.tensor([-2.0]), torch.tensor([-0.5]), torch.tensor(-3.0)),
        (_numbers(7, seed=1) - 1, _numbers(7, seed=2) - 2, _numbers(7, seed=3) - 1.4, torch.tensor(-2.2)),
    ),
    mistakes=(
        Mistake(
            "the missing log",
            "You subtract P(z) itself, as the printed formula does. The log is missing there: Bayes' rule under a "
            "logarithm gives −log P(z). You can see it from the units, too: every other term is a logarithm.",
            lambda q, x, z, p: (q - x - z.exp()).mean() + p,
        ),
        Mistake(
            "log P(X) left out",
            "The term + log P(X) is missing. It does not depend on z, so it comes out of the expectation; it does not "
            "vanish.",
            lambda q, x, z, p: (q - x - z).mean(),
        ),
        Mistake(
            "sign of log P(X)",
            "log P(X) has the wrong sign. It stands in the denominator of Bayes' rule, and we subtract log P(z|X): minus "
            "times minus is plus.",
            lambda q, x, z, p: (q - x - z).mean() - p,
        ),
        Mistake(
            "prior added",
            "The prior has the wrong sign. log P(z) belongs to log P(z|X), which is subtracted.",
            lambda q, x, z, p: (q - x + z).mean() + p,
        ),
        Mistake(
            "prior left out",
            "The prior is missing: the posterior is likelihood times prior, divided by P(X).",
            lambda q, x, z, p: (q - x).mean() + p,
        ),
        Mistake(
            "direction",
            "The sign of the whole is turned: this is E_Q[log P(z|X) − log Q(z)], and a divergence must not be negative.",
            lambda q, x, z, p: (x + z - q).mean() - p,
        ),
        Mistake(
            "sum for mean",
            "You add up the draws. An expectation is estimated by their mean; with a sum the answer grows with S.",
            lambda q, x, z, p: (q - x - z).sum() + p,
        ),
        Mistake(
            "log P(X) once for each draw",
            "You add log P(X) for every draw and do not average. Under the mean it may stand inside or outside, but once.",
            lambda q, x, z, p: (q - x - z + p).sum(),
        ),
    ),
)


# ---- the bound by Monte Carlo ----------------------------------------------------------------------------------------


def monte_carlo_bound(x, mean, sd, eps, f, sigma):
    """Right side of (5) for one number X, by draws from Q(z) = N(mean, sd²), with P(z) = N(0, 1), P(X|z) = N(f(z), σ²).

    x, mean, sd, sigma: numbers. eps: draws from N(0, 1), (S,). f: maps (S,) to (S,). Returns (), in nats.
    """
    z = mean + sd * eps

    def log_normal(value, center, scale):
        return -0.5 * ((value - center) / scale) ** 2 - math.log(scale) - 0.5 * math.log(2 * math.pi)

    return (log_normal(x, f(z), sigma) + log_normal(z, 0.0, 1.0) - log_normal(z, mean, sd)).mean()


def _bound_oracle(x, mean, sd, eps, f, sigma):
    normal = torch.distributions.Normal
    q = normal(torch.tensor(mean), torch.tensor(sd))
    terms = []
    for e in eps:
        z = torch.tensor(mean) + torch.tensor(sd) * e
        terms.append(normal(f(z), sigma).log_prob(torch.tensor(x)) + normal(0.0, 1.0).log_prob(z) - q.log_prob(z))
    return torch.stack(terms).mean()


def _bend(z):
    return z + 1.2 * torch.sin(2 * z)


_bend.__name__ = "z + 1.2 sin 2z"  # as feedback shows it


def _log_normal(value, center, scale):
    return -0.5 * ((value - center) / scale) ** 2 - math.log(scale) - 0.5 * LOG_2PI


_BOUND = Exercise(
    notebook="02",
    goal="Estimate the right side of (5) by draws from Q.",
    reference=monte_carlo_bound,
    oracle=_bound_oracle,
    hints=(
        "The right side is E_Q[log P(X|z) + log P(z) − log Q(z)]. Draw z from Q, evaluate three log-densities, average.",
        "A draw from N(mean, sd²) is z = mean + sd·ε. Each log-density is that of a one-dimensional Gaussian.",
        "z = mean + sd * eps; then the mean over eps of log N(x | f(z), σ²) + log N(z | 0, 1) − log N(z | mean, sd²).",
    ),
    probes=(
        (1.0, 0.5, 0.5, torch.tensor([0.3]), torch.sin, 0.5),
        (0.7, -0.4, 0.3, _numbers(40, seed=4), _bend, 0.8),
        (-1.5, 1.2, 1.7, _numbers(40, seed=5), _bend, 0.4),
    ),
    mistakes=(
        Mistake(
            "variance as scale",
            "You draw z = mean + sd²·ε. The draw must be scaled by the standard deviation; its variance is then sd².",
            lambda x, m, s, e, f, g: (
                _log_normal(x, f(m + s**2 * e), g) + _log_normal(m + s**2 * e, 0, 1) - _log_normal(m + s**2 * e, m, s)
            ).mean(),
        ),
        Mistake(
            "square root of sd",
            "You draw z = mean + √sd·ε. sd already is a standard deviation.",
            lambda x, m, s, e, f, g: (
                _log_normal(x, f(m + s**0.5 * e), g)
                + _log_normal(m + s**0.5 * e, 0, 1)
                - _log_normal(m + s**0.5 * e, m, s)
            ).mean(),
        ),
        Mistake(
            "sign of the KL term",
            "The KL term has the wrong sign: you add log Q − log P(z). The bound is reconstruction minus D[Q‖P(z)].",
            lambda x, m, s, e, f, g: (
                _log_normal(x, f(m + s * e), g) - _log_normal(m + s * e, 0, 1) + _log_normal(m + s * e, m, s)
            ).mean(),
        ),
        Mistake(
            "no Q",
            "log Q(z) is missing. Without it the average rewards a Q that shrinks to a point.",
            lambda x, m, s, e, f, g: (_log_normal(x, f(m + s * e), g) + _log_normal(m + s * e, 0, 1)).mean(),
        ),
        Mistake(
            "no KL term",
            "This is the reconstruction term alone. Subtract D[Q‖P(z)], that is, add log P(z) − log Q(z).",
            lambda x, m, s, e, f, g: _log_normal(x, f(m + s * e), g).mean(),
        ),
        Mistake(
            "Q evaluated at ε",
            "You evaluate log Q at ε instead of at z = mean + sd·ε. The density of z under Q has the factor 1/sd.",
            lambda x, m, s, e, f, g: (
                _log_normal(x, f(m + s * e), g) + _log_normal(m + s * e, 0, 1) - _log_normal(e, 0, 1)
            ).mean(),
        ),
        Mistake(
            "draws from the prior",
            "You use ε itself as z: draws from the prior, not from Q. Move and scale them: z = mean + sd·ε.",
            lambda x, m, s, e, f, g: (_log_normal(x, f(e), g) + _log_normal(e, 0, 1) - _log_normal(e, m, s)).mean(),
        ),
        Mistake(
            "log-mean-exp",
            "You average the weights and then take the logarithm. That is a bound, too, and a tighter one (notebook 05), "
            "but the right side of (5) is the average of logarithms.",
            lambda x, m, s, e, f, g: (
                torch.logsumexp(
                    _log_normal(x, f(m + s * e), g) + _log_normal(m + s * e, 0, 1) - _log_normal(m + s * e, m, s), 0
                )
                - math.log(len(e))
            ),
        ),
        Mistake(
            "σ as variance",
            "In log P(X|z) you use sigma as the variance. It is the standard deviation of X given z.",
            lambda x, m, s, e, f, g: (
                _log_normal(x, f(m + s * e), g**0.5) + _log_normal(m + s * e, 0, 1) - _log_normal(m + s * e, m, s)
            ).mean(),
        ),
        Mistake(
            "2π dropped",
            "The constant ½ log 2π is missing from P(X|z). It cancels between P(z) and Q, but nothing cancels it there.",
            lambda x, m, s, e, f, g: (
                (_log_normal(x, f(m + s * e), g) + _log_normal(m + s * e, 0, 1) - _log_normal(m + s * e, m, s)).mean()
                + 0.5 * LOG_2PI
            ),
        ),
        Mistake(
            "sum for mean",
            "You add up the draws. The expectation is their mean.",
            lambda x, m, s, e, f, g: (
                _log_normal(x, f(m + s * e), g) + _log_normal(m + s * e, 0, 1) - _log_normal(m + s * e, m, s)
            ).sum(),
        ),
    ),
)


# ---- the posterior on a grid -----------------------------------------------------------------------------------------


def posterior_on_grid(log_joint, spacing):
    """The posterior density P(z|X) on a regular grid, from log P(X|z) + log P(z).

    log_joint: in nats, (G,), possibly near −1000. spacing: of the grid. Returns densities, (G,), whose sum times
    the spacing is 1.
    """
    weights = torch.exp(log_joint - log_joint.max())
    return weights / (weights.sum() * spacing)


def _posterior_oracle(log_joint, spacing):
    return (log_joint.double() - torch.logsumexp(log_joint.double(), 0)).exp().float() / spacing


_POSTERIOR = Exercise(
    notebook="02",
    goal="Turn log P(X|z) + log P(z) on a grid into the posterior density P(z|X).",
    reference=posterior_on_grid,
    oracle=_posterior_oracle,
    hints=(
        "Bayes' rule: P(z|X) is proportional to P(X|z) P(z). The factor in front makes the integral 1.",
        "On a grid the integral is the sum times the spacing. And exp(−1000) is 0: take the largest value out first.",
        "weights = exp(log_joint − log_joint.max()); return weights / (weights.sum() · spacing).",
    ),
    probes=(
        (torch.tensor([-1.0, 0.0, -1.0]), 0.5),
        (_numbers(9, seed=6) * 2, 0.1),
        (_numbers(9, seed=7) - 1000, 0.25),
    ),
    mistakes=(
        Mistake(
            "probabilities, not densities",
            "Your values add up to 1: they are probabilities of grid cells. A density integrates to 1: divide by the "
            "spacing as well.",
            lambda j, h: torch.softmax(j, 0),
        ),
        Mistake(
            "times spacing",
            "You multiply by the spacing; it belongs in the denominator. The sum times the spacing must be 1.",
            lambda j, h: torch.softmax(j, 0) * h,
        ),
        Mistake(
            "underflow",
            "Right in theory, but exp(−1000) is 0, and 0/0 is NaN. Subtract the largest log_joint before the exponential; "
            "it cancels in the ratio.",
            lambda j, h: j.exp() / (j.exp().sum() * h),
        ),
        Mistake(
            "trapezoid rule",
            "You integrate by the trapezoid rule, which counts the two end points half. Here the integral is the sum times "
            "the spacing.",
            lambda j, h: torch.exp(j - j.max()) / torch.trapezoid(torch.exp(j - j.max()), dx=h),
        ),
        Mistake(
            "not normalized",
            "You scale the largest value to 1. The integral must be 1.",
            lambda j, h: torch.exp(j - j.max()),
        ),
        Mistake(
            "joint, not posterior",
            "This is the joint density P(X|z) P(z). Divide by P(X), its integral over z.",
            lambda j, h: j.exp(),
        ),
        Mistake(
            "logarithm returned",
            "This is log P(z|X). The density itself is wanted.",
            lambda j, h: j - torch.logsumexp(j, 0) - math.log(h),
        ),
    ),
)


# ---- the Q that closes the gap ---------------------------------------------------------------------------------------


def closing_q(x, w, b, sigma):
    """The Gaussian Q(z|X) that closes the gap when P(z) = N(0, 1) and P(X|z) = N(w z + b, σ²I): the posterior itself.

    x: (B, D). w, b: (D,). sigma: a number. Returns the mean (B,) and the variance (), a tuple.
    """
    precision = 1 + (w @ w) / sigma**2
    mean = (x - b) @ w / sigma**2 / precision
    return mean, 1 / precision


def _closing_oracle(x, w, b, sigma):
    # Condition the joint Gaussian of (z, X): Cov(z, X) = w, Cov(X) = wwᵀ + σ²I.
    x, w, b = x.double(), w.double(), b.double()
    covariance = torch.outer(w, w) + sigma**2 * torch.eye(len(w), dtype=torch.float64)
    gain = torch.linalg.solve(covariance, w)
    return ((x - b) @ gain).float(), (1 - gain @ w).float()


def _precision(w, s):
    return 1 + (w @ w) / s**2


_CLOSING = Exercise(
    notebook="02",
    goal="Find, in closed form, the Q for which the gap is zero in a linear-Gaussian model.",
    reference=closing_q,
    oracle=_closing_oracle,
    hints=(
        "The gap D[Q‖P(z|X)] is zero only for Q = P(z|X). So the posterior is wanted, and log P(z|X) = log P(X|z) + log P(z) "
        "+ a constant. As a function of z it is a parabola.",
        "The coefficient of −½z² is the precision (1/variance): the prior gives 1, the likelihood w·w/σ². The coefficient "
        "of z is w·(x−b)/σ².",
        "precision = 1 + w·w/σ²; mean = w·(x−b)/σ² / precision; variance = 1/precision.",
    ),
    probes=(
        (torch.tensor([[2.0]]), torch.tensor([1.0]), torch.tensor([0.5]), 0.5),
        (_numbers(5, 3, seed=8), _numbers(3, seed=9), _numbers(3, seed=10), 0.7),
    ),
    mistakes=(
        Mistake(
            "no prior",
            "The prior is missing from the precision: you have w·w/σ², the least-squares answer. P(z) = N(0, 1) adds 1 and "
            "pulls the mean toward 0.",
            lambda x, w, b, s: ((x - b) @ w / (w @ w), s**2 / (w @ w)),
        ),
        Mistake(
            "b forgotten",
            "You forgot to subtract b. Only X − b says anything about z.",
            lambda x, w, b, s: (x @ w / s**2 / _precision(w, s), 1 / _precision(w, s)),
        ),
        Mistake(
            "sd for variance",
            "The mean is right. In place of the variance you return its root, the standard deviation.",
            lambda x, w, b, s: ((x - b) @ w / s**2 / _precision(w, s), _precision(w, s) ** -0.5),
        ),
        Mistake(
            "precision for variance",
            "The mean is right. In place of the variance you return the precision, its inverse.",
            lambda x, w, b, s: ((x - b) @ w / s**2 / _precision(w, s), _precision(w, s)),
        ),
        Mistake(
            "σ as variance",
            "You divide by σ where σ² belongs: sigma is the standard deviation of X given z.",
            lambda x, w, b, s: ((x - b) @ w / s / (1 + w @ w / s), 1 / (1 + w @ w / s)),
        ),
        Mistake(
            "mean not divided",
            "The mean lacks the division by the precision: w·(x−b)/σ² is the coefficient of z, not yet the top of the "
            "parabola.",
            lambda x, w, b, s: ((x - b) @ w / s**2, 1 / _precision(w, s)),
        ),
    ),
)

EXERCISES = (_DIVERGENCE, _BOUND, _POSTERIOR, _CLOSING)

PREDICTIONS = (
    Prediction(
        "which bar moves",
        "You drag $Q$ and leave $X$ alone. Which of the bars cannot move?",
        (
            Choice("$E_Q[\\log P(X|z)]$", False, "It is an average over Q, so it moves with Q."),
            Choice("the gap $D[Q\\|P(z|X)]$", False, "It measures the distance of Q from the posterior: it moves."),
            Choice("$\\log P(X)$", True, "Q does not occur in it. So whatever the bound gains, the gap loses."),
        ),
    ),
    Prediction(
        "narrow Q",
        "You make $Q$ very narrow, right on top of the posterior's peak. What happens to the bound?",
        (
            Choice("It rises to $\\log P(X)$: the reconstruction cannot be better than at the peak.", False,
                   "The reconstruction term is fine. The other one is not: $D[Q\\|P(z)]$ grows like $-\\log$ of the width."),
            Choice("It falls without limit.", True,
                   "Naming z to ever more decimal places costs ever more nats, and X does not care about them."),
            Choice("It stays where it was.", False, "Watch the bar of $-D[Q\\|P(z)]$ while you narrow Q."),
        ),
    ),
    Prediction(
        "two humps",
        "For some $X$ the posterior has two humps. $Q$ is a single Gaussian. How small can the gap get?",
        (
            Choice("Zero, with the right mean and width.", False, "Only Q = P(z|X) gives zero, and a Gaussian has one hump."),
            Choice("About log 2 ≈ 0.69 nats or less, by sitting on one hump.", True,
                   "If Q matches one of two equal humps, it lacks a factor 2 of density there: log 2. With unequal humps "
                   "it is less. Covering both with one wide Gaussian costs more, unless they are close."),
            Choice("It cannot be kept finite.", False, "The gap is infinite only if Q puts mass where the posterior has none."),
        ),
    ),
)  # fmt: skip
