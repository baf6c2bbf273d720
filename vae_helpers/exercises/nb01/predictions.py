"""What notebook 01 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "shifted or broken",
        "Which picture is farther from a given 2, in squared distance of pixels: the same 2 shifted right by two pixels, or the 2 "
        "with a gap in the middle?",
        (
            Choice("The shifted one.", True,
                   "On both sides of nearly every stroke pixels are wrong, many more than in the gap, though you would call it the same digit. That is why "
                   "$\\sigma$ must be small, and why the model needs $z$ to carry position."),
            Choice("The broken one.", False,
                   "To your eye, yes. Squared distance only counts pixels, and a shift changes far more of them."),
            Choice("About the same.", False, "Look at the numbers below: it is not close."),
        ),
    ),
    Prediction(
        "samples needed",
        "To estimate $\\log P(X)$ with an error of a nat or so by drawing $z$ from the prior, 10 draws do in 2 dimensions. How "
        "many draws does the same accuracy need in 20 dimensions?",
        (
            Choice("Ten times as many: 100.", False, "That would be growth in proportion to the dimension. It is faster."),
            Choice("A hundred times as many: 1000.", False,
                   "That would be the square of the dimension. It is still faster. Read the error at 1000 draws below."),
            Choice("Ten million or more.", True,
                   "The $z$ that explain $X$ fill a share of the prior that shrinks by the same factor, here $\\sqrt5$, with "
                   "every dimension. Eighteen more dimensions are a factor of $5^9$, two million: 10 draws become some "
                   "ten million. It can still be done, for one $X$. In 784 dimensions it cannot."),
        ),
    ),
    Prediction(
        "sigma small",
        "Let $X$ lie on the curve, and make $\\sigma$ ten times smaller. What happens to the share of prior draws that "
        "matter?",
        (
            Choice("It falls about tenfold.", True,
                   "$P(X|z)$ is only felt within a few $\\sigma$ of $X$, and along a curve that is a stretch of $z$ about "
                   "ten times shorter."),
            Choice("It stays the same: the prior has not changed.", False,
                   "The prior has not, but how near $f(z)$ must come to $X$ to matter has."),
            Choice("It grows: a smaller $\\sigma$ makes the model more certain.", False,
                   "More certain means that fewer $z$ agree with a given $X$."),
        ),
    ),
)  # fmt: skip
