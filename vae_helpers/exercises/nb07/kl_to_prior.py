"""Equation (6) for two diagonal Gaussians: Q(z|X, y) against a learned P(z|y)."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def kl_to_prior(mu, logvar, prior_mu, prior_logvar):
    """D[Q‖P] of two diagonal Gaussians, in nats.

    mu, logvar: mean and log-variance of Q, (B, L) each. prior_mu, prior_logvar: those
    of P, (B, L) each. Log-variances lie between −20 and 10.
    Returns (B,).
    """
    ratio = (logvar - prior_logvar).exp()  # σ²/σ_P²
    distance = (mu - prior_mu) ** 2 / prior_logvar.exp()
    return 0.5 * (ratio + distance - 1 - (logvar - prior_logvar)).sum(dim=1)


def _in_units_of_the_prior(mu, logvar, prior_mu, prior_logvar):
    center = (mu - prior_mu) * (-0.5 * prior_logvar).exp()
    logs = logvar - prior_logvar
    return 0.5 * (logs.exp() + center**2 - 1 - logs).sum(dim=1)


def _by_standard_deviations(mu, logvar, prior_mu, prior_logvar):
    sigma, prior_sigma = (logvar / 2).exp(), (prior_logvar / 2).exp()
    distance = (mu - prior_mu) / prior_sigma
    return (0.5 * ((sigma / prior_sigma) ** 2 + distance**2 - 1) - torch.log(sigma / prior_sigma)).sum(dim=1)


def _oracle(mu, logvar, prior_mu, prior_logvar):
    q, p = (torch.distributions.Normal(m, (v / 2).exp()) for m, v in ((mu, logvar), (prior_mu, prior_logvar)))
    return torch.distributions.kl_divergence(q, p).sum(dim=1)


def _of_standard_deviations(mu, logvar, prior_mu, prior_logvar):
    ratio, distance = ((logvar - prior_logvar) / 2).exp(), (mu - prior_mu) ** 2 / (prior_logvar / 2).exp()
    return 0.5 * (ratio + distance - 1 - (logvar - prior_logvar)).sum(1)


LOG_4 = 1.3862944
EXERCISE = Exercise(
    notebook="07",
    goal="The prior now depends on $y$: specialize (6) to two diagonal Gaussians.",
    reference=kl_to_prior,
    alternatives=(_in_units_of_the_prior, _by_standard_deviations),
    oracle=_oracle,
    then="With prior_mu = 0 and prior_logvar = 0 it is (7) again; you need not keep two functions.",
    again="the comparison with the package in section 7.3.",
    hints=(
        "In (6) both covariances are diagonal. What do the trace, the square and the two determinants become?",
        "Each dimension adds $\\tfrac12\\big(\\sigma^2/\\sigma_P^2+(\\mu-\\mu_P)^2/\\sigma_P^2-1-\\log\\sigma^2/\\sigma_P^2\\big)$.",
        "$\\log\\sigma^2/\\sigma_P^2$ is `logvar - prior_logvar`, and $\\sigma^2/\\sigma_P^2$ is its exponential. Sum over dimension 1.",
    ),
    probes=(
        (  # μ a distance of 1 or 2 from the prior's, σ² = 1 or 4
            torch.tensor([[1.0, 0.0], [2.0, 1.0]]), torch.tensor([[0.0, 0.0], [LOG_4, 0.0]]),
            torch.tensor([[0.0, 0.0], [0.0, 3.0]]), torch.tensor([[0.0, LOG_4], [0.0, LOG_4]]),
        ),
        tuple(gaussian(4, 3, seed=seed) for seed in (701, 702, 703, 704)),
        (
            gaussian(3, 4, seed=705), torch.linspace(-20, 10, 12).reshape(3, 4),
            gaussian(3, 4, seed=706), torch.linspace(8, -8, 12).reshape(3, 4),
        ),
        (  # as narrow as they may be
            1e-4 * gaussian(2, 3, seed=707), torch.linspace(-20, -15, 6).reshape(2, 3),
            1e-4 * gaussian(2, 3, seed=708), torch.linspace(-20, -18, 6).reshape(2, 3),
        ),
    ),
    mistakes=(
        Mistake("direction", "This is D[P‖Q], the other direction. The expectation is over Q.",
                lambda mu, logvar, m, v: kl_to_prior(m, v, mu, logvar)),
        Mistake("to the standard normal",
                "This is the divergence to N(0, I), equation (7). The prior has a mean and a variance of its own now.",
                lambda mu, logvar, m, v: 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)),
        Mistake("distance not divided",
                "(μ − μ_P)² is not divided by the prior's variance. The same distance is far for a narrow prior and near for a "
                "wide one.", edit=((" / prior_logvar.exp()", ""),)),
        Mistake("distance by its own variance",
                "You divide (μ − μ_P)² by the variance of Q. (6) has Σ₁⁻¹, that of the prior.",
                edit=(("/ prior_logvar.exp()", "/ logvar.exp()"),)),
        Mistake("distance by the standard deviation",
                "You divide (μ − μ_P)² by σ_P. It is a square: divide by σ_P², exp(prior_logvar).",
                edit=(("/ prior_logvar.exp()", "/ (prior_logvar / 2).exp()"),)),
        Mistake("means added", "The means are added. The distance is between them: mu − prior_mu.",
                edit=(("(mu - prior_mu)", "(mu + prior_mu)"),)),
        Mistake("no prior mean", "The prior's mean is missing: the distance is from prior_mu, not from 0.",
                edit=(("(mu - prior_mu)", "mu"),)),
        Mistake("not squared", "The distance of the means is not squared.", edit=((" ** 2", ""),)),
        Mistake("ratio turned", "The first term is σ²/σ_P²; you have σ_P²/σ².",
                edit=(("(logvar - prior_logvar).exp()", "(prior_logvar - logvar).exp()"),)),
        Mistake("ratio without the prior", "The first term is σ²/σ_P². You have σ² alone.",
                edit=(("(logvar - prior_logvar).exp()", "logvar.exp()"),)),
        Mistake("standard deviations",
                "You use σ where (6) has σ²: a log-variance v gives the variance exp(v), and exp(v/2) is its root.",
                _of_standard_deviations),
        Mistake("ratio of logarithms", "logvar / prior_logvar is no ratio of variances: σ²/σ_P² = exp(logvar − prior_logvar).",
                edit=(("ratio = (logvar - prior_logvar).exp()", "ratio = logvar / prior_logvar"),)),
        Mistake("sign of the logarithms", "The sign of log σ²/σ_P² is turned: a narrow Q costs more, so it is subtracted.",
                edit=(("- 1 - (logvar", "- 1 + (logvar"),)),
        Mistake("half of the logarithms",
                "You have log σ/σ_P inside the ½. It is log σ²/σ_P², twice that.",
                edit=(("- 1 - (logvar - prior_logvar)", "- 1 - (logvar - prior_logvar) / 2"),)),
        Mistake("no prior in the logarithms", "log σ_P² is missing: the last term is −(logvar − prior_logvar).",
                edit=(("- 1 - (logvar - prior_logvar)", "- 1 - logvar"),)),
        Mistake("no logarithms", "The term −log σ²/σ_P² is missing. Without it the best Q would be a point.",
                edit=((" - (logvar - prior_logvar)).sum", ").sum"),)),
        Mistake("no half", "The ½ in front is missing.", edit=(("0.5 * (", "("),)),
        Mistake("no −1", "The −1 of each dimension is missing. Check: for Q = P the divergence must be 0.",
                edit=((" - 1 -", " -"),)),
        Mistake("−1 once", "You subtract 1 once. It is −1 for each dimension.",
                lambda mu, logvar, m, v: kl_to_prior(mu, logvar, m, v) + 0.5 * (mu.shape[1] - 1)),
        Mistake("sign", "The sign is turned. A divergence is never negative.", edit=(("return 0.5", "return -0.5"),)),
        Mistake("mean over latents", "You average over the latents. D is the sum over them.",
                edit=((".sum(dim=1)", ".mean(dim=1)"),)),
        Mistake("sum over the batch", "You add up the batch. One number for each image is wanted, (B,).",
                edit=((".sum(dim=1)", ".sum()"),)),
        Mistake("mean over everything", "You average over batch and latents. Sum over dimension 1 only.",
                edit=((".sum(dim=1)", ".mean()"),)),
        Mistake("summed over the wrong dimension", "You sum over the images, dimension 0. The latents are dimension 1.",
                edit=((".sum(dim=1)", ".sum(dim=0)"),)),
        Mistake("logvar as log σ", "You read both logvars as logarithms of standard deviations. They are those of variances: σ² = exp(logvar).",
                lambda mu, logvar, prior_mu, prior_logvar: kl_to_prior(mu, 2 * logvar, prior_mu, 2 * prior_logvar)),
        Mistake("difference of squares", "You subtract the squares of the means. The distance is squared: (mu - prior_mu)**2.",
                lambda mu, logvar, prior_mu, prior_logvar: kl_to_prior(0 * mu, logvar, 0 * mu, prior_logvar)
                + 0.5 * ((mu**2 - prior_mu**2) / prior_logvar.exp()).sum(1)),
        Mistake("difference of divergences", "You subtract the prior's divergence to N(0, I) from that of Q. The divergence of Q to the prior is no difference "
                "of two divergences: take (6) with both means and both variances.",
                lambda mu, logvar, prior_mu, prior_logvar: kl_to_prior(mu, logvar, 0 * mu, 0 * logvar)
                - kl_to_prior(prior_mu, prior_logvar, 0 * mu, 0 * logvar)),
        Mistake("ratio of logvars", "You divide one logvar by the other. The logarithm of a ratio is a difference: logvar − prior_logvar.",
                lambda mu, logvar, prior_mu, prior_logvar: kl_to_prior(mu, logvar, prior_mu, prior_logvar)
                + 0.5 * (logvar - prior_logvar - logvar / prior_logvar).sum(1)),
        Mistake("σ⁴", "You divide by σ_P² before you square, and so by σ_P⁴. The squared distance is divided by σ_P² once.",
                lambda mu, logvar, prior_mu, prior_logvar: kl_to_prior(mu, logvar, prior_mu, prior_logvar)
                + 0.5 * ((mu - prior_mu) ** 2 * ((-2 * prior_logvar).exp() - (-prior_logvar).exp())).sum(1)),
    ),
)  # fmt: skip
