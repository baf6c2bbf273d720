"""A picture that nobody sees, for the challenge of notebook 01."""

import math

import torch
from torch import Tensor

from vae_helpers.exercises.numbers import LOG_2PI, gaussian

SIZE, BUDGET, SIGMA = 20, 2000, 0.5


class Hidden:
    """log P(X|z) of one picture, called like a function; X = z + noise, but neither X nor the rule is shown.

    Args:
        seed: of the picture, drawn from P(X).
    """

    __name__ = "log_p_x_given_z"

    def __init__(self, seed: int):
        self.left = BUDGET
        self._x = gaussian(SIZE, seed=seed) * math.sqrt(1 + SIGMA**2)

    def __call__(self, z: Tensor) -> Tensor:
        """log P(X|z) in nats, (N,), for z (N, 20). ValueError for another shape, and when the values are spent."""
        if z.dim() != 2 or z.shape[1] != SIZE:
            raise ValueError(f"z must have shape (N, {SIZE}), not {tuple(z.shape)}")
        self.left -= len(z)
        if self.left < 0:
            raise ValueError(f"all {BUDGET} values of P(X|z) are spent: search with fewer z, or draw fewer")
        return self._normal(z, SIGMA)

    def exact(self) -> Tensor:
        """log P(X), which is known here: X ~ N(0, (1 + σ²) I)."""
        return self._normal(torch.zeros(1, SIZE), math.sqrt(1 + SIGMA**2))[0]

    def _normal(self, mean, sigma):
        return -0.5 * ((self._x - mean) / sigma).square().sum(dim=1) - SIZE * (math.log(sigma) + 0.5 * LOG_2PI)
