"""What notebook 03 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "narrow or wide",
        "Compare $D[\\text{narrow}\\|\\text{wide}]$ with $D[\\text{wide}\\|\\text{narrow}]$ for two Gaussians with the same "
        "mean and standard deviations 0.5 and 2. Which is larger?",
        (
            Choice("$D[\\text{narrow}\\|\\text{wide}]$", False,
                   "A wide second Gaussian is never very surprised by what the narrow one draws."),
            Choice("$D[\\text{wide}\\|\\text{narrow}]$", True,
                   "The wide one draws points that the narrow one calls nearly impossible, and the trace term "
                   "$\\sigma_0^2/\\sigma_1^2 = 16$ shows it."),
            Choice("They are equal: a distance has no direction.", False, "A divergence is no distance: it has a direction."),
        ),
    ),
    Prediction(
        "which fit",
        "A density $p$ has two humps, far apart. You fit one Gaussian $q$ by minimizing the reverse divergence $D[q\\|p]$, the one in "
        "the VAE's objective. Where does $q$ go?",
        (
            Choice("Over both humps, wide.", False,
                   "That is the forward direction, $D[p\\|q]$, which punishes $q$ for missing any part of $p$."),
            Choice("Onto one of the humps, narrow.", True,
                   "$D[q\\|p]$ averages over $q$: it punishes $q$ for being where $p$ is not, and forgives it for missing a "
                   "hump."),
            Choice("Into the valley between them, narrow.", False,
                   "There $p$ is small, and that is what the reverse direction punishes most."),
        ),
    ),
    Prediction(
        "both directions",
        "We train $a$, $b$ and a $Q$ for each $X$ on the bound. What will $P(X)$ look like beside the data, and $Q(z|X=4)$ "
        "beside the posterior, which has humps at $z$ and $-z$?",
        (
            Choice("$P(X)$ sits on one hump of the data and leaves out the other, and $Q$ covers both humps of the posterior.", False,
                   "The other way round. $P$ stands *behind* the data in $D[\\text{data}\\|P]$ and pays for whatever it "
                   "leaves out; $Q$ stands in front of the posterior."),
            Choice("$P(X)$ reaches over both humps of the data and the valley, and $Q$ sits on one hump of the posterior.", True,
                   "$D[\\text{data}\\|P]$ makes $P$ cover, $D[Q\\|P(z|X)]$ makes $Q$ choose. One objective, both directions."),
            Choice("Each covers both humps: what is fitted by a bound covers.", False,
                   "It depends on who stands in front. $Q$ does, so it is forgiven for the hump it misses."),
        ),
    ),
)  # fmt: skip
