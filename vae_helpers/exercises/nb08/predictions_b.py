"""What the second half of notebook 08 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS_B = (
    Prediction(
        "hold the lower level",
        "Draw $z_2$ and $z_1$. Now hold $z_1$, draw a new $z_2$ from its prior, and decode. How much does the picture change?",
        (
            Choice("Much: $z_2$ is the upper level and decides what digit it is.", False,
                   "It decides through $z_1$ alone. With $z_1$ held, nobody asks $z_2$ any more."),
            Choice("A little: the details move.", False, "Not even they: no arrow leads from $z_2$ to $X$."),
            Choice("Not at all.", True,
                   "The decoder is $P(X|z_1)$. All that the upper level says, it says through the prior of $z_1$."),
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
                   "Ten times as many terms, but each is less than a tenth: a small step back is nearly a Gaussian, a large one is not."),
            Choice("rises.", True,
                   "Each step is asked less. With large steps, one Gaussian has to cover many pictures that fit."),
            Choice("stays: $T$ only slices the same whole.", False,
                   "It would, if a step's guess did not improve while walking. Finer steps use newer guesses."),
        ),
    ),
)  # fmt: skip
