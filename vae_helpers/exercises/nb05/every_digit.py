"""The challenge of notebook 05: log P(X) of every digit, the hard ones too, from a fixed number of decodings."""

from collections.abc import Callable

import torch
from torch import Tensor

from vae_helpers.exercises.engine import Feedback
from vae_helpers.exercises.engine.errors import explain
from vae_helpers.exercises.engine.running import untouched
from vae_helpers.exercises.engine.wording import kind

A_PICTURE = 750  # decodings
ON_AVERAGE, AT_WORST = 0.1, 1.0  # nats that an estimate may be off
SEEDS = (0, 1)  # two runs, so that luck does not decide
STUB = '''def every_digit(model, x, generator):
    """log P(X) of each picture, from no more than 750 decodings a picture, all told.

    model: encode(x), decode(z) and prior, as above. x: pictures, (B, 784).
    generator: of the random numbers, if you draw any. Returns log P(X), in nats, (B,).
    """
    ...'''


class Counting:
    """A model that counts the latents it decodes."""

    def __init__(self, model):
        self._model, self.decoded = model, 0

    def __getattr__(self, name: str):
        return getattr(self._model, name)

    def decode(self, z: Tensor):
        self.decoded += z.numel() // z.shape[-1]
        return self._model.decode(z)


def challenge(estimate: Callable, model, x: Tensor, truth: Tensor) -> Feedback:
    """What became of a learner's `every_digit`: a card with its errors, or with what stopped it.

    Args:
        estimate: the learner's function.
        model: a VAE with 2 latent dimensions.
        x: pictures (B, 784).
        truth: log P(X) of each, by quadrature, (B,).
    """
    if untouched(estimate, STUB):
        return _card("open", "Replace the dots by your code and run the cell again. The page needs no answer.")
    results = []
    for seed in SEEDS:
        counting = Counting(model)
        try:
            with torch.enable_grad():
                results.append(estimate(counting, x.clone(), torch.Generator().manual_seed(seed)))
        except BaseException as error:  # the learner's function may also exit, or be interrupted
            text, line, raised = explain(error, estimate)
            return _card("error", "\n\n".join(filter(None, (text, raised))), line)
        if counting.decoded > A_PICTURE * len(x):
            return _card(
                "wrong", f"Your function decodes {counting.decoded:,} latents; {A_PICTURE * len(x):,} are allowed."
            )
        if problem := _form(results[-1], truth):
            return _card("wrong", problem)
    return _measured(torch.stack([truth - result.detach().to(truth) for result in results]))


def _card(what: str, text: str, shown: str = "") -> Feedback:
    return Feedback(what, "every_digit", text, shown, needed=False)


def _form(result, truth: Tensor) -> str | None:
    if not isinstance(result, Tensor):
        return f"Your function returns {kind(result)}; expected a tensor of shape {tuple(truth.shape)}."
    if result.shape != truth.shape:
        return f"Your answer has shape {tuple(result.shape)}; expected {tuple(truth.shape)}."
    if not result.isfinite().all():
        return f"{int((~result.isfinite()).sum())} of your {len(truth)} answers are infinite or no numbers."
    return None


def _measured(miss: Tensor) -> Feedback:
    """The card for errors, (runs, B), in nats, positive where the estimate is too low."""
    size = miss.abs()
    run = int(size.amax(dim=1).argmax())  # the worse of the runs is judged
    worst = size[run].argsort(descending=True)[:3]
    shown = (
        f"off on average {size.mean(dim=1).max():8.3f} nats   aim {ON_AVERAGE}\n"
        f"off at worst   {size.max():8.3f} nats   aim {AT_WORST}\n"
        + "hardest digits " + ", ".join(f"number {i} ({miss[run, i]:+.2f} missing)" for i in worst.tolist())
    )  # fmt: skip
    if size.mean(dim=1).max() <= ON_AVERAGE and size.max() <= AT_WORST:
        return _card("right", "Every digit is close to the truth, in both of two runs. None hides any more.", shown)
    text = "Not close enough yet, in the worse of two runs with other random numbers."
    if miss.median() < -ON_AVERAGE:  # luck lifts a few answers above the truth, but not most
        text += " Most answers lie above log P(X): is every weight divided by the density that its draw came from?"
    return _card("wrong", text, shown)
