"""Spherical interpolation."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
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


def _unit(a):
    return a / a.norm(dim=1, keepdim=True)


def _cosine(a, b):
    return (_unit(a) * _unit(b)).sum(dim=1, keepdim=True)


def _angle(a, b):
    return torch.arccos(_cosine(a, b))


def _lengths(a, b, t):
    return (1 - t[:, None]) * a.norm(dim=1, keepdim=True) + t[:, None] * b.norm(dim=1, keepdim=True)


def _turned(a, b, t, angle):
    t = t[:, None]
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def _direction(a, b, t):
    return _turned(_unit(a), _unit(b), t, _angle(a, b))


def _straight(a, b, t):
    return (1 - t[:, None]) * a + t[:, None] * b


def _by_powers(a, b, t):
    ratio = b.norm(dim=1, keepdim=True) / a.norm(dim=1, keepdim=True)
    return _direction(a, b, t) * a.norm(dim=1, keepdim=True) * ratio ** t[:, None]


def _right_angle(a, b, t):
    turn = t[:, None] * _angle(a, b)
    return (torch.cos(turn) * _unit(a) + torch.sin(turn) * _unit(b)) * _lengths(a, b, t)


def _norm_of_all(a, b, t):
    u, v = a / a.norm(), b / b.norm()
    angle = torch.arccos((u * v).sum(dim=1, keepdim=True).clamp(-1, 1))
    return _turned(u, v, t, angle) * _lengths(a, b, t)


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
    mistakes=(
        Mistake(
            "straight",
            "This is the straight path. Halfway between two unrelated points of the same length it is shorter than both; "
            "the spherical path keeps the length.",
            _straight,
        ),
        Mistake(
            "straight, then stretched",
            "Your lengths are right, but you take the direction of the straight path. It turns slowly at the ends and fast "
            "in the middle. The direction is to turn by the same angle in each step.",
            lambda a, b, t: _unit(_straight(_unit(a), _unit(b), t)) * _lengths(a, b, t),
        ),
        Mistake(
            "straight between a and b, then stretched",
            "Your lengths are right, but you take the direction of the straight path from a to b, in which the longer of "
            "the two has more say. The direction is to turn by the same angle in each step, whatever the lengths.",
            lambda a, b, t: _unit(_straight(a, b, t)) * _lengths(a, b, t),
        ),
        Mistake(
            "lengths in the weights",
            "The usual formula, and fine when |a| = |b|. With unequal lengths the direction does not turn evenly: the "
            "longer vector pulls. Divide a and b by their lengths first, and multiply by (1−t)|a| + t|b| last.",
            lambda a, b, t: _turned(a, b, t, _angle(a, b)),
        ),
        Mistake(
            "lengths twice",
            "The lengths count twice: once in the weighted vectors, and once more at the end. Weight a/|a| and b/|b|.",
            lambda a, b, t: _turned(a, b, t, _angle(a, b)) * _lengths(a, b, t),
        ),
        Mistake(
            "length 1",
            "The direction is right; the length is missing. Multiply by (1−t)|a| + t|b|. At t = 0 the answer must be a.",
            _direction,
        ),
        Mistake(
            "lengths swapped",
            "The direction is right, but the length goes from |b| to |a|.",
            lambda a, b, t: _direction(a, b, t) * _lengths(b, a, t),
        ),
        Mistake(
            "length by powers",
            "The direction is right. Your length goes by equal factors, |a|^(1−t)·|b|^t; here it goes by equal steps, "
            "(1−t)|a| + t|b|.",
            _by_powers,
        ),
        Mistake(
            "norm of the whole batch",
            "You divide by the length of all rows together. Each row has its own: norm(dim=1, keepdim=True).",
            _norm_of_all,
        ),
        Mistake(
            "t swapped",
            "Your path runs from b to a. At t = 0 the answer must be a.",
            lambda a, b, t: _oracle(b, a, t),
        ),
        Mistake(
            "cosine for the angle",
            "You use the inner product of the directions as the angle. It is the angle's cosine: take arccos.",
            lambda a, b, t: _turned(_unit(a), _unit(b), t, _cosine(a, b)) * _lengths(a, b, t),
        ),
        Mistake(
            "angle of vectors that are not unit",
            "You take arccos of a·b. Only for vectors of length 1 is that the angle; for longer ones arccos gives NaN. "
            "Divide both by their lengths first.",
            lambda a, b, t: (
                _turned(_unit(a), _unit(b), t, torch.arccos((a * b).sum(1, keepdim=True))) * _lengths(a, b, t)
            ),
        ),
        Mistake(
            "degrees",
            "You turned the angle into degrees. torch.sin takes radians, which is what arccos gives.",
            lambda a, b, t: _turned(_unit(a), _unit(b), t, torch.rad2deg(_angle(a, b))) * _lengths(a, b, t),
        ),
        Mistake(
            "right angle assumed",
            "Weights cos(tω) and sin(tω) fit two directions at a right angle. For any others they are sin((1−t)ω)/sin ω and "
            "sin(tω)/sin ω. At t = 1 the answer must be b.",
            _right_angle,
        ),
    ),
)
