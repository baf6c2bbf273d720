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


EXERCISE = Exercise(
    notebook="07",
    goal="Write one number for correct *and* different, in which no constant answer beats draws from the truth.",
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
        Mistake("only the distance",
                "The second term is missing: a score of correctness alone, which one blurred answer wins.",
                edit=((" - 0.5 * between / (count * (count - 1))", ""),)),
        Mistake("not halved",
                "The distance between draws counts in full, or each pair twice. It counts by half: otherwise wild answers win.",
                edit=(("0.5 * between", "between"),)),
        Mistake("added",
                "The distance between draws is added. Answers should differ: it is subtracted.",
                edit=(("to_truth - 0.5", "to_truth + 0.5"),)),
        Mistake("draws with themselves",
                "You divide by S². The S pairs of a draw with itself have distance 0 and do not count: there are S(S − 1) pairs of different draws.",
                edit=(("(count * (count - 1))", "count**2"),)),
        Mistake("pairs with themselves",
                "A draw is paired with itself: its distance to itself, 0, counts as a pair. Take pairs of two different draws, i < j.",
                edit=(("(count * (count - 1))", "(count * (count + 1))"),)),
        Mistake("squared distances",
                "These are squared distances. With squares the score depends on the mean of the draws alone, and a constant answer wins again. Take the root.",
                edit=((".norm(dim=2)", ".square().sum(dim=2)"), (".norm(dim=3)", ".square().sum(dim=3)"),)),
        Mistake("squared distance to the truth",
                "The distance to the truth is squared, that between draws is not. Take the root of both.",
                edit=((".norm(dim=2)", ".square().sum(dim=2)"),)),
        Mistake("squared distance between draws",
                "The distance between draws is squared, that to the truth is not. Take the root of both.",
                edit=((".norm(dim=3)", ".square().sum(dim=3)"),)),
        Mistake("absolute distances",
                "You add up absolute differences. Distances are Euclidean: the root of the sum of squares.",
                edit=((".norm(dim=2)", ".abs().sum(dim=2)"), (".norm(dim=3)", ".abs().sum(dim=3)"),)),
        Mistake("mean over pixels",
                "You average the squares over the pixels before the root. The distance is the root of their sum.",
                edit=((".norm(dim=2)", ".square().mean(dim=2).sqrt()"), (".norm(dim=3)", ".square().mean(dim=3).sqrt()"),)),
        Mistake("mean of absolute differences",
                "You average absolute differences over the pixels. Distances are Euclidean: the root of the sum of squares.",
                edit=((".norm(dim=2)", ".abs().mean(dim=2)"), (".norm(dim=3)", ".abs().mean(dim=3)"),)),
        Mistake("mean of squares",
                "You average squares over the pixels and take no root. The distance is the root of their sum.",
                edit=((".norm(dim=2)", ".square().mean(dim=2)"), (".norm(dim=3)", ".square().mean(dim=3)"),)),
        Mistake("distance of the mean",
                "You take the distance from the mean of the draws to the truth. The mean of the distances is wanted: each draw is an answer.",
                edit=(("(draws - x)", "(draws.mean(dim=0, keepdim=True) - x)"),)),
        Mistake("summed over the draws",
                "The distances to the truth are added up over the draws. Their mean is wanted.",
                edit=((".mean(dim=0)", ".sum(dim=0)"),)),
        Mistake("neighbors only",
                "Only neighboring draws are compared, s with s + 1. All pairs are wanted.",
                edit=(("(draws[:, None] - draws)", "(draws[1:] - draws[:-1])[None]"), ("(count * (count - 1))", "(count - 1)"),)),
        Mistake("first draw only",
                "Only the first draw is compared with the others. All pairs of different draws are wanted.",
                edit=(("(draws[:, None] - draws)", "(draws[:1, None] - draws)"), ("(count * (count - 1))", "(count - 1)"),)),
        Mistake("from the mean",
                "The second term is the distance of draws from their mean. It is that between two draws.",
                edit=(("(draws[:, None] - draws)", "(draws - draws.mean(dim=0))[None]"), ("(count * (count - 1))", "count"),)),
        Mistake("images with one another",
                "The second term compares the images with one another, dimension 1. It compares the draws of one image, dimension 0.",
                edit=(("(draws[:, None] - draws)", "(draws[:, :, None] - draws[:, None]).transpose(1, 2)"), (".sum(dim=(0, 1))", ".sum(dim=1).mean(dim=0)"), ("(count * (count - 1))", "(draws.shape[1] - 1)"),)),
        Mistake("one root over draws and pixels",
                "The squares to the truth are added up over the draws as well, before the root. Each draw has a distance of its own; their mean is wanted.",
                edit=(("(draws - x).norm(dim=2).mean(dim=0)", "(draws - x).square().sum(dim=(0, 2)).sqrt()"),)),
        Mistake("largest distance between draws",
                "You take the largest distance between two draws. The mean over all pairs of different draws is wanted.",
                edit=((".sum(dim=(0, 1))", ".amax(dim=(0, 1))"), ("(count * (count - 1))", "1"),)),
        Mistake("spread of the draws",
                "The second term is a standard deviation of the draws, the root of their variances added up over the pixels. It is the mean distance between two draws.",
                edit=(("(draws[:, None] - draws).norm(dim=3).sum(dim=(0, 1))", "draws.var(dim=0).sum(dim=1).sqrt()"), ("(count * (count - 1))", "1"),)),
        Mistake("best draw",
                "You take the draw nearest to the truth. Then more draws always score better, however wild.",
                edit=((".mean(dim=0)", ".amin(dim=0)"),)),
        Mistake("both halved",
                "Both terms are halved. The distance to the truth counts in full.",
                edit=(("return to_truth", "return 0.5 * to_truth"),)),
        Mistake("sign",
                "The sign is turned: here lower is better.",
                edit=(("return to_truth - 0.5", "return -to_truth + 0.5"),)),
        Mistake("mean over the batch",
                "You average over the images. One score for each is wanted, (B,).",
                lambda draws, x: energy_score(draws, x).mean()),
        Mistake("norm over everything",
                "The norm runs over images and pixels together. One distance for each image is wanted.",
                lambda draws, x: (draws - x).flatten(1).norm(dim=1).mean()
                - 0.5 * (draws[:, None] - draws).flatten(2).norm(dim=2).sum() / (len(draws) * (len(draws) - 1))),
        Mistake("distance of the average",
                "You measure how far the average of the draws is from the truth. Each draw has a distance of its own; and the second term is missing.",
                lambda draws, x: (draws.mean(0) - x).norm(dim=1)),
    ),
)  # fmt: skip
