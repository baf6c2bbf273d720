"""The map that bends a Gaussian cloud into a ring."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def ring(z):
    """The map g(z) = z/10 + z/‖z‖, which bends a Gaussian cloud into a ring.

    z: points other than the origin, (B, 2). Returns (B, 2).
    """
    return z / 10 + z / z.norm(dim=1, keepdim=True)


def _oracle(z):
    radius, angle = torch.hypot(z[:, 0], z[:, 1]), torch.atan2(z[:, 1], z[:, 0])
    return (1 + radius / 10)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)


EXERCISE = Exercise(
    notebook="01",
    goal="Write the deterministic map that turns a Gaussian into a ring.",
    reference=ring,
    oracle=_oracle,
    hints=(
        "z/‖z‖ has length 1: it lies on the unit circle, in z's direction.",
        "‖z‖ is one number for each row. To divide (B, 2) by it, it must have shape (B, 1).",
        "z.norm(dim=1, keepdim=True) has that shape. Add z/10.",
    ),
    probes=(
        (torch.tensor([[3.0, 4.0]]),),
        (gaussian(2, 2, seed=6),),
        (gaussian(5, 2, seed=5),),
    ),
    mistakes=(
        Mistake(
            "norm of the batch",
            "You divide by the norm of the whole batch. Each row has its own length: z.norm(dim=1, keepdim=True).",
            lambda z: z / 10 + z / z.norm(),
        ),
        Mistake(
            "squared norm",
            "You divide by ‖z‖², so that the second term has length 1/‖z‖. It must have length 1, whatever z is.",
            lambda z: z / 10 + z / (z**2).sum(1, keepdim=True),
        ),
        Mistake(
            "circle only",
            "The term z/10 is missing. All points land on the circle itself, a set without area; z/10 gives the ring its "
            "width.",
            lambda z: z / z.norm(dim=1, keepdim=True),
        ),
        Mistake(
            "sum of coordinates",
            "You divide by the sum of the coordinates' absolute values. ‖z‖ is the root of the sum of squares.",
            lambda z: z / 10 + z / z.abs().sum(1, keepdim=True),
        ),
        Mistake(
            "tenth of everything",
            "The division by 10 covers both terms. Only the first is divided: z/10 + z/‖z‖.",
            lambda z: (z + z / z.norm(dim=1, keepdim=True)) / 10,
        ),
        Mistake(
            "norm along the batch",
            "You take norms down the columns (dim=0): one per coordinate. It is one per point, dim=1.",
            lambda z: z / 10 + z / z.norm(dim=0, keepdim=True),
        ),
    ),
)
