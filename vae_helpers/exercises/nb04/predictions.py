"""What notebook 04 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "which gradient is left",
        "A program draws z with .sample(), as equation (9) says, computes log P(X|z) − D[Q(z|X)‖P(z)] and calls backward. "
        "What do the encoder's weights receive?",
        (
            Choice("No gradient at all; torch raises an error.", False,
                   "The divergence is a formula in μ and σ, and its gradient arrives. Nothing fails, which is what makes "
                   "the mistake hard to notice."),
            Choice("The gradient of the divergence only.", True,
                   "log P(X|z) depends on the encoder only through which z was drawn, and a drawn number has no derivative."),
            Choice("The gradient of log P(X|z) only.", False, "It is the other way around."),
        ),
    ),
    Prediction(
        "variance with dimension",
        "Both estimates of the gradient by the first coordinate of μ are unbiased. The loss is a sum over L dimensions. "
        "From 1 dimension to 64, how does the variance of each grow?",
        (
            Choice("Both stay as they are: it is the gradient of one coordinate.", False,
                   "One of them multiplies by the whole loss, to which all dimensions contribute."),
            Choice("The score-function estimate's grows, the path estimate's does not.", True,
                   "The path estimate uses the slope along its own coordinate only. The score-function estimate is "
                   "multiplied by the whole loss, to which every other dimension adds."),
            Choice("Both grow in proportion to L.", False,
                   "The path estimate looks at the slope along its own coordinate, which here does not know of the others."),
        ),
    ),
)  # fmt: skip
