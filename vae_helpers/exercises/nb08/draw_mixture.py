"""Draws from a mixture: first a part, then a point of it."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian, uniform


def draw_mixture(shares, means, sds, coins, eps):
    """Draws of z from a mixture of M Gaussians with diagonal covariances.

    shares: of the parts, adding up to 1, (M,). means, sds: (M, L) each. coins: numbers
    drawn evenly from 0 to 1, (N,); below shares[0] a draw comes from the first part, in
    the next shares[1] from the second, and so on. eps: noise, (N, L). Returns (N, L).
    """
    edges = shares.cumsum(dim=0)[:-1]  # where each part ends, but the last
    part = (coins[:, None] >= edges).sum(dim=1)
    return means[part] + sds[part] * eps


def _searched(shares, means, sds, coins, eps):
    part = torch.searchsorted(shares.cumsum(0), coins, right=True).clamp(max=len(shares) - 1)
    return torch.addcmul(means[part], sds[part], eps)


def _oracle(shares, means, sds, coins, eps):
    rows = []
    for coin, noise in zip(coins.tolist(), eps, strict=True):
        left, m = coin, 0
        while m < len(shares) - 1 and left >= shares[m].item():
            left -= shares[m].item()
            m += 1
        rows.append(torch.distributions.Normal(means[m], sds[m]).icdf(torch.special.ndtr(noise.double())).float())
    return torch.stack(rows)


def _probe(parts, size, n, seed):
    shares = gaussian(parts, seed=seed).softmax(0)
    sds = (0.5 * gaussian(parts, size, seed=seed + 1) - 0.5).exp()
    coins, eps = uniform(n, seed=seed + 2), gaussian(n, size, seed=seed + 3)
    return shares, 3 * gaussian(parts, size, seed=seed + 4), sds, coins, eps


EXERCISE = Exercise(
    notebook="08",
    goal="Draw from a mixture: which part, and then which point of it.",
    reference=draw_mixture,
    alternatives=(_searched,),
    oracle=_oracle,
    then="A latent of its own, then a Gaussian: the mixture is a latent variable model of z, as notebook 01 made them of X.",
    again="the draws below the hints.",
    hints=(
        "A draw belongs to one part. Lay the shares one after the other from 0 to 1: the coin falls into one of the pieces. "
        "Which number does that piece have?",
        "The pieces end at `shares.cumsum(0)`. The number of a coin's piece is the number of ends that lie at or below it; the "
        "last end is 1 and need not be counted.",
        "`part = (coins[:, None] >= shares.cumsum(0)[:-1]).sum(1)` is (N,). Then `means[part]` and `sds[part]` are (N, L), and "
        "the point is $\\text{mean}+\\text{sd}\\cdot\\varepsilon$.",
    ),
    probes=(
        (
            torch.tensor([0.5, 0.25, 0.25]), torch.tensor([[0.0], [10.0], [20.0]]), torch.tensor([[1.0], [2.0], [4.0]]),
            torch.tensor([0.1, 0.6, 0.9]), torch.tensor([[1.0], [1.0], [-1.0]]),
        ),
        _probe(4, 2, 6, 841),
        _probe(3, 3, 9, 851),
        _probe(7, 2, 12, 861),
    ),
    mistakes=(
        Mistake("parts averaged", "Means and sds are averaged by the shares: one Gaussian in the middle, where there may be no part at all. A "
                "draw belongs to one part.", lambda shares, means, sds, coins, eps: shares @ means + (shares @ sds) * eps),
        Mistake("largest part only", "All draws come from the part with the largest share. The others have shares too.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "shares.argmax().expand(len(coins))"),)),
        Mistake("last part only", "All draws come from the last part. In a loop over the parts each one takes the coins of its own piece; a "
                "later part must not overwrite an earlier one.",
                lambda shares, means, sds, coins, eps: means[-1] + sds[-1] * eps),
        Mistake("equal shares", "All parts are drawn equally often. Each piece is as long as its share.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins * len(shares)).long()"),)),
        Mistake("one part for all", "The first coin decides for all draws. Each has its own.",
                edit=(("coins[:, None]", "coins[:1, None].expand(len(coins), 1)"),)),
        Mistake("not added up", "The coins are compared with the shares themselves. A piece ends where the shares before it and its own add up: "
                "cumsum.", edit=(("shares.cumsum(dim=0)[:-1]", "shares[:-1]"),)),
        Mistake("not added up, the last one too", "The coins are compared with all of the shares themselves. A piece ends where the shares before it and its own "
                "add up: cumsum.", edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins[:, None] >= shares).sum(dim=1).clamp(max=len(shares) - 1)"),)),
        Mistake("one too far", "The part after the right one is taken: index 0 is the first part, below shares[0].",
                edit=((".sum(dim=1)", ".sum(dim=1).add(1).remainder(len(shares))"),)),
        Mistake("one too near", "The part before the right one is taken: count the ends at or below the coin, and take off nothing.",
                edit=((".sum(dim=1)", ".sum(dim=1).sub(1).clamp(min=0)"),)),
        Mistake("from the other end", "The pieces are counted from the other end: count the ends below the coin, not those above.",
                edit=((">= edges", "< edges"),)),
        Mistake("in the order of size", "The parts are taken in the order of their shares. Keep the order that they came in.",
                edit=(("shares.cumsum", "shares.sort(descending=True).values.cumsum"),)),
        Mistake("coins turned", "You compare with 1 − coin. As chance it would be as good; here the pieces are told: the small coins are for the "
                "first part.", edit=(("coins[:, None]", "(1 - coins)[:, None]"),)),
        Mistake("variance as scale", "ε is scaled by sds². The scale is sds.", edit=(("sds[part]", "sds[part] ** 2"),)),
        Mistake("root as scale", "ε is scaled by the root of sds. They are standard deviations already.", edit=(("sds[part]", "sds[part].sqrt()"),)),
        Mistake("no noise", "Every draw is the mean of its part. Its noise is missing.", edit=((" + sds[part] * eps", ""),)),
        Mistake("no mean", "The part's mean is missing: all parts lie on the origin.", edit=(("means[part] + ", ""),)),
        Mistake("noise as it is", "ε is added as it is. Scale it by the sds of its part.", edit=(("sds[part] * eps", "eps"),)),
        Mistake("average width", "ε is scaled by the average of all parts' sds. Each part has its own.", edit=(("sds[part]", "sds.mean(dim=0)"),)),
        Mistake("width of the first", "ε is scaled by the sds of the first part. Take those of the part that was drawn.", edit=(("sds[part]", "sds[0]"),)),
        Mistake("one noise for all", "All draws get the noise of the first.", edit=(("* eps", "* eps[:1]"),)),
        Mistake("subtracted", "The noise is subtracted. As chance it would be as good; here it is given: add it.", edit=(("] + sds", "] - sds"),)),
        Mistake("one too far, no further than the last", "The part after the right one is taken, and the last one for the last: index 0 is the first part, below shares[0].",
                edit=((".sum(dim=1)", ".sum(dim=1).add(1).clamp(max=len(shares) - 1)"),)),
        Mistake("one too near, round the end", "The part before the right one is taken, and the last one for the first (index −1): count the ends at or below the coin, and take off nothing.",
                edit=((".sum(dim=1)", ".sum(dim=1).sub(1)"),)),
        Mistake("parts sorted by size", "The parts are laid one after the other by size, the largest first. Keep the order that they came in.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "shares.argsort(descending=True)[(coins[:, None] >= shares.sort(descending=True).values.cumsum(0)[:-1]).sum(dim=1)]"),)),
        Mistake("smallest first",
                "The pieces are laid in the order of their sizes, the smallest first. Keep the order that the shares came in.",
                edit=(("shares.cumsum", "shares.sort().values.cumsum"),)),
        Mistake("shares in reverse",
                "The shares are added up from the last part to the first. Keep the order that they came in.",
                edit=(("shares.cumsum", "shares.flip(0).cumsum"),)),
        Mistake("nearest end",
                "You take the part whose end is nearest to the coin. A coin belongs to the piece that it lies in: count the ends at or below it.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins[:, None] - shares.cumsum(dim=0)).abs().argmin(dim=1)"),)),
        Mistake("nearest share",
                "You take the part whose share is nearest to the coin. Lay the shares one after the other from 0 to 1: the coin falls into one of the pieces.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins[:, None] - shares).abs().argmin(dim=1)"),)),
        Mistake("first or last",
                "A coin above the first share takes the last part. The parts between have pieces, too.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins >= shares[0]).long() * (len(shares) - 1)"),)),
        Mistake("first or second",
                "A coin above the first share takes the second part. The others have pieces, too.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins >= shares[0]).long()"),)),
        Mistake("above one share",
                "A coin is compared with the shares one by one, and the first share above it gives the part. A piece ends where the shares before it and its own add up: cumsum.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "(coins[:, None] < shares).int().argmax(dim=1)"),)),
        Mistake("logarithms of the shares",
                "You apply a softmax to the shares. They are probabilities already and add up to 1.",
                edit=(("shares.cumsum", "shares.softmax(dim=0).cumsum"),)),
        Mistake("round robin",
                "The parts are taken in turn, whatever the coins are.",
                edit=(("(coins[:, None] >= edges).sum(dim=1)", "torch.arange(len(coins)) % len(shares)"),)),
    ),
)  # fmt: skip
