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
        "A density $p$ has two humps. You fit one Gaussian $q$ by minimizing the reverse divergence $D[q\\|p]$, the one in "
        "the VAE's objective. Where does $q$ go?",
        (
            Choice("Over both humps, wide.", False,
                   "That is the forward direction, $D[p\\|q]$, which punishes q for missing any part of p."),
            Choice("Onto one of the humps, narrow.", True,
                   "$D[q\\|p]$ averages over q: it punishes q for being where p is not, and forgives it for missing a hump."),
            Choice("Into the valley between them, narrow.", False, "There p is small, and that is what the reverse direction punishes most."),
        ),
    ),
)  # fmt: skip
