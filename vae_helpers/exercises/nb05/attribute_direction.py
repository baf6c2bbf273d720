"""A direction that moves a property: the mended fit."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def attribute_direction(codes, values, kl):
    """The direction of z along which a property grows, by the latents in use.

    codes: means of Q, one row an image, (N, L). values: the property of each, (N,).
    kl: mean D[Q‖P(z)] along each latent, in nats, (L,); above 0.01 a latent is in use.
    Judged as a least-squares fit, with a constant, of the values to the codes in use.
    Returns (L,): of length 1, and 0 along latents that are not in use.
    """
    used = kl > 0.01
    design = torch.cat([codes[:, used], torch.ones(len(codes), 1)], dim=1)
    fitted = (torch.linalg.pinv(design) @ values)[:-1]  # without the constant
    direction = torch.zeros(codes.shape[1])
    direction[used] = fitted / fitted.norm()
    return direction


def _centered(codes, values, kl):
    x, y = codes - codes.mean(dim=0), values - values.mean()
    x = x[:, kl > 0.01]
    direction = torch.zeros(len(kl)).masked_scatter(kl > 0.01, torch.linalg.solve(x.T @ x, x.T @ y))
    return direction / direction.norm()


def _oracle(codes, values, kl):
    # Gradient descent in the used latents, in double precision, on what the fit leaves open.
    used = kl > 0.01
    x, y = (t.double() - t.double().mean(0) for t in (codes[:, used], values))
    slope, rate = torch.zeros(x.shape[1], dtype=torch.float64), 1 / torch.linalg.matrix_norm(x, 2) ** 2
    for _ in range(20_000):
        slope = slope + rate * x.T @ (y - x @ slope)
    direction = torch.zeros(len(kl), dtype=torch.float64)
    direction[used] = slope / slope.norm()
    return direction.float()


def _fit(codes, values, constant=True):
    """Coefficients of the columns, and of the constant last if there is one."""
    columns = torch.cat([codes, torch.ones(len(codes), 1)], dim=1) if constant else codes
    return torch.linalg.pinv(columns) @ values


def _used(codes, kl):
    """Codes with 0 in the latents that are not used."""
    return codes * (kl > 0.01)


def _spread(used, coefficients):
    """Coefficients of the used latents at their places."""
    direction = torch.zeros(len(used))
    direction[used] = coefficients
    return direction


def _unit(vector):
    return vector / vector.norm()


def _probe(n, size, dead, seed):
    """Codes whose last latents hardly move and yet go along a little with the property, by chance."""
    codes = gaussian(n, size, seed=seed) * (1 + 0.3 * torch.arange(size)) + 0.5
    codes[:, size - dead :] *= 0.007
    kl = torch.full((size,), 1.3)
    kl[size - dead :] = 0.001
    order = torch.randperm(size, generator=torch.Generator().manual_seed(seed))
    codes, kl = codes[:, order], kl[order]
    values = codes @ gaussian(size, seed=seed + 1) + 0.5 * gaussian(n, seed=seed + 2) + 40
    return codes, values, kl


EXERCISE = Exercise(
    notebook="05",
    goal="Mend the fit, so that the walk along a property moves.",
    reference=attribute_direction,
    oracle=_oracle,
    alternatives=(_centered,),
    hints=(
        "What should the fit not be allowed to use? Leave it out before you fit: once the coefficients are fitted, the "
        "damage is done.",
        "`kl > 0.01` says true for the latents in use; `codes[:, used]` are their columns. Fit as the cell above does, "
        "with a column of ones for the constant. The constant is no direction: drop its coefficient. Then divide by "
        "the length.",
        "`design` is the used columns beside ones; `(torch.linalg.pinv(design) @ values)[:-1]` are their coefficients. "
        "Make them a unit vector and put it into a vector of zeros, at `direction[used]`.",
    ),
    then="The length of a direction counts coefficients, not what they do: leave out what is not used before you fit.",
    again="the walks below the question.",
    probes=(
        (  # values = 10 + 3 z₁ + 4 z₂ + 200 z₃, where z₃ hardly moves
            torch.tensor([[0.0, 0.0, 0.01], [1.0, 0.0, -0.01], [0.0, 1.0, -0.01], [1.0, 1.0, 0.01]]),
            torch.tensor([12.0, 11.0, 12.0, 19.0]),
            torch.tensor([2.0, 0.015, 0.009]),
        ),
        _probe(30, 4, 1, 1),
        _probe(60, 8, 3, 5),
        _probe(200, 16, 3, 9),
    ),
    tolerance=1e-3,
    mistakes=(
        Mistake(
            "all latents",
            "This is the fit of the cell above: the latents that are not used take most of the direction, and the walk "
            "stands still. Leave them out before you fit.",
            lambda codes, values, kl: _unit(_fit(codes, values)[:-1]),
        ),
        Mistake(
            "set to 0 after the fit",
            "You fit all latents and set the unused ones to 0 afterwards. The other coefficients were fitted beside "
            "them, and have taken that into account. Leave the unused latents out before you fit.",
            lambda codes, values, kl: _unit(_fit(codes, values)[:-1] * (kl > 0.01)),
        ),
        Mistake(
            "set to 0 after the length",
            "You fit all latents, divide by the length, and set the unused ones to 0 last. What is left is short: nearly "
            "all of the length was in them. Leave them out before you fit.",
            lambda codes, values, kl: _unit(_fit(codes, values)[:-1]) * (kl > 0.01),
        ),
        Mistake(
            "no constant",
            "The fit has no constant. The property is not 0 at z = 0, so the direction must explain the average as well. "
            "Add a column of ones, or subtract the means of codes and values.",
            lambda codes, values, kl: _unit(_spread(kl > 0.01, _fit(codes[:, kl > 0.01], values, constant=False))),
        ),
        Mistake(
            "all latents, no constant",
            "Two things. All latents are in the fit, and those that are not used take most of it. And there is no "
            "constant: a column of ones.",
            lambda codes, values, kl: _unit(_fit(codes, values, constant=False)),
        ),
        Mistake(
            "not length 1",
            "The direction is right; its length is not 1. Divide by the norm, so that a step along it is a step of known "
            "length in z.",
            lambda codes, values, kl: _spread(kl > 0.01, _fit(codes[:, kl > 0.01], values)[:-1]),
        ),
        Mistake(
            "length with the constant",
            "You divide by a length that counts the constant's coefficient. The constant is no direction: drop it first.",
            lambda codes, values, kl: _spread(kl > 0.01, _unit(_fit(codes[:, kl > 0.01], values))[:-1]),
        ),
        Mistake(
            "length of the sum",
            "You divide by the sum of the absolute coefficients. Length 1 means that the squares add up to 1: divide by "
            "the norm.",
            lambda codes, values, kl: (
                _spread(kl > 0.01, _fit(codes[:, kl > 0.01], values)[:-1])
                / _fit(codes[:, kl > 0.01], values)[:-1].abs().sum()
            ),
        ),
        Mistake(
            "downhill",
            "Your direction points the other way: along it the property falls.",
            lambda codes, values, kl: -_spread(kl > 0.01, _unit(_fit(codes[:, kl > 0.01], values)[:-1])),
        ),
        Mistake(
            "the unused ones",
            "You kept the latents that are not used, and left out the others. Used are those with kl above 0.01.",
            lambda codes, values, kl: _spread(kl <= 0.01, _unit(_fit(codes[:, kl <= 0.01], values)[:-1])),
        ),
        Mistake(
            "one latent at a time",
            "You fit each latent by itself. Latents that go along with one another then count the same change twice. Fit "
            "them together.",
            lambda codes, values, kl: _unit(
                _used(codes - codes.mean(0), kl).T
                @ (values - values.mean())
                / (codes - codes.mean(0)).square().sum(0).clamp(min=1e-12)
            ),
        ),
        Mistake(
            "covariances",
            "These are covariances of each latent with the property. They point where the codes spread along with it; "
            "the fit also asks what the other latents explain.",
            lambda codes, values, kl: _unit(_used(codes - codes.mean(0), kl).T @ (values - values.mean())),
        ),
        Mistake(
            "in standard deviations",
            "You fit codes divided by their standard deviations, so your steps are in those units. Here they are in units "
            "of z.",
            lambda codes, values, kl: _unit(
                _spread(kl > 0.01, (_fit(codes[:, kl > 0.01], values)[:-1] * codes.std(0)[kl > 0.01]))
            ),
        ),
        Mistake(
            "difference of means",
            "You take the mean of the codes with a high value minus that of the codes with a low one. It points where the "
            "two groups differ, also where that has nothing to do with the property; the fit keeps these apart.",
            lambda codes, values, kl: _unit(
                _used(codes, kl)[values > values.mean()].mean(0) - _used(codes, kl)[values <= values.mean()].mean(0)
            ),
        ),
    ),
)
