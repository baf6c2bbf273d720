"""The map that bends a Gaussian cloud into a ring."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def ring(z):
    """The map g(z) = z/10 + z/‖z‖, which bends a Gaussian cloud into a ring.

    z: points other than the origin, near it or far away, (B, 2). Returns (B, 2).
    """
    return z / 10 + z / z.norm(dim=1, keepdim=True)


def _by_radius_and_angle(z):
    radius, angle = z.norm(dim=1), torch.atan2(z[:, 1], z[:, 0])
    radius = 1 + radius / 10
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)


def _by_squares(z):
    length = (z**2).sum(dim=1).sqrt()
    return z / 10 + z / length[:, None]


def _oracle(z):
    radius, angle = torch.hypot(z[:, 0], z[:, 1]), torch.atan2(z[:, 1], z[:, 0])
    return (1 + radius / 10)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)


def _unit(z):
    return z / z.norm(dim=1, keepdim=True)


MISTAKES = (
    Mistake("norm of the batch",
            "You divide by the norm of the whole batch. Each row has its own length: z.norm(dim=1, keepdim=True).",
            lambda z: z / 10 + z / z.norm()),
    Mistake("squared norm",
            "You divide by ‖z‖², so that the second term has length 1/‖z‖. It must have length 1, whatever z is.",
            lambda z: z / 10 + z / (z**2).sum(1, keepdim=True)),
    Mistake("root of the norm",
            "You divide by the root of ‖z‖. z.norm has taken the root already.",
            lambda z: z / 10 + z / z.norm(dim=1, keepdim=True).sqrt()),
    Mistake("circle only",
            "The term z/10 is missing. All points land on the circle itself, a set without area; z/10 gives the ring its "
            "width.",
            _unit),
    Mistake("no circle",
            "The term z/‖z‖ is missing. What is left is the cloud itself, ten times smaller.",
            lambda z: z / 10),
    Mistake("not divided",
            "z is not divided by its length: z/10 + z stretches the cloud and bends nothing.",
            lambda z: z / 10 + z),
    Mistake("sum of coordinates",
            "You divide by the sum of the coordinates' absolute values. ‖z‖ is the root of the sum of squares.",
            lambda z: z / 10 + z / z.abs().sum(1, keepdim=True)),
    Mistake("signed sum",
            "You divide by the sum of the coordinates. ‖z‖ is the root of the sum of their squares.",
            lambda z: z / 10 + z / z.sum(1, keepdim=True)),
    Mistake("largest coordinate",
            "You divide by the largest coordinate: that makes a square. ‖z‖ is the root of the sum of squares.",
            lambda z: z / 10 + z / z.abs().amax(1, keepdim=True)),
    Mistake("mean of squares",
            "You divide by the root of the *mean* of squares. ‖z‖ is the root of their sum.",
            lambda z: z / 10 + z / (z**2).mean(1, keepdim=True).sqrt()),
    Mistake("each coordinate by itself",
            "You divide each coordinate by its own absolute value, which leaves signs. ‖z‖ is one length for both.",
            lambda z: z / 10 + z / z.abs()),
    Mistake("tenth of everything",
            "The division by 10 covers both terms. Only the first is divided: z/10 + z/‖z‖.",
            lambda z: (z + _unit(z)) / 10),
    Mistake("tenth of the circle",
            "The 10 divides the wrong term. It is z/10 + z/‖z‖, and you have z + z/(10‖z‖).",
            lambda z: z + _unit(z) / 10),
    Mistake("ten times z",
            "You multiply z by 10. The ring is thin because z is divided by 10.",
            lambda z: 10 * z + _unit(z)),
    Mistake("z itself",
            "The first z is not divided by 10. The ring is thin because it is.",
            lambda z: z + _unit(z)),
    Mistake("one bracket",
            "z / (10 + ‖z‖) puts both into one denominator. The two terms are added: z/10 + z/‖z‖.",
            lambda z: z / (10 + z.norm(dim=1, keepdim=True))),
    Mistake("a tenth of ‖z‖",
            "‖z‖ stands where z belongs: the first term is z/10, a point, not ‖z‖/10, a length.",
            lambda z: z.norm(dim=1, keepdim=True) / 10 + _unit(z)),
    Mistake("a tenth of one",
            "1/10 stands where z/10 belongs.",
            lambda z: 0.1 + _unit(z)),
    Mistake("divided by ‖z‖ twice",
            "The first term is divided by ‖z‖ as well. It is z/10 alone.",
            lambda z: 0.1 * _unit(z) + _unit(z)),
    Mistake("difference",
            "The two terms are subtracted. They are added, so that the ring lies at radius 1 and beyond.",
            lambda z: _unit(z) - z / 10),
    Mistake("difference, other way",
            "The two terms are subtracted. They are added: z/10 + z/‖z‖.",
            lambda z: z / 10 - _unit(z)),
    Mistake("product",
            "The two terms are multiplied. They are added: z/10 + z/‖z‖.",
            lambda z: z / 10 * _unit(z)),
    Mistake("times ‖z‖",
            "You multiply by ‖z‖. Dividing by it is what brings every point to the circle.",
            lambda z: z / 10 + z * z.norm(dim=1, keepdim=True)),
    Mistake("norm along the batch",
            "You take norms down the columns (dim=0): one per coordinate. It is one per point, dim=1.",
            lambda z: z / 10 + z / z.norm(dim=0, keepdim=True)),
    Mistake("guarded division",
            "Right for most points. Near the origin the small number that you add to ‖z‖ counts, and the point falls inside "
            "the ring. z is never the origin itself, so nothing need be added.",
            lambda z: z / 10 + z / (z.norm(dim=1, keepdim=True) + 1e-6)),
    Mistake("coordinates exchanged",
            "The two coordinates are exchanged. The point keeps its direction: the answer is a multiple of z.",
            lambda z: (z / 10 + _unit(z)).flip(1)),
    Mistake("radius only",
            "This is the radius of the image. The map returns points: z's direction, at that radius.",
            lambda z: 1 + z.norm(dim=1) / 10),
    Mistake("angle of x by y",
            "The angle is measured from the other axis. It is torch.atan2(y, x), the second coordinate first.",
            lambda z: z / 10 + _unit(z).flip(1)),
    Mistake("angle by atan",
            "torch.atan cannot tell a direction from its opposite: points with a negative first coordinate land on the wrong "
            "side. Use torch.atan2(y, x), or divide by the length.",
            lambda z: z / 10 + _unit(z) * torch.where(z[:, :1] < 0, -1.0, 1.0)),
    Mistake("length of the first row",
            "You divide every row by the length of the first. Each row has its own: z.norm(dim=1, keepdim=True).",
            lambda z: z / 10 + z / z[0].norm()),
    Mistake("‖z‖ added",
            "The length ‖z‖ is added. z is divided by it: z/‖z‖ is a point on the circle.",
            lambda z: z / 10 + z.norm(dim=1, keepdim=True)),
    Mistake("one added",
            "1 is added to both coordinates. z/‖z‖ has length 1 and z's direction.",
            lambda z: z / 10 + 1),
)  # fmt: skip

EXERCISE = Exercise(
    notebook="01",
    goal="Write the deterministic map that turns a Gaussian into a ring.",
    reference=ring,
    alternatives=(_by_radius_and_angle, _by_squares),
    oracle=_oracle,
    hints=(
        "$z/\\|z\\|$ has length 1: it lies on the unit circle, in $z$'s direction.",
        "$\\|z\\|$ is one number for each row. To divide (B, 2) by it, it must have shape (B, 1).",
        "`z.norm(dim=1, keepdim=True)` has that shape. Add $z/10$.",
    ),
    then="The direction alone, z/‖z‖, makes a circle; z/10 gives the circle its width.",
    again="the cell below the hints.",
    probes=(
        (torch.tensor([[3.0, 4.0], [0.0, 2.0], [6.0, -8.0]]),),
        (gaussian(3, 2, seed=5),),
        (gaussian(5, 2, seed=5),),
        (torch.tensor([[1e-3, 0.0], [-3e-4, 4e-4], [90.0, -40.0], [-2e4, 1.0]]),),
    ),
    mistakes=MISTAKES,
)
