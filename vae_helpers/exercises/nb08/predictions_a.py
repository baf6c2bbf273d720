"""What the first half of notebook 08 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS_A = (
    Prediction(
        "trained with fifty draws",
        "Three models differ only in the K of the bound they were trained by: 1, 5 and 50. Measure all three by the bound "
        "with *one* draw, equation (5), and by $\\log P(X)$ itself. How does K = 50 come out beside K = 1?",
        (
            Choice("Higher in both.", False,
                   "A better P(X), yes. But (5) charges for a Q that one draw cannot use, and nothing kept this Q fit for one draw."),
            Choice("Higher in $\\log P(X)$, lower in the one-draw bound.", True,
                   "Fifty draws forgive a Q that misses with most of them. The model gains, and the encoder is worse by the measure "
                   "of (5)."),
            Choice("Lower in $\\log P(X)$, higher in the one-draw bound.", False,
                   "The tighter bound is nearer to $\\log P(X)$, and that is what rises."),
        ),
    ),
    Prediction(
        "what leaning gains",
        "In the plane of two latents a posterior may lean, and a diagonal Gaussian cannot. Of the *whole* gap between "
        "$\\log P(X)$ and the encoder's bound, how much can a full covariance close?",
        (
            Choice("Most of it.", False, "Leaning posteriors are common, but the axis-parallel ellipse in the right place costs little."),
            Choice("About half.", False, "A part of the approximation gap, perhaps half of it. How large was that one in notebook 06?"),
            Choice("A few hundredths at most.", True,
                   "It acts on the approximation gap alone, and notebook 06 found nearly all of the gap to be amortization: Q in the "
                   "wrong place."),
        ),
    ),
    Prediction(
        "the best prior of all",
        "The best prior for the training digits is $q(z)$ itself: the average of their own $Q(z|X)$, one part a digit. "
        "Sixteen latents, a thousand digits. What does it do on codes of *test* digits, beside $N(0, I)$?",
        (
            Choice("It gains more than any mixture of few parts.", False,
                   "On the thousand digits it does. A new digit's code lies near none of them."),
            Choice("It loses ten nats or more.", True,
                   "It has learned the digits by heart: a new code lies many standard deviations from every part."),
            Choice("It gains about as much as on the training digits.", False,
                   "A fitted density is judged on data that it was not fitted to, here as everywhere."),
        ),
    ),
)  # fmt: skip
