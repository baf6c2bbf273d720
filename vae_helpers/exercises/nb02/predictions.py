"""What notebook 02 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

PREDICTIONS = (
    Prediction(
        "which bar moves",
        "You drag $Q$ and leave $X$ alone. Which of the bars cannot move?",
        (
            Choice("$E_Q[\\log P(X|z)]$", False, "It is an average over Q, so it moves with Q."),
            Choice("the gap $D[Q\\|P(z|X)]$", False, "It measures the distance of Q from the posterior: it moves."),
            Choice("$\\log P(X)$", True, "Q does not occur in it. So whatever the bound gains, the gap loses."),
        ),
    ),
    Prediction(
        "narrow Q",
        "You make $Q$ very narrow, right on top of the posterior's peak. What happens to the bound?",
        (
            Choice("It rises to $\\log P(X)$: a narrow $Q$ is precise.", False,
                   "The reconstruction term hardly changes. The other one does: $D[Q\\|P(z)]$ grows like $-\\log$ of the width."),
            Choice("It falls without limit.", True,
                   "Naming $z$ to ever more decimal places costs ever more nats, and $X$ does not care about them."),
            Choice("It stays where it was.", False, "Watch the bar of $-D[Q\\|P(z)]$ while you narrow Q."),
        ),
    ),
    Prediction(
        "two humps",
        "For some $X$ the posterior has two humps. $Q$ is a single Gaussian. How small can the gap get?",
        (
            Choice("Zero, with the right mean and width.", False,
                   "Only $Q = P(z|X)$ gives zero, and a Gaussian has one hump."),
            Choice("About $\\log 2 \\approx 0.69$ nats or less, by sitting on one hump.", True,
                   "If $Q$ matches one of two equal humps, it lacks a factor 2 of density there: $\\log 2$. With unequal "
                   "humps it is less. Covering both with one wide Gaussian costs more, unless they are close."),
            Choice("It cannot be kept finite.", False,
                   "The gap is infinite only if $Q$ puts mass where the posterior has none."),
        ),
    ),
    Prediction(
        "Q for the posterior",
        "The best $Q$ of some $X$ leaves a gap of 0.6 nats, less than one bit. You ask $Q$ and the posterior how probable "
        "it is that $z$ lies above 2. How far apart can the two answers be?",
        (
            Choice("By a few percent: 0.6 nats are little.", False,
                   "Little beside $\\log P(X)$, perhaps. For a probability they are much: $\\sqrt{0.6/2} = 0.55$."),
            Choice("By about one half.", True,
                   "It cannot be more than $\\sqrt{0.6/2} = 0.55$. If $Q$ sits on one of two nearly equal humps, it gives the "
                   "other one probability 0 instead of nearly ½: the cell below finds such an $X$."),
            Choice("From 0 to 1: a divergence says nothing about probabilities.", False,
                   "It does: no answer is off by more than $\\sqrt{D/2}$, here 0.55."),
        ),
    ),
)  # fmt: skip
