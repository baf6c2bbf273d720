"""Equation (7), from what an encoder gives."""

import math

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def kl_to_standard_normal(mu, logvar):
    """Equation (7): D[N(μ, diag e^logvar)‖N(0, I)], in nats.

    mu, logvar: means and log-variances, (B, L); logvar from −20 to 10. Returns (B,);
    gradients must be able to reach mu and logvar.
    """
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)


def _in_the_published_form(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)


def _oracle(mu, logvar):
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mu, logvar.exp().sqrt()), normal(0.0, 1.0)).sum(dim=1)


def _leaves(mu, logvar):
    return mu.clone().requires_grad_(), logvar.clone().requires_grad_()


EXERCISE = Exercise(
    notebook="03",
    goal="Specialize to a diagonal Gaussian against $N(0, I)$, from the log-variance that an encoder gives.",
    reference=kl_to_standard_normal,
    alternatives=(_in_the_published_form,),
    oracle=_oracle,
    effect=gradients,
    effect_name="the gradients by mu and by logvar",
    hints=(
        "In (7), $\\operatorname{tr}\\Sigma$, $\\mu^\\top\\mu$, $k$ and $\\log|\\Sigma|$ are all sums over the $L$ "
        "dimensions. What does one dimension contribute?",
        "With $\\sigma^2 = e^{\\text{logvar}}$, each dimension gives $\\tfrac12(\\sigma^2 + \\mu^2 - 1 - "
        "\\log\\sigma^2)$, and $\\log\\sigma^2$ is `logvar` itself.",
        "`0.5 * (logvar.exp() + mu**2 - 1 - logvar)`, summed over dimension 1.",
    ),
    then="The same line is the KL term of the loss that you write in notebook 04.",
    again="the cells from the next exercise on, down to 3.8.",
    probes=(
        _leaves(torch.tensor([[1.0, 0.0], [2.0, 1.0]]), torch.tensor([[0.0, 0.0], [math.log(4.0), 0.0]])),
        _leaves(gaussian(4, 3, seed=8), gaussian(4, 3, seed=9)),
        _leaves(gaussian(2, 16, seed=10), -3 + gaussian(2, 16, seed=11)),
        _leaves(gaussian(3, 4, seed=12), torch.linspace(-20, 10, 12).reshape(3, 4)),
    ),
    mistakes=(
        Mistake(
            "log-variance read as log-sd",
            "You treat logvar as the logarithm of the standard deviation. It is that of the variance: exp(logvar) is σ², "
            "and log σ² is logvar, not 2·logvar.",
            lambda mu, logvar: 0.5 * ((2 * logvar).exp() + mu**2 - 1 - 2 * logvar).sum(1),
        ),
        Mistake(
            "log-variance read as variance",
            "You treat logvar as the variance. Exponentiate it first; and the last term is logvar itself.",
            lambda mu, logvar: 0.5 * (logvar + mu**2 - 1 - logvar.log()).sum(1),
        ),
        Mistake(
            "root of logvar",
            "You take the root of logvar. It is a logarithm and may be negative; the standard deviation is exp(logvar/2).",
            lambda mu, logvar: 0.5 * (logvar.sqrt() + mu**2 - 1 - logvar).sum(1),
        ),
        Mistake(
            "sd for variance",
            "You use the standard deviation exp(logvar/2) where tr Σ asks for the variance exp(logvar).",
            edit=(("logvar.exp()", "(logvar / 2).exp()"),),
        ),
        Mistake(
            "logvar not exponentiated",
            "The first term is the variance, exp(logvar); you have logvar itself, which the last term then cancels.",
            edit=(("logvar.exp()", "logvar"),),
        ),
        Mistake(
            "log of logvar",
            "The last term is log σ², and that is logvar already. You take its logarithm once more.",
            edit=(("- logvar)", "- logvar.log())"),),
        ),
        Mistake(
            "log-determinant of the sd",
            "The last term is log σ² = logvar. You subtract log σ = logvar/2.",
            edit=(("- logvar)", "- logvar / 2)"),),
        ),
        Mistake("no half", "The ½ in front is missing.", edit=(("0.5 * (", "("),)),
        Mistake(
            "half of the first term",
            "The ½ stands before the variance alone. It belongs to all four terms: write 0.5 * ( ... ).",
            lambda mu, logvar: (0.5 * logvar.exp() + mu**2 - 1 - logvar).sum(1),
        ),
        Mistake(
            "no −k",
            "The −1 of each dimension (−k in all) is missing. Check: at μ = 0, logvar = 0 the divergence must be 0.",
            edit=((" - 1 - logvar", " - logvar"),),
        ),
        Mistake(
            "−1 once",
            "You subtract 1 once for all dimensions. It is −k: one for each.",
            lambda mu, logvar: 0.5 * ((logvar.exp() + mu**2 - logvar).sum(1) - 1),
        ),
        Mistake(
            "−k for each dimension",
            "You subtract k from every dimension's term. It is −1 from each, −k in all.",
            edit=((" - 1 - logvar", " - mu.shape[1] - logvar"),),
        ),
        Mistake(
            "+1",
            "The 1 is added. It is subtracted: at μ = 0, logvar = 0 the divergence must be 0.",
            edit=((" - 1 - logvar", " + 1 - logvar"),),
        ),
        Mistake(
            "mean not squared",
            "The second term is μᵀμ, the sum of the squares; you have the means themselves.",
            edit=(("mu**2", "mu"),),
        ),
        Mistake(
            "sign of logvar",
            "The sign of logvar is turned: −log|Σ| makes a narrow Q dear.",
            edit=(("- logvar)", "+ logvar)"),),
        ),
        Mistake(
            "sign",
            "The sign is turned: your values are negative, and a divergence cannot be. (In code that maximizes the bound, "
            "−D appears; here D is wanted.)",
            edit=(("0.5 * (", "-0.5 * ("),),
        ),
        Mistake(
            "mean over latents",
            "You average over the latent dimensions. D is their sum; a mean makes the KL term L times too weak beside a "
            "reconstruction term that is summed over pixels.",
            edit=((".sum(dim=1)", ".mean(dim=1)"),),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. One number per image is wanted, shape (B,); a loss that depends on the batch size is "
            "the usual next surprise.",
            edit=((".sum(dim=1)", ".sum()"),),
        ),
        Mistake(
            "mean over everything",
            "You average over batch and latents. Sum over dimension 1 only; the one mean over the batch comes later.",
            edit=((".sum(dim=1)", ".mean()"),),
        ),
        Mistake(
            "clamped",
            "You keep logvar within [−10, 10]. Below −10 your numbers are wrong, and no gradient passes there. The formula "
            "needs no clamp: exp(−20) is harmless.",
            lambda mu, logvar: 0.5 * (logvar.clamp(-10, 10).exp() + mu**2 - 1 - logvar.clamp(-10, 10)).sum(1),
        ),
        Mistake(
            "1e-8 under the logarithm",
            "You take log(σ² + 1e-8). At logvar = −20 the variance is 2e-9, less than what you add. No logarithm is needed: "
            "logvar is log σ².",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - 1 - (logvar.exp() + 1e-8).log()).sum(1),
        ),
        Mistake(
            "direction",
            "This is D[N(0, I)‖N(μ, Σ)], the other direction.",
            lambda mu, logvar: 0.5 * ((-logvar).exp() * (1 + mu**2) - 1 + logvar).sum(1),
        ),
        Mistake(
            "−1 once, outside",
            "You subtract 1 at the end. It is −½ for each of the L dimensions: −1 inside the sum, before the ½.",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - logvar).sum(1) - 1,
        ),
        Mistake(
            "1e-6 under the logarithm",
            "You take log(σ² + 1e-6). At logvar = −20 the variance is 2e-9, less than what you add. No logarithm is needed: "
            "logvar is log σ².",
            lambda mu, logvar: 0.5 * (logvar.exp() + mu**2 - 1 - (logvar.exp() + 1e-6).log()).sum(1),
        ),
        Mistake(
            "logvar as σ",
            "You read logvar as σ. It is the logarithm of the variance: σ² = exp(logvar), and log σ² is logvar itself.",
            lambda mu, logvar: 0.5 * (mu**2 + logvar**2 - 1 - torch.log(logvar**2)).sum(1),
        ),
        Mistake(
            "square of the sum",
            "You add the means and square the sum. Every mean is squared first: (mu**2).sum(dim=1).",
            lambda mu, logvar: 0.5 * ((logvar.exp() - 1 - logvar).sum(1) + mu.sum(1) ** 2),
        ),
    ),
)
