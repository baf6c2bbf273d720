"""What notebook 01 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "shifted or broken",
        "Which picture is farther from a given 2, in squared distance of pixels: the same 2 shifted by two pixels, or the 2 "
        "with a stroke broken off?",
        (
            Choice("The shifted one.", True,
                   "Every edge pixel of the shifted digit is wrong, though you would call it the same digit. That is why "
                   "σ must be small, and why the model needs z to carry position."),
            Choice("The broken one.", False,
                   "To your eye, yes. Squared distance only counts pixels, and a shift changes far more of them."),
            Choice("About the same.", False, "Look at the numbers below: it is not close."),
        ),
    ),
    Prediction(
        "samples needed",
        "To estimate log P(X) within 1 nat by drawing z from the prior, 100 draws are plenty in 2 dimensions. How many does "
        "the same accuracy need in 20 dimensions?",
        (
            Choice("About ten times as many: 1000.", False, "That would be growth in proportion to the dimension."),
            Choice("A hundred times: 10,000.", False, "Still a fixed power of the dimension. Look at the slope of the curves."),
            Choice("More than anybody will draw.", True,
                   "The region of z that explains X shrinks by a constant factor with each dimension. The number of draws "
                   "grows exponentially."),
        ),
    ),
    Prediction(
        "sigma small",
        "On the curve, make $\\sigma$ ten times smaller. What happens to the share of prior draws that matter for a given "
        "$X$ on the curve?",
        (
            Choice("It falls about tenfold.", True,
                   "$P(X|z)$ is only felt within a few $\\sigma$ of $X$, and along a curve that is a stretch of $z$ about "
                   "ten times shorter."),
            Choice("It stays the same: the prior has not changed.", False,
                   "The prior has not, but how near f(z) must come to X to matter has."),
            Choice("It grows: a smaller $\\sigma$ makes the model more certain.", False,
                   "More certain means that fewer z agree with a given X."),
        ),
    ),
)  # fmt: skip
