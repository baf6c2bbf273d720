"""What notebook 04 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "which gradient is left",
        "A program draws $z$ with `.sample()`, as equation (9) says, computes $\\log P(X|z) - D[Q(z|X)\\|P(z)]$ and calls "
        "`backward()`. What do the encoder's weights receive?",
        (
            Choice("No gradient at all; torch raises an error.", False,
                   "The divergence is a formula in $\\mu$ and $\\sigma$, and its gradient arrives. Nothing fails, which is "
                   "what makes the mistake hard to notice."),
            Choice("The gradient of the divergence only.", True,
                   "$\\log P(X|z)$ depends on the encoder only through which $z$ was drawn, and a drawn number has no "
                   "derivative."),
            Choice("The gradient of $\\log P(X|z)$ only.", False, "It is the other way around."),
        ),
    ),
    Prediction(
        "variance with dimension",
        "Both estimates of the gradient by the first coordinate of $\\mu$ are unbiased. The loss is a sum over $L$ "
        "dimensions. From 1 dimension to 64, how does the variance of each grow?",
        (
            Choice("Both stay as they are: it is the gradient of one coordinate.", False,
                   "One of them multiplies by the whole loss, to which all dimensions contribute."),
            Choice("The score-function estimate's grows, the path estimate's does not.", True,
                   "The path estimate uses the slope along its own coordinate only. The score-function estimate is "
                   "multiplied by the whole loss, to which every other dimension adds."),
            Choice("Both grow in proportion to $L$.", False,
                   "The path estimate looks at the slope along its own coordinate, which here does not know of the others."),
        ),
    ),
    Prediction(
        "the two terms in the first epoch",
        "The loss falls. From before the first step to the end of the first epoch, what do the two terms of the bound do, "
        "$E_Q[\\log P(X|z)]$ and $D[Q(z|X)\\|P(z)]$?",
        (
            Choice("The reconstruction term rises, and the KL term falls: both are made better.", False,
                   "The KL term begins near 0, its lowest value, since $Q$ says nearly the same for every image. To tell "
                   "images apart, $Q$ must leave the prior, and that costs nats."),
            Choice("Both rise.", True,
                   "The reconstruction term gains many nats. To gain them, $Q$ must say something about $X$, and the "
                   "KL term is the price of saying it."),
            Choice("The reconstruction term rises, and the KL term stays near 0.", False,
                   "Then $Q$ would be the prior for every image, and the decoder would know nothing of $X$: it could draw "
                   "only an average."),
        ),
    ),
    Prediction(
        "without the noise",
        "Train the same VAE with $\\varepsilon = 0$ in every step. Then take a digit, move $z$ a little from $\\mu(X)$, and "
        "decode. Compared with a VAE that was trained with noise, how far does the picture move, in squared distance?",
        (
            Choice("Less far: nothing ever shook this decoder.", False,
                   "That is just why it may be steep. Nobody asked it about any $z$ beside $\\mu(X)$."),
            Choice("About as far: the networks are the same.", False,
                   "The networks are the same, and what they were asked is not. Only one of them was asked for $X$ at every "
                   "point of a cloud around $\\mu(X)$."),
            Choice("Several times as far.", True,
                   "Nobody asked for $X$ at the points beside $\\mu(X)$, and the picture there is whatever the weights make "
                   "of it."),
        ),
    ),
)  # fmt: skip
