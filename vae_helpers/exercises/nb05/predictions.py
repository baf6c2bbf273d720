"""What notebook 05 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "means or samples",
        "One program draws $z$ and shows $f(z)$, smooth and gray. Another then also tosses a coin for each pixel. Which of the "
        "two shows what the model says digits look like?",
        (
            Choice("The first: it looks better.", False,
                   "It looks better and is no draw. Each gray pixel says how unsure the model is, and the digits it learned from are black and white."),
            Choice("The second.", True,
                   "A draw from the model is $z \\sim P(z)$ and then $X \\sim P(X|z)$, coins included."),
            Choice("Both: the first shows the second without noise.", False,
                   "The coins are part of the model. Where it is unsure it says so by them, and without them it is another model."),
        ),
    ),
    Prediction(
        "most used slider",
        "You move the most used slider from end to end. What will change: which digit you see, or how it is written?",
        (
            Choice("Which digit.", False, "It does change. But ink and slant change as well, on the way and between the ends."),
            Choice("How it is written.", False, "That changes, and nearly always the digit becomes another one on the way."),
            Choice("Both.", True, "Nothing in the objective asks for one property per dimension. The cell after the sliders counts."),
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
        "why nothing moves",
        "The fit explains nine tenths of the variance. Why does the walk hardly move?",
        (
            Choice("The step is too short.", False,
                   "From $-3$ to $3$ is as far as $P(z)$ reaches. Along other directions of the same length everything changes."),
            Choice("Most of the direction lies where the decoder does not look.", True,
                   "How would you find out where? Notebook 03 has a bar for every latent dimension. The next cell draws them."),
            Choice("Ink and slant are no linear functions of $\\mu$.", False,
                   "They very nearly are: that is what nine tenths of the variance say."),
        ),
    ),
    Prediction(
        "along slant",
        "You walk from $-3$ to $3$ along the mended direction *slant*. How much will the ink change, compared with a walk "
        "along *ink*?",
        (
            Choice("About as much.", False, "Read the numbers: the ink moves, and far less."),
            Choice("About half as much.", False, "It would, if digits that lean had more ink or less. They do not."),
            Choice("Less than a quarter.", True,
                   "A direction carries along what goes with it in the data. The correlation of ink and slant is below 0.01 there."),
        ),
    ),
    Prediction(
        "a thousand draws",
        "With $K = 1000$ draws for each of 64 digits, the average of $L_K$ still lies below the truth. Whose fault is it?",
        (
            Choice("All digits miss about as much.", False, "Half of them miss hardly anything. The cell that shows the six worst digits prints the median."),
            Choice("About half of the digits.", False, "Fewer. The median digit is settled."),
            Choice("A handful of digits.", True,
                   "Their posterior lies where $Q$ hardly ever looks. For the others a thousand draws are plenty."),
        ),
    ),
    Prediction(
        "a wider net",
        "The same 1000 draws a digit, but half of them farther out than $Q$ would go. What happens?",
        (
            Choice("All estimates get worse: only half of the draws are where $Q$ is.", False,
                   "For a typical digit 500 draws near $Q$ are plenty, too."),
            Choice("The typical digit stays as it is, and the average comes much closer.", True,
                   "The few digits whose posterior lies elsewhere are found now, and they made up most of what was missing."),
            Choice("The estimates come out too high, since draws are counted that $Q$ never makes.", False,
                   "Each weight is divided by the density that its draw came from. That corrects for where you look."),
        ),
    ),
    Prediction(
        "half a digit",
        "The top half of a digit is covered. The true posterior $P(z|\\text{what is left})$ becomes about twice as wide. The "
        "encoder gets the picture with covered pixels as paper. What becomes of its $Q$?",
        (
            Choice("It becomes about twice as wide, too.", False,
                   "The width is whatever the network says. It learned from whole digits, and nothing told it that half is missing."),
            Choice("It stays about as narrow, and holds on to the posterior.", False,
                   "Narrow it stays. But it takes covered pixels for paper, and answers for another picture."),
            Choice("It stays about as narrow, and loses the posterior.", True,
                   "To the encoder this is a digit with an empty top. It is sure of itself, and mostly in the wrong place."),
        ),
    ),
    Prediction(
        "highest score",
        "Which of the five has the highest typical score?",
        (
            Choice("Test digits.", False, "They come second. What costs nats is edges, and one kind of picture has none."),
            Choice("Noise.", False, "It comes last, by hundreds of nats: the model expects long connected strokes."),
            Choice("The blank page.", True, "It has no edge at which the model could be unsure. Read on about what that means."),
            Choice("Letters.", False, "They are made of strokes, but of other ones. They come after the digits."),
            Choice("Shifted digits.", False, "To the model they are no digits: it has never seen one off the center."),
        ),
    ),
)  # fmt: skip
