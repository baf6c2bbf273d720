"""A score of several answers at once: near to the truth, and apart from each other."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def energy_score(draws, x):
    """The energy score of S answers to each question; the lower, the better.

    The mean distance from a draw to the truth, minus half the mean distance between two
    different draws. Distances are Euclidean, over the pixels.
    draws: (S, B, pixels), S of 2 or more. x: the truth, (B, pixels). Returns (B,).
    """
    count = len(draws)
    to_truth = (draws - x).norm(dim=2).mean(dim=0)  # (B,)
    between = (draws[:, None] - draws).norm(dim=3).sum(dim=(0, 1))  # (S, S, B, pixels) -> (B,)
    return to_truth - 0.5 * between / (count * (count - 1))


def _pair_by_pair(draws, x):
    count = len(draws)
    pairs = [(draws[i] - draws[j]).norm(dim=1) for i in range(count) for j in range(i)]
    return (draws - x).norm(dim=2).mean(dim=0) - 0.5 * torch.stack(pairs).mean(dim=0)


def _oracle(draws, x):
    by_image, count = draws.double().transpose(0, 1), len(draws)  # (B, S, pixels)
    exact = "donot_use_mm_for_euclid_dist"
    between = torch.cdist(by_image, by_image, compute_mode=exact).sum(dim=(1, 2)) / (count * (count - 1))
    to_truth = torch.cdist(by_image, x.double()[:, None], compute_mode=exact).mean(dim=(1, 2))
    return (to_truth - between / 2).float()


def _half_between(draws):
    count = len(draws)
    return 0.5 * (draws[:, None] - draws).norm(dim=3).sum(dim=(0, 1)) / (count * (count - 1))


def _varied(size=lambda difference: difference.norm(dim=-1), weight=0.5, pairs=lambda s: s * (s - 1)):
    """The score with another distance, another weight of the second term, or another count of pairs."""

    def code(draws, x):
        between = size(draws[:, None] - draws).sum(dim=(0, 1)) / pairs(len(draws))
        return size(draws - x).mean(dim=0) - weight * between

    return code


EXERCISE = Exercise(
    notebook="07",
    goal="Write one number for correct *and* different, which no constant answer can win.",
    reference=energy_score,
    alternatives=(_pair_by_pair,),
    oracle=_oracle,
    then="The expected score is lowest for draws from the true distribution, and for no others (Gneiting and Raftery 2007).",
    again="the rest of section 7.5.",
    hints=(
        "Two distances: from each draw to the truth, and from each draw to each other draw.",
        "`draws[:, None] - draws` has all $S^2$ differences, (S, S, B, pixels). Its diagonal is 0, so the sum over all of "
        "them is that over the $S(S-1)$ pairs of different draws.",
        "`norm` over the pixels; the mean over the draws for the first term; the sum of the second, divided by $S(S-1)$ "
        "and halved.",
    ),
    probes=(
        (  # distances of 5 and 5 to the truth, 10 between the draws; then 2 and 4, and 2
            torch.tensor([[[3.0, 4.0], [2.0, 0.0]], [[-3.0, -4.0], [4.0, 0.0]]]), torch.tensor([[0.0, 0.0], [0.0, 0.0]]),
        ),
        (gaussian(3, 2, 4, seed=721), gaussian(2, 4, seed=722)),
        (gaussian(5, 3, 6, seed=723), gaussian(3, 6, seed=724)),
        (gaussian(1, 2, 3, seed=725).expand(4, -1, -1) * 1, gaussian(2, 3, seed=726)),  # four times the same answer
    ),
    mistakes=(
        Mistake("only the distance", "The second term is missing: a score of correctness alone, which one blurred answer wins.",
                _varied(weight=0.0)),
        Mistake("not halved", "The distance between draws counts in full, or each pair twice. It counts by half: otherwise wild answers win.",
                _varied(weight=1.0)),
        Mistake("added", "The distance between draws is added. Answers should differ: it is subtracted.",
                _varied(weight=-0.5)),
        Mistake("draws with themselves",
                "You divide by S². The S pairs of a draw with itself have distance 0 and do not count: there are S(S − 1) pairs "
                "of different draws.", _varied(pairs=lambda s: s * s)),
        Mistake("squared distances",
                "These are squared distances. With squares the score depends on the mean of the draws alone, and a constant "
                "answer wins again. Take the root.", _varied(size=lambda difference: difference.square().sum(dim=-1))),
        Mistake("absolute distances", "You add up absolute differences. Distances are Euclidean: the root of the sum of squares.",
                _varied(size=lambda difference: difference.abs().sum(dim=-1))),
        Mistake("mean over pixels", "You average the squares over the pixels before the root. The distance is the root of their sum.",
                _varied(size=lambda difference: difference.square().mean(dim=-1).sqrt())),
        Mistake("distance of the mean",
                "You take the distance from the mean of the draws to the truth. The mean of the distances is wanted: each draw is "
                "an answer.",
                lambda draws, x: (draws.mean(0) - x).norm(dim=1) - _half_between(draws)),
        Mistake("summed over the draws", "The distances to the truth are added up over the draws. Their mean is wanted.",
                lambda draws, x: (draws - x).norm(dim=2).sum(0) - _half_between(draws)),
        Mistake("neighbors only", "Only neighboring draws are compared, s with s + 1. All pairs are wanted.",
                lambda draws, x: (draws - x).norm(dim=2).mean(0) - 0.5 * (draws[1:] - draws[:-1]).norm(dim=2).mean(0)),
        Mistake("from the mean", "The second term is the distance of draws from their mean. It is that between two draws.",
                lambda draws, x: (draws - x).norm(dim=2).mean(0) - 0.5 * (draws - draws.mean(0)).norm(dim=2).mean(0)),
        Mistake("best draw", "You take the draw nearest to the truth. Then more draws always score better, however wild.",
                lambda draws, x: (draws - x).norm(dim=2).amin(0) - _half_between(draws)),
        Mistake("sign", "The sign is turned: here lower is better.", lambda draws, x: -energy_score(draws, x)),
        Mistake("mean over the batch", "You average over the images. One score for each is wanted, (B,).",
                lambda draws, x: energy_score(draws, x).mean()),
        Mistake("norm over everything", "The norm runs over images and pixels together. One distance for each image is wanted.",
                lambda draws, x: (draws - x).flatten(1).norm(dim=1).mean()
                - 0.5 * (draws[:, None] - draws).flatten(2).norm(dim=2).sum() / (len(draws) * (len(draws) - 1))),
        Mistake("distance of the average", "You measure how far the average of the draws is from the truth. Each draw has a distance of its own; "
                "and the second term is missing.", lambda draws, x: (draws.mean(0) - x).norm(dim=1)),
    ),
)  # fmt: skip
