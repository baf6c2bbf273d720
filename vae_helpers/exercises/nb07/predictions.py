"""What notebook 07 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "one answer",
        "Of a digit you see six columns. Several digits fit them. A network is trained to give each missing pixel its "
        "probability of ink, by cross-entropy. What will its picture look like?",
        (
            Choice("The most probable of the digits that fit, sharp.", False,
                   "No pixel knows what the others chose. Each gets its own probability, and a digit is never chosen."),
            Choice("All digits that fit, laid over each other, gray.", True,
                   "Cross-entropy is least at $E[X_i|y]$, the average over everything that fits, pixel by pixel."),
            Choice("Noise: the question has no answer.", False,
                   "It has a best answer under this loss, and the network finds it: an average."),
        ),
    ),
    Prediction(
        "where the strip says most",
        "Move the strip from the left edge to the middle. What happens to draws of the completion?",
        (
            Choice("They agree more and more.", True,
                   "At the edge there is hardly anything but paper, which nearly every digit has. The middle rules most digits out."),
            Choice("They differ more and more.", False, "More is known, so that fewer digits fit."),
            Choice("Nothing: $z$ has the same dimensions everywhere.", False,
                   "$z$ has, but $P(z|y)$ and the decoder depend on $y$."),
        ),
    ),
    Prediction(
        "one sharp answer",
        "Switch the latent off: always decode the mean of $P(z|y)$. What comes out is one picture, sharp and mostly of one digit. Beside the gray average of "
        "the regressor, which has the higher $\\log P(X|y)$ on test digits?",
        (
            Choice("The sharp digit: it looks like one.", False,
                   "It is surer than the average. Where the true strokes run elsewhere, in another digit or in another hand, every "
                   "pixel that differs costs nats."),
            Choice("The gray average.", True,
                   "It hedges, and $\\log P$ charges most for being sure and wrong."),
            Choice("They are equal, being made from the same strip.", False, "The same strip, and different bets on it."),
        ),
    ),
)  # fmt: skip
