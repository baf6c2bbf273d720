"""A direction that moves a property: the mended fit."""

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb05.attribute_direction_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def attribute_direction(codes, values, kl):
    """The direction of z along which a property grows, by the latents in use.

    codes: means of Q, one row an image, (N, L). values: the property of each, (N,).
    kl: mean D[Q‖P(z)] along each latent, in nats, (L,); above 0.01 a latent is in use.
    Judged by a least-squares fit: value = weights · codes in use + constant.
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


def _probe(n, size, dead, seed):
    """Codes whose last latents hardly move and yet go along a little with the property."""
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
    mistakes=MISTAKES,
)
