"""Any one-dimensional law from a Gaussian: the exponential."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def to_exponential(z, rate):
    """Turn standard normal numbers into exponential ones, by a map that rises with z.

    z: draws from N(0, 1), (B,), judged up to |z| = 4. rate: λ > 0, the exponential's
    rate; its mean is 1/λ. Returns (B,).
    """
    return -torch.log(torch.special.ndtr(-z)) / rate  # Φ(−z) = 1 − Φ(z), also for large z


def _for_large_z(z, rate):
    return -torch.special.log_ndtr(-z) / rate  # right where ndtr(−z) would be 0, too


def _by_erfc(z, rate):
    return -torch.log(0.5 * torch.erfc(z / math.sqrt(2))) / rate


def _oracle(z, rate):
    u = torch.distributions.Normal(0.0, 1.0).cdf(z.double())
    return torch.distributions.Exponential(torch.tensor(rate, dtype=torch.float64)).icdf(u).float()


def _phi(z):
    return torch.special.ndtr(z)


MISTAKES = (
    Mistake("upside down",
            "This has the right law, but it falls as z rises: −log Φ(z) instead of −log(1 − Φ(z)). The task asks for the "
            "rising map, the inverse of the exponential's cumulative distribution.",
            lambda z, rate: -torch.log(_phi(z)) / rate),
    Mistake("rate for mean",
            "You multiply by the rate. A larger rate must give smaller numbers: the mean is 1/λ.",
            lambda z, rate: -torch.log(_phi(-z)) * rate),
    Mistake("no rate",
            "The rate is left out: these numbers have mean 1. Theirs must be 1/λ.",
            lambda z, rate: -torch.log(_phi(-z))),
    Mistake("rate under the logarithm",
            "The rate stands under the logarithm. Solve 1 − exp(−λx) = u step by step: −λx = log(1 − u), then divide by λ.",
            lambda z, rate: -torch.log(_phi(-z) / rate)),
    Mistake("rate added",
            "log λ is added. That belongs to the exponential's log-density; the map divides by λ.",
            lambda z, rate: -torch.log(_phi(-z)) - math.log(rate)),
    Mistake("no Φ",
            "You put z itself where a uniform number belongs, so the logarithm of a negative number appears. First "
            "u = Φ(z), then invert.",
            lambda z, rate: -torch.log(1 - z) / rate),
    Mistake("density for Φ",
            "You use the density of N(0, 1) where its cumulative distribution Φ belongs (torch.special.ndtr).",
            lambda z, rate: -torch.log(1 - torch.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)) / rate),
    Mistake("density under the logarithm",
            "You use the density of N(0, 1) where 1 − Φ(z) belongs (torch.special.ndtr gives Φ).",
            lambda z, rate: -torch.log(torch.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)) / rate),
    Mistake("erf for Φ",
            "You use erf where Φ belongs. They are related by Φ(z) = ½ (1 + erf(z/√2)); torch.special.ndtr is Φ itself.",
            lambda z, rate: -torch.log(1 - torch.erf(z)) / rate),
    Mistake("erf for Φ, scaled",
            "1 − erf(z/√2), which is erfc(z/√2), is twice as large as 1 − Φ(z). Φ(z) is ½ (1 + erf(z/√2)).",
            lambda z, rate: -torch.log(1 - torch.erf(z / math.sqrt(2))) / rate),
    Mistake("√2 missing in erf",
            "Φ(z) = ½ (1 + erf(z/√2)). Under erf the division by √2 is missing.",
            lambda z, rate: -torch.log(0.5 * (1 - torch.erf(z))) / rate),
    Mistake("sigmoid for Φ",
            "You use the sigmoid, which looks like Φ and is not: sigmoid(z) is uniform for logistic z, Φ(z) for normal z.",
            lambda z, rate: -torch.log(1 - torch.sigmoid(z)) / rate),
    Mistake("inverse of Φ",
            "You use the inverse of Φ (ndtri, icdf). z is the normal number and u = Φ(z) the uniform one: ndtr, cdf.",
            lambda z, rate: -torch.log(1 - torch.special.ndtri(z)) / rate),
    Mistake("sign",
            "The minus sign is missing: log(1 − u) is negative, and exponential numbers are positive.",
            lambda z, rate: torch.log(_phi(-z)) / rate),
    Mistake("two signs",
            "This falls as z rises, and is negative. Exponential numbers are positive: −log(1 − Φ(z)), with a minus in front.",
            lambda z, rate: torch.log(_phi(z)) / rate),
    Mistake("forward, not inverse",
            "You apply the exponential's cumulative distribution. Its inverse is needed: solve 1 − exp(−λx) = u for x.",
            lambda z, rate: 1 - torch.exp(-rate * _phi(z))),
    Mistake("forward, from z",
            "You apply the exponential's cumulative distribution, and to z. Two steps are wanted: u = Φ(z), then the inverse.",
            lambda z, rate: 1 - torch.exp(-rate * z)),
    Mistake("density of the exponential",
            "You evaluate the exponential's density. A map to exponential *numbers* is wanted: the inverse of its cumulative "
            "distribution.",
            lambda z, rate: rate * torch.exp(-rate * _phi(z))),
    Mistake("exp of z",
            "exp(z) is positive, but log-normal. For the exponential law go by way of a uniform number: u = Φ(z).",
            lambda z, rate: torch.exp(z) / rate),
    Mistake("the uniform number",
            "This is u = Φ(z), the uniform number. One step is left: the inverse of the exponential's cumulative "
            "distribution.",
            lambda z, rate: _phi(z)),
    Mistake("log1p of u",
            "torch.log1p(u) is log(1 + u). You need log(1 − u): torch.log1p(−u).",
            lambda z, rate: -torch.log1p(_phi(z)) / rate),
    Mistake("minus in the wrong place",
            "−log(u) − 1 is not −log(1 − u): the 1 stands under the logarithm.",
            lambda z, rate: (-torch.log(_phi(z)) - 1) / rate),
    Mistake("absolute values",
            "You use |z|: negative and positive z give the same number. The map must rise with z.",
            lambda z, rate: -torch.log(_phi(-z.abs())) / rate),
    Mistake("square",
            "z² is positive, but has another law (chi-square). For the exponential go by way of a uniform number: u = Φ(z).",
            lambda z, rate: 0.5 * z**2 / rate),
    Mistake("a uniform number of mean 1/(2λ)",
            "Φ(z)/λ is uniform, from 0 to 1/λ. One step is left: the inverse of the exponential's cumulative distribution.",
            lambda z, rate: _phi(z) / rate),
    Mistake("density, from z",
            "You evaluate the exponential's density. A map to exponential *numbers* is wanted: u = Φ(z), then the inverse of "
            "its cumulative distribution.",
            lambda z, rate: rate * torch.exp(-rate * z)),
    Mistake("exp of −z",
            "exp(−z) is positive, but log-normal, and falls. For the exponential law go by way of a uniform number: u = Φ(z).",
            lambda z, rate: torch.exp(-z) / rate),
    Mistake("|z|",
            "|z| is positive, but half-normal. For the exponential law go by way of a uniform number: u = Φ(z).",
            lambda z, rate: z.abs() / rate),
    Mistake("upside down, and rate for mean",
            "Two things. It falls as z rises: log(1 − Φ(z)) is wanted. And you multiply by the rate, where the mean is 1/λ.",
            lambda z, rate: -torch.log(_phi(z)) * rate),
)  # fmt: skip

EXERCISE = Exercise(
    notebook="01",
    goal="Map a Gaussian to another one-dimensional law: the exponential distribution.",
    reference=to_exponential,
    alternatives=(_for_large_z, _by_erfc),
    oracle=_oracle,
    hints=(
        "Two steps: first make a number that is uniform on [0, 1] out of $z$, then an exponential one out of that.",
        "$u=\\Phi(z)$, the cumulative distribution of $N(0,1)$, is uniform: `torch.special.ndtr(z)`. The exponential's "
        "cumulative distribution is $F(x)=1-e^{-\\lambda x}$. Solve $F(x)=u$ for $x$.",
        "$x=-\\log(1-\\Phi(z))/\\lambda$.",
    ),
    then="Only the last step knows the exponential law: put another F⁻¹ there, and the same map reaches that law.",
    again="the histogram below the hints.",
    probes=(
        (torch.tensor([0.0, 0.6744898, -0.6744898]), 2.0),  # Φ(z) = ½, ¾, ¼
        (torch.tensor([-2.0, -0.5, 0.3, 1.0, 2.5]), 0.5),
        (torch.tensor([-4.0, -3.0, 3.0, 3.5, 4.0]), 0.01),  # as far as a hundred thousand draws go
    ),
    tolerance=1e-3,
    mistakes=MISTAKES,
)
