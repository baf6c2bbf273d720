"""Spherical interpolation."""

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb05.slerp_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian, uniform


def slerp(a, b, t):
    """The point at t on the spherical path from a to b, row by row.

    From a, at t = 0, to b, at t = 1, the direction turns by equal angles in equal steps
    of t, and the length goes by equal steps from |a| to |b|.

    a, b: latents, never parallel or opposite, (B, L). t: from 0 to 1, (B,).
    Returns (B, L).
    """
    t = t[:, None]
    length_a, length_b = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    a, b = a / length_a, b / length_b
    angle = torch.arccos((a * b).sum(dim=1, keepdim=True))
    turned = torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b
    return ((1 - t) * length_a + t * length_b) * turned / torch.sin(angle)


def _oracle(a, b, t):
    # Rotate a's direction in the plane of a and b by the exponential of a skew-symmetric matrix.
    points = []
    for start, end, share in zip(a.double(), b.double(), t.double(), strict=True):
        u = start / start.norm()
        sideways = end - (end @ u) * u
        angle, v = torch.atan2(sideways.norm(), end @ u), sideways / sideways.norm()
        turn = torch.linalg.matrix_exp(share * angle * (torch.outer(v, u) - torch.outer(u, v)))
        points.append(turn @ u * torch.lerp(start.norm(), end.norm(), share))
    return torch.stack(points).float()


def _by_rotation(a, b, t):
    u = a / a.norm(dim=1, keepdim=True)
    sideways = b - (b * u).sum(dim=1, keepdim=True) * u
    v = sideways / sideways.norm(dim=1, keepdim=True)
    angle = t[:, None] * torch.atan2((b * v).sum(dim=1), (b * u).sum(dim=1))[:, None]
    length = (1 - t[:, None]) * a.norm(dim=1, keepdim=True) + t[:, None] * b.norm(dim=1, keepdim=True)
    return length * (torch.cos(angle) * u + torch.sin(angle) * v)


EXERCISE = Exercise(
    notebook="05",
    goal="Walk from one latent to another by turning the direction evenly, without cutting across the inside.",
    reference=slerp,
    oracle=_oracle,
    alternatives=(_by_rotation,),
    hints=(
        "Treat direction and length apart. $a/|a|$ is a direction; the cosine of the angle of two is their inner product.",
        "On the circle through two unit vectors $u$ and $v$, the point after the share $t$ of the angle is "
        "$\\big(\\sin((1-t)\\,\\omega)\\,u + \\sin(t\\,\\omega)\\,v\\big)/\\sin\\omega$, with $\\omega$ the angle. Keep shapes "
        "(B, 1) with `keepdim=True` and `t[:, None]`.",
        "$u = a/|a|$, $v = b/|b|$; $\\omega$ is the arccos of the row sums of $u\\,v$; direction as in hint 2; times "
        "$(1-t)\\,|a| + t\\,|b|$.",
    ),
    then="No point of this path is shorter than the shorter end; the middle of a straight path can be.",
    again="the two cells below the hints.",
    probes=(
        (  # a quarter turn: halfway at length 2, and a third of the way, 30 degrees, at length 4
            torch.tensor([[2.0, 0.0], [3.0, 0.0]]),
            torch.tensor([[0.0, 2.0], [0.0, 6.0]]),
            torch.tensor([0.5, 1 / 3]),
        ),
        (torch.tensor([[3.0, 0.0], [1.0, 0.1]]), torch.tensor([[0.2, 0.2], [-2.0, 0.0]]), torch.tensor([0.25, 0.5])),
        (gaussian(4, 3, seed=1), 2 * gaussian(4, 3, seed=2), torch.tensor([0.0, 0.3, 0.6, 1.0])),
        (gaussian(3, 3, seed=3), gaussian(3, 3, seed=4), torch.tensor([0.2, 0.5, 0.9])),
        (gaussian(6, 16, seed=5), 3 * gaussian(6, 16, seed=6), uniform(6, seed=7)),
    ),
    mistakes=MISTAKES,
)
