"""What a mistake does to a model: small VAEs trained with one of notebook 04's functions mistaken, and how to look at them.

How they were made, and how to make them again: `recipe`. What each measures: figures.json.
"""

import json
import re
from functools import cache
from pathlib import Path

from vae_helpers import themes, weights
from vae_helpers.exercises.consequences import picture
from vae_helpers.exercises.engine import Feedback, Fold
from vae_helpers.models import VAE

FOLDER = Path(__file__).parent
PARTS = ("reparameterize", "bound_per_image", "forward", "training_step", "one_epoch")
SEEN = {  # exercise, name of the mistake: what to see
    ("reparameterize", "no noise"): (
        "Each digit has its point, and nothing taught the decoder what lies beside those points. The bound draws z from Q, "
        "and gets worse while training goes on."
    ),
    ("reparameterize", "no mean"): (
        "The encoder's mean reaches nothing but the KL term, which pulls it to 0: all codes lie on one point. What z still "
        "says, it says by how wide Q is, so pictures change with the distance from the center only."
    ),
    ("reparameterize", "no scale"): (
        "The draw has σ = 1 whatever the encoder says. To be told apart under that much noise, codes move outward, and the "
        "KL term pays for it."
    ),
    ("reparameterize", "variance as scale"): (
        "Hardly anything to see: a narrow Q was made narrower in training, and about five nats of the bound are lost. Only a "
        "number could tell you."
    ),
    ("reparameterize", "log-variance as scale"): (
        "At logvar = 0 the noise is 0, while the KL term sees σ = 1 and charges nothing. The model trains without noise, and "
        "the bound, which has it, falls."
    ),
    ("bound_per_image", "no KL"): (
        "Nothing holds the codes where P(z) is: see the axes. The pictures come from P(z), the small circles, where the "
        "decoder has hardly been."
    ),
    ("bound_per_image", "mean over pixels"): (
        "The reconstruction counts 784 times too little, the KL term wins, and Q is P(z) for every digit: collapse. Every z "
        "gives the average digit."
    ),
    ("bound_per_image", "only the ink"): (
        "No term charges for ink where there is paper. The most probable picture is all ink, whatever z is."
    ),
    ("bound_per_image", "no μ²"): (
        "Without μ² in the divergence codes may lie as far out as they like. They did, and the circles of P(z) are too "
        "small to be seen."
    ),
    ("forward", "cut"): (
        "Only the KL term trains the encoder, and it wants Q = P(z) for every digit. The decoder can do no better than the "
        "average digit. From its curve alone you could not tell this from a collapse by a wrong weight."
    ),
    ("forward", "the noise decoded"): (
        "The decoder is given noise that knows nothing of X, and learns the average digit. The encoder learns P(z). The curve "
        "is that of a cut graph."
    ),
    ("forward", "sigmoid first"): (
        "Through two sigmoids no pixel can be whiter than ½, and the decoder's numbers ran off in the attempt. Read as "
        "logits, as everyone else reads them, they are scraps."
    ),
    ("forward", "halves exchanged"): (
        "The training agrees with itself, and the samples look right. But whoever calls the encoder takes its log-variances "
        "for means: the codes lie in a corner where the decoder never was."
    ),
    ("training_step", "no zero_grad"): (
        "Every step follows the sum of all gradients so far. The weights swing past every good place."
    ),
    ("training_step", "first image"): (
        "It learns, from one image of 200 in every step: a noisy gradient, and a bound about 20 nats behind after the same "
        "time."
    ),
    ("training_step", "largest loss"): (
        "The hardest image of each batch is drawn in more ink than others. The model prepares for those: all its pictures "
        "are broad smudges."
    ),
    ("one_epoch", "uniform noise"): (
        "torch.rand has mean ½, and never leaves 0 to 1. The decoder was trained for a Q that is shifted and too narrow; ten "
        "nats are lost, and the pictures look fine."
    ),
}  # fmt: skip


def path_of(exercise: str | None = None, mistake: str | None = None) -> Path:
    """The file of the model that a mistake made, or of the right one."""
    words = f"{exercise} {mistake}" if exercise else "right"
    plain = words.lower().translate({ord("ε"): "eps", ord("μ"): "mu", ord("²"): "2"})
    return FOLDER / f"{re.sub('[^a-z0-9]+', '-', plain)}.safetensors"


def made_by(exercise: str, mistake: str) -> VAE:
    """The model that a mistake made: 2 latents, trained on MNIST, parameters fixed.

    Raises:
        ValueError: if there is none for this mistake.
    """
    if (exercise, mistake) not in SEEN:
        known = "; ".join(f"{a}, {b}" for a, b in SEEN)
        raise ValueError(f"no model shows {mistake!r} of {exercise!r}; there are: {known}")
    return weights.read(path_of(exercise, mistake))


@cache
def figures() -> dict[str, dict]:
    """What `recipe` measured, by the stem of the file: bounds on held-out digits by epoch, bound and KL on test digits."""
    return json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))


def fold(feedback: Feedback) -> Fold | None:
    """The offer to see what the mistake that a card names does to a model, where there is such a model."""
    key = (feedback.exercise, feedback.mistake)
    if key not in SEEN:
        return None
    mine, right = (figures()[path.stem] for path in (path_of(*key), path_of()))
    body = (
        f"{SEEN[key]} On the test digits: bound {_minus(mine['elbo'])} nats, KL {mine['kl']:.1f}; without the mistake "
        f"{_minus(right['elbo'])} and {right['kl']:.1f}. Points are codes of 600 drawn digits, circles are P(z). To drag "
        f'through it: `LatentPlane(made_by("{key[0]}", "{key[1]}"))`, with made_by from vae_helpers.exercises.'
    )
    return Fold("Show the model that this mistake makes", body, picture=_picture(*key))


@cache
def _picture(exercise: str, mistake: str) -> str:
    pair = [figures()[path.stem]["bounds"] for path in (path_of(exercise, mistake), path_of())]
    figure = picture.side_by_side(made_by(exercise, mistake), weights.read(path_of()), *pair)
    alt = (
        f"Codes, pictures drawn from P(z), and the bound by epoch, of a VAE trained with the mistake “{mistake}” and of "
        "one trained without."
    )
    return themes.html(figure, alt, dpi=110)


def _minus(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
