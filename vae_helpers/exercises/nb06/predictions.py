"""What notebook 06 asks before it shows."""

from vae_helpers.exercises.predictions import Choice, Prediction

_CAUSES = (
    "The KL term weighs far too much, as with a mean over pixels beside a sum over latents.",
    "There are too few training digits for so many epochs.",
    "The KL term weighs far too little.",
)


def _diagnosis(name, right, replies):
    choices = (Choice(text, text == right, reply) for text, reply in zip(_CAUSES, replies, strict=True))
    return Prediction(name, f"Run {name[-1]}: what is wrong?", tuple(choices))


PREDICTIONS = (
    Prediction(
        "whose gap",
        "The gap of a test digit has two parts: no diagonal Gaussian fits the posterior (approximation), or the "
        "encoder "
        "does not find the one that fits best (amortization). Averaged over 100 digits, which is larger?",
        (
            Choice("Approximation: true posteriors have odd shapes.", False,
                   "Odd shapes there are, but near its peak a posterior is close to a Gaussian, and leaning costs little. The next cell "
                   "searches for "
                   "the best one, and little is missing."),
            Choice("Amortization: one network cannot serve every digit equally well.", True,
                   "For a few unusual digits the encoder puts Q beside the posterior, and the worst of them cost "
                   "dozens of "
                   "nats."),
            Choice("They are about equal.", False, "One is many times the other."),
        ),
    ),
    Prediction(
        "beat gzip",
        "All test digits, black and white, 784 pixels each, in one file. gzip needs about a third of a bit per pixel "
        "on "
        "MNIST. How long is the VAE's file, by bits-back coding?",
        (
            Choice("Longer than gzip's: a neural network is not made for this.", False,
                   "A compressor is a probability distribution in disguise, and the VAE's knows digits."),
            Choice("Shorter, by less than a factor of three.", True,
                   "Its length is minus the bound, counted in bits: on MNIST, about half of gzip's."),
            Choice("A hundred times shorter.", False,
                   "Handwriting has irregular edges, and each ragged pixel costs its bits under any model."),
        ),
    ),
    Prediction(
        "blank bill",
        "Notebook 05 scored a blank page above most digits. How many bits does its bill come to, with the encoder's $z$, and "
        "how many as gzip packs it? (The frame of gzip's file, the same for every picture, does not count.)",
        (
            Choice("Fewer by the bill, as with digits.", False,
                   "With digits, yes: there the encoder knows which $z$ to take. For a blank page it takes that of a digit."),
            Choice("Fewer with gzip.", True,
                   "To gzip it is one byte, again and again: 48 bits. The bill asks more than twice as much. Look at where "
                   "the squares are."),
            Choice("Next to nothing with either.", False,
                   "With gzip, yes. The decoder is nearly sure of most pixels, but not of those where digits have their ink."),
        ),
    ),
    _diagnosis("run A", _CAUSES[0],
               ("The KL term is at zero and stays there, and the reconstruction term sticks at that of the average digit.",
                "Then the held-out bound would end far below the training bound. It does not; at first the training curve lags, "
                "as it averages over each epoch.",
                "Then the KL term would be large. It is zero.")),
    _diagnosis("run B", _CAUSES[1],
               ("Then the KL term would go to zero.",
                "The training bound ends far above the held-out one: the model learns its few digits by heart.",
                "Then the KL term would be far larger than what a digit is worth, some twenty nats.")),
    _diagnosis("run C", _CAUSES[2],
               ("Then the KL term would be near zero.",
                "Then the held-out bound would end far below the training bound. It does not.",
                "The KL term is around a hundred nats, several times what a healthy VAE spends, and the bound pays "
                "for it: in training z was nearly free.")),
)  # fmt: skip
