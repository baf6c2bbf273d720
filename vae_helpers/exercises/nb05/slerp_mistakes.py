"""Known mistakes of `slerp`."""

import torch

from vae_helpers.exercises.engine import Mistake


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


def _cosines(a, b, t):
    t, angle = t[:, None], _angle(a, b)
    return (torch.cos((1 - t) * angle) * _unit(a) + torch.cos(t * angle) * _unit(b)) / torch.cos(angle)


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


MISTAKES = (
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
        lambda a, b, t: _direction(b, a, t) * _lengths(b, a, t),
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
        lambda a, b, t: _turned(_unit(a), _unit(b), t, torch.arccos((a * b).sum(1, keepdim=True))) * _lengths(a, b, t),
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
    Mistake(
        "direction swapped",
        "The length is right, but the direction runs from b to a: 1 − t belongs to a, t to b.",
        lambda a, b, t: _direction(b, a, t) * _lengths(a, b, t),
    ),
    Mistake(
        "usual formula, angle of vectors that are not unit",
        "You take arccos of a·b. Only for vectors of length 1 is that the angle. Divide a and b by their lengths first, turn, and "
        "multiply by (1−t)|a| + t|b| last.",
        lambda a, b, t: _turned(a, b, t, torch.arccos((a * b).sum(1, keepdim=True).clamp(-1, 1))),
    ),
    Mistake(
        "cosines",
        "You weight by cosines. The weights are sines: sin((1−t)ω)/sin ω and sin(tω)/sin ω. At t = 0 the answer must be a.",
        lambda a, b, t: _cosines(a, b, t) * _lengths(a, b, t),
    ),
    Mistake(
        "half of the angle",
        "Your angle is half of that between a and b, so the path does not end at b.",
        lambda a, b, t: _lengths(a, b, t) * _turned(a, b, t, _angle(a, b) / 2),
    ),
    Mistake(
        "one length for all t",
        "The direction is right, but the length is the mean of both at every t. It goes by equal steps, from |a| to |b|.",
        lambda a, b, t: _lengths(a, b, torch.full_like(t, 0.5)) * _turned(a, b, t, _angle(a, b)),
    ),
    Mistake(
        "weights outside the sine",
        "t and 1 − t multiply the sine; they belong under it: sin((1−t)ω) and sin(tω). So the path is straight.",
        lambda a, b, t: _lengths(a, b, t) * ((1 - t[:, None]) * _unit(a) + t[:, None] * _unit(b)),
    ),
    Mistake(
        "sine before the product",
        "Parentheses: it is the sine of (1−t)·ω, not the sine of 1−t, times ω.",
        lambda a, b, t: (
            _lengths(a, b, t)
            * (torch.sin(1 - t[:, None]) * _angle(a, b) * _unit(a) + torch.sin(t[:, None] * _angle(a, b)) * _unit(b))
            / torch.sin(_angle(a, b))
        ),
    ),
    Mistake(
        "length of the chord",
        "The direction is right. Its length is that of the straight path, which cuts across; it is (1−t)|a| + t|b|.",
        lambda a, b, t: _straight(a, b, t).norm(dim=1, keepdim=True) * _direction(a, b, t),
    ),
)
