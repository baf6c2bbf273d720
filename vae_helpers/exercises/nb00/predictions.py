"""What notebook 00 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "between classes",
        "You drag from the middle of one class to the middle of another. What happens to the picture on the way?",
        (
            Choice("It jumps from one digit to the other.", False,
                   "The network is a continuous function: a small step of $z$ is a small change of the picture."),
            Choice("One digit fades out while the other fades in.", False,
                   "That is what mixing pixels does. Drag slowly: strokes move and bend."),
            Choice("Strokes bend, and in between are shapes that belong to both.", True,
                   "Most of the way, at least. Here and there you also pass a smudge."),
        ),
    ),
    Prediction(
        "far outside",
        "What does the network draw for a $z$ far outside the dashed circles, at the corner of the plane?",
        (
            Choice("Noise.", False, "Noise would need the network to have learned noise. Go and look."),
            Choice("Some stroke-like shape, often an exaggerated digit.", True,
                   "It was hardly ever asked about such $z$, so nothing keeps it honest there; but it still "
                   "bends strokes the way it learned to."),
            Choice("A blank page.", False, "Nothing has taught it to answer unlikely $z$ with nothing."),
        ),
    ),
)  # fmt: skip
