"""What the second half of notebook 08 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS_B = (
    Prediction(
        "hold the upper level",
        "Two pictures from the same $z_2$, each with its own $z_1$, differ by some distance. How large is it, beside the distance of "
        "two pictures that share nothing?",
        (
            Choice("A tenth: $z_2$ decides what digit it is, and $z_1$ adds the details.", False,
                   "Nothing in (13) gives $z_2$ the digit. Much of what a picture is, $z_1$ decides for itself."),
            Choice("About two thirds.", True,
                   "The upper level narrows down what comes. In squared distance about half of the difference is left to the lower one."),
            Choice("The same: $z_1$ is drawn anew, and only $z_1$ reaches $X$.", False,
                   "It alone reaches $X$, but it is drawn from $P(z_1|z_2)$, and that is narrower than all of $z_1$."),
        ),
    ),
    Prediction(
        "turn the temperature down",
        "The Gumbel-softmax estimate replaces one state by a blend of them; as $\\tau$ goes to 0, the blend becomes one state. What happens "
        "to the estimate of the gradient when you turn $\\tau$ from 1 to 0.1?",
        (
            Choice("Bias and variance both fall: it comes nearer to the truth.", False,
                   "The bias falls. But almost every draw then sits on a flat place, and rare draws on a cliff must make up for them."),
            Choice("The bias falls, the variance rises.", True,
                   "The softmax becomes a step: flat nearly everywhere, and steep where two states change over."),
            Choice("The bias rises, the variance falls.", False,
                   "It is at high temperature that draws are alike, and wrong alike."),
        ),
    ),
    Prediction(
        "more steps",
        "The bound over $T$ steps subtracts one divergence a step, and none is negative. The same network serves any $T$. From 10 to 100 "
        "steps, the bound",
        (
            Choice("falls: more is subtracted.", False,
                   "Ten times as many terms, but ten of them together cost less than the one that they replace."),
            Choice("rises.", True,
                   "With large steps one guess, made early and from much noise, has to serve for a long way. Small steps guess anew."),
            Choice("stays: $T$ only slices the same whole.", False,
                   "It would, if a step's guess did not improve while walking. Finer steps use newer guesses."),
        ),
    ),
)  # fmt: skip
