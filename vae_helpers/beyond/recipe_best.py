"""How `mnist-best`, the model of notebook 08's last page, was made: `python -m vae_helpers.beyond.recipe_best [CHECKPOINT]`.

Trains on MNIST with one thread, measures on the test digits, and writes mnist-best.safetensors, figures_best.json and
README_best.md in this folder. CHECKPOINT is a file to which a run is saved as it goes, and from which it goes on.
"""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vae_helpers import data
from vae_helpers.beyond.ladder import LadderVAE

BATCH, RATE = 250, 2e-3
WATCHED = 1000  # the last training digits, never trained on: the bound on them is printed as the run goes
MODEL = {"blocks": (16, 16, 16), "features": 700, "state": 400, "between": 256}


class Plan(NamedTuple):
    """The steps of a run.

    Attributes:
        steps: all of them.
        falling: how many of the last lower the learning rate to 0.
        tuned: how many of the last maximize the bound with `k` samples instead of (5).
        k: draws per image there.
        warm: how many of the first raise the weight of the KL term from 0 to 1; a quarter as many raise the learning rate.
    """

    steps: int
    falling: int
    tuned: int
    k: int
    warm: int = 2000

    def rate(self, step: int) -> float:
        """The learning rate, as a share of the highest."""
        return min(1.0, 4 * (step + 1) / self.warm, (self.steps - step) / self.falling)


PLAN = Plan(steps=1_000_000, falling=8000, tuned=4000, k=5)


def loss(model: LadderVAE, x: Tensor, step: int, plan: Plan, generator: torch.Generator) -> Tensor:
    """Minus the mean bound that the plan has for this step; matrix products in bfloat16."""
    tuned = step >= plan.steps - plan.tuned
    with torch.autocast("cpu", torch.bfloat16):
        draws = model.draw(x, plan.k if tuned else 1, generator)
        if tuned:
            return -draws.iwae.mean()
        weight = min(1.0, step / plan.warm)
        return -(draws.reconstruction - weight * draws.kl).mean()


def train(model: LadderVAE, images: Tensor, plan: Plan, watched: Tensor, file: Path | None = None) -> tuple[nn.Module, float]:
    """AdamW along the plan; pixels are drawn black or white anew for every batch.

    Returns:
        The model with the running mean of the weights, and the seconds that its training took.
    """
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.05, fused=True)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))
    first, before, start = 0, 0.0, time.perf_counter()
    if file and file.exists():
        saved = torch.load(file)
        first, before = saved["step"], saved["seconds"]
        generator.set_state(saved["generator"])
        for part, state in zip((model, optimizer, average), saved["states"], strict=True):
            part.load_state_dict(state)
    for step in range(first, plan.steps):
        optimizer.param_groups[0]["lr"] = RATE * plan.rate(step)
        rows = torch.randint(len(images), (BATCH,), generator=generator)
        value = loss(model, data.draw_pixels(images[rows], generator), step, plan, generator)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 200.0)
        optimizer.step()
        average.update_parameters(model)
        if file and (step + 1) % 500 == 0:
            seconds = before + time.perf_counter() - start
            states = [part.state_dict() for part in (model, optimizer, average)]
            state = generator.get_state()
            torch.save({"step": step + 1, "seconds": seconds, "generator": state, "states": states}, file)
            print(step + 1, round(seconds), round(value.item(), 2), watch(average.module, watched), flush=True)
    return average.module, before + time.perf_counter() - start


@torch.no_grad()
def watch(model: LadderVAE, x: Tensor) -> dict[str, float]:
    """Mean bounds with 1 draw and with 50, and the KL, in nats."""
    generator = torch.Generator().manual_seed(0)
    draws = [model.draw(part, 50, generator) for part in x.split(100)]
    names = ("elbo", "iwae", "kl")
    return {name: round(torch.cat([getattr(d, name).flatten() for d in draws]).mean().item(), 2) for name in names}


def main() -> None:
    from vae_helpers.weights import records

    images = records.mnist().train_images
    watched = data.binarize(images[-WATCHED:], seed=0)
    torch.set_num_threads(1)
    train(LadderVAE(**MODEL), images[:-WATCHED], PLAN, watched, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
