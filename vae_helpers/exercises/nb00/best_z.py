"""The challenge of notebook 00: the z whose picture is most like a given one."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian, uniform


def best_z(f, x):
    """The z that makes the picture x most probable.

    f: the decoder, a function from points (N, 2) to the probability of ink in each
    pixel, (N, D), strictly between 0 and 1.
    x: one picture, (D,), 1 for ink, 0 for paper.
    Look from −4 to 4 in both coordinates; within 0.05 of the best z is near enough.
    Returns z, (2,), the same at every call.
    """
    z = torch.zeros(2)
    for half_width in (4.0, 0.2, 0.01):  # a grid, then finer ones around its best point
        axis = torch.linspace(-half_width, half_width, 81)
        grid = z + torch.cartesian_prod(axis, axis)  # (6561, 2)
        ink = f(grid)  # (6561, D)
        log_p = (x * ink.log() + (1 - x) * (1 - ink).log()).sum(dim=1)  # log P(x|z)
        z = grid[log_p.argmax()]
    return z


def bumps(z):
    """Ink near two places, (0, 0) and (2, 1): log f = −1 − ½ ‖z − place‖²."""
    places = torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=z.dtype)
    return torch.exp(-1 - 0.5 * ((z[:, None] - places) ** 2).sum(dim=2))


class Sigmoids:
    """A decoder of one layer, D pixels, called like a function: its log P(x|z) has one hill."""

    def __init__(self, seed: int, size: int):
        self.__name__ = f"decoder_of_{size}_pixels"
        self.weight, self.bias = 0.8 * gaussian(size, 2, seed=seed), 0.5 * gaussian(size, seed=seed + 1)

    def __call__(self, z):
        return torch.sigmoid(z @ self.weight.T.to(z) + self.bias.to(z))

    def drawn(self, z, seed: int):
        """A picture X ~ P(X|z)."""
        ink = self(torch.tensor([z]))[0]
        return (uniform(len(ink), seed=seed) < ink).float()


SMALL, LARGE, STEEP = Sigmoids(17, 20), Sigmoids(31, 25), Sigmoids(103, 30)


def _oracle(f, x):
    # Newton's method in double precision, from the best of a few places.
    def log_p(z):
        ink = f(z[None].double())[0]
        return (x * ink.log() + (1 - x) * (1 - ink).log()).sum()

    starts = torch.cartesian_prod(torch.linspace(-3, 3, 13), torch.linspace(-3, 3, 13)).double()
    z = max(starts, key=log_p)
    for _ in range(30):
        slope = torch.autograd.functional.jacobian(log_p, z)
        z = z - torch.linalg.solve(torch.autograd.functional.hessian(log_p, z), slope)
    return z.float()


def _search(score, low=-4.0, high=4.0, points=81, pick=torch.argmax, twice=True):
    """A search that differs from a right one in the score(x, ink, z), in where it looks, or in what it picks."""

    def code(f, x):
        axis = torch.linspace(low, high, points)
        z = torch.cartesian_prod(axis, axis)
        z = z[pick(score(x, f(z), z))]
        if twice:
            fine = z + torch.cartesian_prod(*2 * [torch.linspace(-0.2, 0.2, 81)])
            z = fine[pick(score(x, f(fine), fine))].clamp(low, high)
        return z

    return code


def _log_p(x, ink, z):
    return (x * ink.log() + (1 - x) * (1 - ink).log()).sum(1)


def _average(f, x):
    z = torch.cartesian_prod(*2 * [torch.linspace(-4, 4, 161)])
    return (torch.softmax(_log_p(x, f(z), z), dim=0)[:, None] * z).sum(0)


def _diagonal(f, x):
    z = torch.linspace(-4, 4, 801)[:, None].expand(-1, 2)
    return z[_log_p(x, f(z), z).argmax()]


MISTAKES = (
    Mistake("worst z",
            "This is the z that makes x *least* probable. Take the largest log P(x|z) (argmax, not argmin).",
            _search(_log_p, pick=torch.argmin)),
    Mistake("ink only",
            "You count the pixels with ink alone, Σ x log f. A pixel of paper has probability 1 − f, and counts as well.",
            _search(lambda x, ink, z: (x * ink.log()).sum(1))),
    Mistake("paper only",
            "You count the pixels of paper alone. A pixel with ink has probability f, and counts as well.",
            _search(lambda x, ink, z: ((1 - x) * (1 - ink).log()).sum(1))),
    Mistake("ink and paper exchanged",
            "Ink and paper are exchanged: f is the probability of ink, and x is 1 where there is ink.",
            _search(lambda x, ink, z: ((1 - x) * ink.log() + x * (1 - ink).log()).sum(1))),
    Mistake("squared distance",
            "You take the z with the smallest squared distance of f to x. Close, and not the same: log P(x|z) counts "
            "x log f + (1 − x) log(1 − f).",
            _search(lambda x, ink, z: -((x - ink) ** 2).sum(1))),
    Mistake("absolute distance",
            "You take the z with the smallest absolute distance of f to x, which is the largest sum of the pixels' probabilities. "
            "They multiply: it is their logarithms that add up.",
            _search(lambda x, ink, z: -(x - ink).abs().sum(1))),
    Mistake("with the prior",
            "You add log P(z). That is the most probable z given x. The task asks for the z under which x is most probable.",
            _search(lambda x, ink, z: _log_p(x, ink, z) - 0.5 * z.square().sum(1))),
    Mistake("average z",
            "This is the average z, weighed by P(x|z). The best single one is wanted.",
            _average),
    Mistake("positive z only",
            "You look at positive coordinates alone. The plane reaches from −4 to 4 in both.",
            _search(_log_p, low=0.0)),
    Mistake("from −1 to 1",
            "You look from −1 to 1. The plane reaches from −4 to 4 in both coordinates.",
            _search(_log_p, low=-1.0, high=1.0)),
    Mistake("coarse grid",
            "Right as far as it goes: your z are 1 apart. Look again around the best, more finely.",
            _search(_log_p, points=9, twice=False)),
    Mistake("coordinates exchanged",
            "The two coordinates are exchanged.",
            lambda f, x: best_z(f, x).flip(0)),
    Mistake("one point for the batch",
            "z has shape (1, 2). One point is wanted, (2,): z[0].",
            lambda f, x: best_z(f, x)[None]),
    Mistake("the picture",
            "You return the picture f(z). The z that made it is wanted, (2,).",
            lambda f, x: f(best_z(f, x)[None])[0]),
    Mistake("the score",
            "You return log P(x|z) of the best z. The z itself is wanted, (2,).",
            lambda f, x: _log_p(x, f(best_z(f, x)[None]), None)[0]),
    Mistake("half-unit grid",
            "Right as far as it goes: your z are half a unit apart. Look again around the best, more finely.",
            _search(_log_p, points=17, twice=False)),
    Mistake("grid of fifths",
            "Right as far as it goes: your z are 0.2 apart. Look again around the best, more finely.",
            _search(_log_p, points=41, twice=False)),
    Mistake("with the prior, mean",
            "You average over the pixels and add log P(z), which then outweighs them. The task asks for the z under which x is "
            "most probable: no prior, and the sum over the pixels.",
            _search(lambda x, ink, z: _log_p(x, ink, z) / len(x) - 0.5 * z.square().sum(1))),
    Mistake("worst, by ink and paper exchanged",
            "This is the z that makes the negative of x least probable: ink and paper are exchanged, and so are argmax and argmin.",
            _search(lambda x, ink, z: -((1 - x) * ink.log() + x * (1 - ink).log()).sum(1))),
    Mistake("diagonal only",
            "Your z lie on the diagonal, both coordinates alike. torch.cartesian_prod(axis, axis) gives the whole plane.",
            _diagonal),
    Mistake("squared distance, worst",
            "This is the z whose picture is *farthest* from x. The nearest is wanted; and measured by log P(x|z), not by "
            "squared distance.",
            _search(lambda x, ink, z: ((x - ink) ** 2).sum(1), twice=False)),
    Mistake("ink where x has ink",
            "You add f over the inked pixels. Probabilities multiply, so their logarithms add up; and a pixel of paper has "
            "probability 1 − f, and counts as well.",
            _search(lambda x, ink, z: (x * ink).sum(1), twice=False)),
    Mistake("pixels on the right side",
            "You count the pixels on the right side of ½. log P(x|z) counts by how far: x log f + (1 − x) log(1 − f).",
            _search(lambda x, ink, z: ((ink > 0.5) == (x > 0.5)).float().sum(1), twice=False)),
)  # fmt: skip

EXERCISE = Exercise(
    notebook="00",
    goal="*Challenge, optional.* Find the $z$ that makes a given picture most probable.",
    reference=best_z,
    oracle=_oracle,
    nearly=0.1,
    hints=(
        "Pixels are independent coins once $z$ is known. With probability of ink $f_i$, a pixel with ink has probability "
        "$f_i$, and one of paper $1-f_i$. Their logarithms add up.",
        "There are only two coordinates: try a whole grid of z, and keep the best. `torch.cartesian_prod(axis, axis)` makes "
        "the grid.",
        "$\\log P(x|z)=\\sum_i x_i\\log f_i+(1-x_i)\\log(1-f_i)$ at every point of a grid with 81 values from −4 to 4 a side; "
        "`grid[log_p.argmax()]`.",
    ),
    then="Your search asks the decoder again and again for one x; the encoder, in the cell below the hints, looks at x once.",
    again="the cell below the hints.",
    probes=(
        (bumps, torch.tensor([1.0, 1.0])),  # half way between the two places
        (SMALL, SMALL.drawn([1.0, 1.0], seed=3)),
        (LARGE, LARGE.drawn([-1.5, -1.0], seed=5)),
        # beyond ±4 some ink of this one is 1 to the last digit, and log(1 − f) no number
        (STEEP, STEEP.drawn([-1.5, 0.5], seed=103)),
        (LARGE, LARGE.drawn([3.0, 2.5], seed=11)),  # far out
    ),
    tolerance=0.05,
    mistakes=MISTAKES,
)
