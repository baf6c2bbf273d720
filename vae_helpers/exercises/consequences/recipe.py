"""How the models of known mistakes were made: `python -m vae_helpers.exercises.consequences.recipe`.

Trains notebook 04's VAE from the course's own answers, in which one at a time is replaced by a known mistake, on MNIST;
measures each on the test digits by the true bound; writes a file a model and `figures.json` in this folder.
"""

import json
import math

import torch
from torch.optim.lr_scheduler import OneCycleLR

from vae_helpers import measure, storage, weights
from vae_helpers.exercises import catalogue, consequences
from vae_helpers.exercises.nb04.forward_mistakes import forward_of
from vae_helpers.models import VAE
from vae_helpers.weights import records

EPOCHS, BATCH, RATE = 6, 200, 1e-2


def parts_of(exercise: str | None, mistake: str | None) -> dict:
    """The five functions that notebook 04's learner writes, by name, one of them mistaken."""
    known = catalogue()
    parts = {name: known[name].reference for name in consequences.PARTS}
    if exercise:
        parts[exercise] = next(one.code for one in known[exercise].mistakes if one.name == mistake)
    if exercise in ("reparameterize", "bound_per_image"):
        parts["forward"] = forward_of(parts["reparameterize"], parts["bound_per_image"])
    return parts


def train(exercise: str | None, mistake: str | None, images: torch.Tensor, held_out: torch.Tensor) -> tuple[VAE, list]:
    """A model as these functions train it, and its true bound on held-out images, before training and after every epoch."""
    torch.manual_seed(0)
    parts, model = parts_of(exercise, mistake), VAE(2, (100,), seed=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = OneCycleLR(optimizer, max_lr=RATE, total_steps=EPOCHS * math.ceil(len(images) / BATCH))
    bounds = [bound_of(model, held_out)]

    def step(x, eps):
        loss = parts["training_step"](lambda *inputs: parts["forward"](model, *inputs), optimizer, x, eps)
        schedule.step()
        return loss

    for _ in range(EPOCHS):
        parts["one_epoch"](step, images, BATCH, model.latent_size)
        bounds.append(bound_of(model, held_out))
    return model.eval().requires_grad_(False), bounds


def bound_of(model: VAE, images: torch.Tensor) -> float:
    """Mean bound in nats."""
    return round(measure.evaluate(model, images).elbo.mean().item(), 2)


def main() -> None:
    digits = records.mnist()
    figures = {}
    for exercise, mistake in ((None, None), *consequences.SEEN):
        model, bounds = train(exercise, mistake, digits.train_images[:-5000], digits.train_images[-5000:])
        path = consequences.path_of(exercise, mistake)
        record = {"command": "python -m vae_helpers.exercises.consequences.recipe", "epochs": EPOCHS}
        weights.write(model, path, record)
        terms = measure.evaluate(weights.read(path), digits.test_images)
        figures[path.stem] = {
            "bounds": bounds, "elbo": round(terms.elbo.mean().item(), 2), "kl": round(terms.kl.mean().item(), 2),
        }  # fmt: skip
        print(path.stem, figures[path.stem], flush=True)
    with storage.replacing(consequences.FOLDER / "figures.json") as beside:
        beside.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
