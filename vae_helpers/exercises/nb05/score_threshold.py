"""A threshold on log P(X)."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def score_threshold(digits, others, keep):
    """The line that a share of the digits reaches, and the share of others that do.

    digits, others: log P(X) of digits and of other pictures, in nats, (N,) and (M,).
    keep: the share of digits that reaches the line, from 0 to 1, as near as their
    number allows. To reach it is to be as high or higher. Of such lines the
    check wants the highest, in its cases the score of a digit.
    Returns the line, in nats, (), and the share of the others that reach it, ().
    """
    threshold = digits.quantile(1 - keep)
    return threshold, (others >= threshold).float().mean()


def _oracle(digits, others, keep):
    # Try every digit's score, and keep the highest that enough digits reach.
    scores = digits.tolist()
    threshold = max(t for t in scores if sum(s >= t for s in scores) >= keep * len(scores))
    passed = sum(s >= threshold for s in others.tolist())
    return torch.tensor(threshold), torch.tensor(passed / len(others))


def _line(rule):
    """A mistake in the threshold alone."""

    def answer(digits, others, keep):
        threshold = rule(digits, others, keep)
        return threshold, (others >= threshold).float().mean()

    return answer


def _sorted(digits, others, keep):
    allowed = int((1 - keep) * len(digits))  # digits that may lie below
    threshold = digits.sort().values[allowed]
    return threshold, (others >= threshold).float().mean()


# In these probes (1 − keep)(N − 1) is whole, so that all conventions for a quantile between two scores agree.
EXERCISE = Exercise(
    notebook="05",
    goal="Draw the line that most digits pass, and count which share of other pictures passes it as well.",
    reference=score_threshold,
    oracle=_oracle,
    alternatives=(_sorted,),
    hints=(
        "Think of the digits' scores in a row, lowest first. High scores pass. How many digits may lie below the line?",
        "A share `1 - keep` of the digits lies below. That is a quantile of the digits alone; the other pictures have "
        "no part in placing the line. The second number is the average of true and false over the others.",
        "`threshold = digits.quantile(1 - keep)`; then `(others >= threshold)`, as floats, averaged.",
    ),
    then="The line knows digits only: which other pictures reach it is a finding, not a choice.",
    again="the two cells below the question.",
    probes=(
        (  # the line is at −90, and one of the others reaches it exactly
            torch.tensor([-90.0, -50.0, -120.0, -80.0, -85.0]),
            torch.tensor([-300.0, -90.0, -86.0, -400.0, -200.0, -600.0, -500.0, -250.0]),
            0.75,
        ),
        (-100 + 20 * gaussian(17, seed=1), -125 + 20 * gaussian(9, seed=2), 0.875),
        (-90 + 30 * gaussian(33, seed=3), -150 + 40 * gaussian(20, seed=4), 0.9375),
    ),
    mistakes=(
        Mistake(
            "wrong tail",
            "This is the score that only a share 1 − keep of the digits reaches: the wrong tail. High scores pass, so the line "
            "belongs near the low end of the digits.",
            edit=(("quantile(1 - keep)", "quantile(keep)"),),
        ),
        Mistake(
            "quantile of the others",
            "You placed the line among the other pictures. A detector is set on what it must keep: take the quantile of the "
            "digits.",
            _line(lambda digits, others, keep: others.quantile(1 - keep)),
        ),
        Mistake(
            "others rejected",
            "Your line rejects a share `keep` of the others and does not look at the digits. Here it is the share of digits "
            "that is fixed, and the others are counted.",
            _line(lambda digits, others, keep: others.quantile(keep)),
        ),
        Mistake(
            "both together",
            "You put digits and others together before taking the quantile. The line would move with the number of others; "
            "only digits place it.",
            _line(lambda digits, others, keep: torch.cat([digits, others]).quantile(1 - keep)),
        ),
        Mistake(
            "mean minus two sd",
            "Mean minus two standard deviations fits a bell curve, and a fixed share of 98%. Scores have a long tail to the "
            "left; take the quantile, which assumes no shape.",
            _line(lambda digits, others, keep: digits.mean() - 2 * digits.std()),
        ),
        Mistake(
            "bell curve",
            "You take the quantile of a bell curve with the digits' mean and standard deviation. Scores have a long tail to "
            "the left; take the quantile of the scores themselves.",
            _line(
                lambda digits, others, keep: digits.mean() + torch.special.ndtri(torch.tensor(1 - keep)) * digits.std()
            ),
        ),
        Mistake(
            "mean of the digits",
            "You use the mean score. About half of the digits lie below it and would be rejected.",
            _line(lambda digits, others, keep: digits.mean()),
        ),
        Mistake(
            "median of the digits",
            "You use the median. Half of the digits lie below it and would be rejected, whatever keep says.",
            _line(lambda digits, others, keep: digits.quantile(0.5)),
        ),
        Mistake(
            "lowest digit",
            "You use the lowest digit's score. All digits pass, not the share `keep`, and one odd digit decides where the line "
            "is.",
            _line(lambda digits, others, keep: digits.min()),
        ),
        Mistake(
            "halfway between the means",
            "You put the line halfway between the two means. Nothing there says how many digits pass.",
            _line(lambda digits, others, keep: (digits.mean() + others.mean()) / 2),
        ),
        Mistake(
            "share of the range",
            "You go a share of the way from the lowest to the highest score. A quantile counts digits, not nats.",
            _line(lambda digits, others, keep: digits.min() + (1 - keep) * (digits.max() - digits.min())),
        ),
        Mistake(
            "one digit too few",
            "Your line is one digit too high, and fewer than the share `keep` pass. Round the number of digits to keep up, not "
            "down.",
            _line(lambda digits, others, keep: digits.sort(descending=True).values[int(keep * len(digits)) - 1]),
        ),
        Mistake(
            "share of all pictures",
            "The threshold is right. You divide the others that pass by the number of all pictures; divide by the number "
            "of the others.",
            lambda digits, others, keep: (
                digits.quantile(1 - keep),
                (others >= digits.quantile(1 - keep)).float().sum() / (len(digits) + len(others)),
            ),
        ),
        Mistake(
            "divided by the number of digits",
            "The threshold is right. You divide the others that pass by the number of digits; divide by the number of the "
            "others.",
            lambda digits, others, keep: (
                digits.quantile(1 - keep),
                (others >= digits.quantile(1 - keep)).float().sum() / len(digits),
            ),
        ),
        Mistake(
            "two-sided",
            "You cut off half of what may fail at either end. Only low scores fail: the whole share 1 − keep lies below.",
            _line(lambda digits, others, keep: digits.quantile((1 - keep) / 2)),
        ),
        Mistake(
            "share that fails",
            "The threshold is right. The second number is the share of others below it; wanted is the share that reaches it.",
            lambda digits, others, keep: (
                digits.quantile(1 - keep),
                (others < digits.quantile(1 - keep)).float().mean(),
            ),
        ),
        Mistake(
            "share of the digits",
            "The threshold is right. The second number is the share of digits that pass, about `keep` by construction; wanted "
            "is that of the others.",
            lambda digits, others, keep: (
                digits.quantile(1 - keep),
                (digits >= digits.quantile(1 - keep)).float().mean(),
            ),
        ),
        Mistake(
            "number for share",
            "The threshold is right. The second answer counts the others that pass; divide by how many there are.",
            lambda digits, others, keep: (
                digits.quantile(1 - keep),
                (others >= digits.quantile(1 - keep)).float().sum(),
            ),
        ),
        Mistake(
            "order",
            "The two answers are in the wrong order: first the threshold, then the share.",
            edit=(
                (
                    "return threshold, (others >= threshold).float().mean()",
                    "return (others >= threshold).float().mean(), threshold",
                ),
            ),
        ),
    ),
)
