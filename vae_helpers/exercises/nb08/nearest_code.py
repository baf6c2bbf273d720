"""The nearest code, and the straight-through gradient."""

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def nearest_code(h, codebook):
    """The code nearest to each encoder output; gradients pass straight through.

    h: encoder outputs, (B, n). codebook: the K codes, (K, n). Distances: Euclidean.
    Returns (B, n): rows of the codebook. Judged besides: the gradients that reach h
    (as if nothing had been rounded) and codebook (none).
    """
    number = torch.cdist(h, codebook).argmin(dim=1)
    code = codebook[number]
    return h + (code - h).detach()


class _Rounded(torch.autograd.Function):
    """The nearest code on the way there; on the way back, the gradient as it comes."""

    @staticmethod
    def forward(context, h, codebook):
        distance = (h[:, None] - codebook).square().sum(dim=2)
        return codebook[distance.argmin(dim=1)]

    @staticmethod
    def backward(context, gradient):
        return gradient, None


def _of_its_own(h, codebook):
    return _Rounded.apply(h, codebook)


def _by_squares(h, codebook):
    squared = ((h[:, None] - codebook) ** 2).sum(dim=2)
    code = codebook[squared.argmin(dim=1)]
    return h + (code - h).detach()


def _oracle(h, codebook):
    rows = []
    for row in h.detach().double():
        distances = [float(((row - code) ** 2).sum()) for code in codebook.detach().double()]
        rows.append(codebook.detach()[distances.index(min(distances))])
    return torch.stack(rows)


def _near(h, codebook):
    return codebook[torch.cdist(h, codebook).argmin(dim=1)]


def _chosen(by):
    """Another choice of codes, with the right gradient."""

    def code(h, codebook):
        with torch.no_grad():
            chosen = by(h, codebook)
        return h + (chosen - h).detach()

    return code


def _leaves(b, k, n, seed):
    return gaussian(b, n, seed=seed).requires_grad_(), (1.5 * gaussian(k, n, seed=seed + 1)).requires_grad_()


EXERCISE = Exercise(
    notebook="08",
    goal="Round an encoder's output to the nearest code, and let the gradient through as if you had not.",
    reference=nearest_code,
    alternatives=(_of_its_own, _by_squares),
    oracle=_oracle,
    then="It is a biased gradient, and a useful one: near a code, moving h would have moved what is decoded by as much.",
    again="the check of the flat loss below the hints.",
    effect=gradients,
    effect_name="the gradients by h and by codebook",
    hints=(
        "Two tasks: which row of the codebook is nearest, and an expression whose *value* is that row, but whose *derivative* "
        "by $h$ is that of $h$ itself.",
        "`torch.cdist(h, codebook)` has all distances, (B, K). `argmin` over the codes gives the rows.",
        "`h + (code - h).detach()`: the value is `code`, for the two `h` cancel; to the gradient, only the first `h` is there.",
    ),
    probes=(
        (
            torch.tensor([[0.25, 0.0], [1.5, 1.0], [2.0, 0.25]]).requires_grad_(),
            torch.tensor([[0.0, 0.0], [1.0, 1.0], [3.0, 0.0], [-4.0, 4.0]]).requires_grad_(),
        ),
        _leaves(5, 4, 3, 851),
        _leaves(6, 8, 2, 853),
    ),
    mistakes=(
        Mistake("no gradient to h",
                "The values are right. The gradient goes to the codebook, and none to h: argmin is flat, so the encoder would never "
                "learn from the reconstruction.",
                edit=(("h + (code - h).detach()", "code"),)),
        Mistake("product counted once", "The squared distance is |h|² − 2 h·c + |c|². The 2 before the product is missing.",
                edit=(("torch.cdist(h, codebook).argmin(dim=1)", "(codebook.square().sum(1) - h @ codebook.T).argmin(dim=1)"),)),
        Mistake("no gradient at all", "The values are right, and no gradient arrives anywhere: the code is detached, and h is not in it.",
                edit=(("h + (code - h).detach()", "code.detach()"),)),
        Mistake("both gradients",
                "The values are right, and both h and the codebook get a gradient. The codebook has a loss of its own; here only h "
                "is to receive one.",
                edit=(("h + (code - h).detach()", "code + h - h.detach()"),)),
        Mistake("no rounding", "This is h itself. It has the right gradient, and no code was chosen.", lambda h, codebook: h * 1),
        Mistake("farthest", "You take the farthest code: argmax of the distances, for argmin.",
                edit=(("argmin", "argmax"),)),
        Mistake("largest product",
                "You take the code with the largest inner product. Long codes win that, near or not. Take the smallest distance.",
                edit=(("torch.cdist(h, codebook).argmin(dim=1)", "(h @ codebook.T).argmax(dim=1)"),)),
        Mistake("by direction", "You compare directions only, by the cosine. The smallest Euclidean distance is wanted.",
                edit=(("torch.cdist(h, codebook).argmin(dim=1)", "torch.cosine_similarity(h[:, None], codebook, dim=2).argmax(dim=1)"),)),
        Mistake("nearest h of each code", "argmin runs over the images: the nearest h of each code. For each h, take the nearest code.",
                _chosen(lambda h, c: c[torch.cdist(h, c).argmin(dim=0)[torch.arange(len(h)) % len(c)] % len(c)])),
        Mistake("number by number", "You round each number by itself, to the nearest one that some code has there. A code is a whole vector.",
                _chosen(lambda h, c: c.T[torch.arange(h.shape[1]), (h[:, None] - c).abs().argmin(dim=1)])),
        Mistake("one code for all", "Every row gets the code that is nearest to the first. Each row has a nearest code of its own.",
                edit=(("torch.cdist(h, codebook).argmin(dim=1)", "torch.cdist(h, codebook).argmin(dim=1)[:1].expand(len(h))"),)),
        Mistake("one code for the mean", "You choose one code by the distances summed over the batch. Each row has its own.",
                edit=((".argmin(dim=1)", ".sum(dim=0).argmin().expand(len(h))"),)),
        Mistake("soft average", "This is an average of all codes, weighted by a softmax of the distances. One code is wanted, whole.",
                edit=(("codebook[number]", "(-torch.cdist(h, codebook)).softmax(dim=1) @ codebook"),)),
        Mistake("the difference", "This is code − h. Add it to h, detached.", lambda h, codebook: h - h.detach() + (_near(h, codebook) - h).detach()),
        Mistake("halfway", "You go half of the way to the code. All of it is wanted.",
                edit=(("(code - h)", "((code - h) / 2)"),)),
        Mistake("second nearest", "You take the second nearest code.",
                edit=((".argmin(dim=1)", ".argsort(dim=1)[:, 1]"),)),
        Mistake("sign of the gradient", "The values are right, and the gradient of h has its sign turned: h is subtracted.",
                edit=(("h + (code - h).detach()", "(code + h).detach() - h"),)),
        Mistake("gradient twice", "The values are right, and the gradient of h arrives twice.",
                edit=(("h + (code - h).detach()", "2 * h + (code - 2 * h).detach()"),)),
        Mistake("largest difference", "You compare by the largest difference of a coordinate. Euclidean distance: the root of the sum of squares.",
                edit=(("torch.cdist(h, codebook)", "torch.cdist(h, codebook, p=float('inf'))"),)),
        Mistake("the code itself, all at once", "argmin without a dimension counts through the whole table. Each row has a nearest code: dim=1.",
                _chosen(lambda h, c: c[torch.cdist(h, c).argmin() % len(c)].expand_as(h))),
        Mistake("the wrong way round",
                "What is detached is h − code: the value is h itself, not rounded, and the gradient goes to the codebook. Detach code − h, and add it to h.",
                edit=(("h + (code - h).detach()", "code + (h - code).detach()"),)),
        Mistake("absolute distances",
                "You compare sums of absolute differences. Euclidean distance: the root of the sum of squares.",
                edit=(("torch.cdist(h, codebook)", "torch.cdist(h, codebook, p=1)"),)),
        Mistake("first numbers only",
                "You compare the first number of h with that of each code. The distance is that of whole vectors.",
                edit=(("torch.cdist(h, codebook)", "(h[:, :1] - codebook[:, 0]).abs()"),)),
        Mistake("shortest code",
                "Every row gets the shortest code, whatever h is.",
                edit=(("torch.cdist(h, codebook).argmin(dim=1)", "codebook.norm(dim=1).argmin().expand(len(h))"),)),
        Mistake("scaled to the length of h",
                "The code is scaled to the length of h. It comes as it stands in the codebook.",
                edit=(("codebook[number]", "codebook[number] / codebook[number].norm(dim=1, keepdim=True) * h.norm(dim=1, keepdim=True)"),)),
    ),
)  # fmt: skip
