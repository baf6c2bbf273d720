"""What notebook 05 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "means or samples",
        "The cell below shows $f(z)$ in the first row and $X$ in the second. Which row is what the model says digits look "
        "like?",
        (
            Choice("The first: it looks better.", False,
                   "It looks better and is no draw. Each gray pixel says how unsure the model is, and no digit is gray."),
            Choice("The second.", True,
                   "A draw from the model is $z \\sim P(z)$ and then $X \\sim P(X|z)$, coins included."),
            Choice("Both: the first is the second without noise.", False,
                   "The coins are part of the model. Where it is unsure it says so by them, and without them it is another model."),
        ),
    ),
    Prediction(
        "most used slider",
        "You move the most used slider from end to end. What will change: which digit you see, or how it is written?",
        (
            Choice("Which digit.", False, "At times, from some starting points. But the strokes change as well, and often only they."),
            Choice("How it is written.", False, "That changes, and from many starting points the digit becomes another one."),
            Choice("Something of both.", True, "Nothing in the objective asks for one property per dimension."),
        ),
    ),
    Prediction(
        "halfway",
        "Two unrelated points have length 4 each. How long is the straight path's $z$ halfway between them?",
        (
            Choice("4", False, "Only if both point the same way. Unrelated directions in 16 dimensions are nearly at a right angle."),
            Choice("about 2.8", True,
                   "At a right angle $|\\tfrac12(a+b)|^2 = \\tfrac14(16+16) = 8$, and $\\sqrt 8 \\approx 2.8$."),
            Choice("about 0", False, "That needs opposite directions. Unrelated ones are nearly at a right angle."),
        ),
    ),
    Prediction(
        "along slant",
        "You start from one digit, a 4, and walk along the direction *slant*. What else will change?",
        (
            Choice("The amount of ink, clearly.", False, "Read the numbers: it hardly moves, since ink and slant go their own ways in the data."),
            Choice("The class: it will become another digit.", False, "Every class is written upright and slanted, so slant says little about class."),
            Choice("Hardly anything.", True, "A direction carries along what goes with it in the data, and little goes with slant."),
        ),
    ),
    Prediction(
        "a thousand draws",
        "With $K = 1000$ draws per digit, how close will the average $L_K$ come to the truth?",
        (
            Choice("Within 0.01 nats.", False, "For half of the digits, about. The average is another matter: look at the worst of them."),
            Choice("Within 1 nat.", False, "One would think so, and for most digits it holds. A few hard ones spoil the average."),
            Choice("Not even within 1 nat.", True,
                   "A few digits have a posterior where Q never looks, and no number of draws that you can afford helps."),
        ),
    ),
    Prediction(
        "highest score",
        "Which of the five has the highest typical score?",
        (
            Choice("Test digits.", False, "They come second. What costs nats is edges, and one kind of picture has none."),
            Choice("Noise.", False, "It comes last, by hundreds of nats: the model expects long connected strokes."),
            Choice("The blank page.", True, "It has no edge at which the model could be unsure. Read on about what that means."),
            Choice("Shifted digits.", False, "To the model they are no digits: it has never seen one off the center."),
        ),
    ),
)  # fmt: skip
