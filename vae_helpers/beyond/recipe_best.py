"""How `mnist-best`, the model of notebook 08's last page, was made: `python -m vae_helpers.beyond.recipe_best CHECKPOINT`.

Trains on MNIST with one thread, measures on the test digits, and writes mnist-best.safetensors, figures_best.json and
README_best.md in this folder. CHECKPOINT is a file to which the run is saved as it goes, and from which it goes on. With the
word `pilots` in its place, the short runs that chose the model are made again.
"""

import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vae_helpers import beyond, data, weights
from vae_helpers.beyond import card_best, ladder
from vae_helpers.weights import records

BATCH, RATE = 250, 2e-3
WATCHED = 1000  # the last training digits, never trained on: bounds on them are printed as the run goes, and choose
MODEL = {"blocks": (16, 16, 16), "features": 700, "state": 400, "between": 256}


class Plan(NamedTuple):
    """The steps of a run.

    Attributes:
        steps: all of them.
        falling: how many of the last lower the learning rate to 0.
        tuned: how many of the last maximize the bound with `k` samples instead of (5).
        k: draws per image there.
        warm: how many of the first raise the weight of the KL term from 0 to 1; a quarter as many raise the learning rate.
        bfloat16: whether matrix products are taken in it.
    """

    steps: int
    falling: int
    tuned: int = 0
    k: int = 1
    warm: int = 2000
    bfloat16: bool = True

    def rate(self, step: int) -> float:
        """The learning rate, as a share of the highest."""
        return min(1.0, 4 * (step + 1) / self.warm, (self.steps - step) / self.falling)


PLAN = Plan(steps=50_000, falling=25_000, tuned=8000, k=5, bfloat16=False)
SHORT = Plan(steps=1500, falling=600, warm=200)
PILOTS = {  # what is said of a run: what of MODEL it changes, its plan
    "three blocks of 16": ({}, SHORT),
    "one block of 48: Q is a diagonal Gaussian": ({"blocks": (48,)}, SHORT),
    "two blocks of 24": ({"blocks": (24, 24)}, SHORT),
    "three of 16, the last 300 steps with K = 5": ({}, SHORT._replace(tuned=300, k=5)),
    "three of 16, products in float32": ({}, SHORT._replace(bfloat16=False)),
}


def loss(model: ladder.LadderVAE, x: Tensor, step: int, plan: Plan, generator: torch.Generator) -> Tensor:
    """Minus the mean bound that the plan has for this step."""
    tuned = step >= plan.steps - plan.tuned
    with torch.autocast("cpu", torch.bfloat16, enabled=plan.bfloat16):
        draws = model.draw(x, plan.k if tuned else 1, generator)
        if tuned:
            return -draws.iwae.mean()
        weight = min(1.0, step / plan.warm)
        return -(draws.reconstruction - weight * draws.kl).mean()


class Run:
    """A model on its way along a plan: AdamW, and a running mean of the weights, which is the model that ships.

    Attributes:
        step, seconds: done, and spent on it.
        average: the model with the running mean of the weights.
    """

    def __init__(self, model: ladder.LadderVAE, plan: Plan):
        self.model, self.plan, self.step, self.seconds = model, plan, 0, 0.0
        self.generator = torch.Generator().manual_seed(0)
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.05, fused=True
        )
        self.mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))
        self.average = self.mean.module

    def go(self, images: Tensor, steps: int) -> None:
        """That many steps, or as many as the plan still has; pixels are drawn black or white anew for every batch."""
        start = time.perf_counter()
        for _ in range(min(steps, self.plan.steps - self.step)):
            self.optimizer.param_groups[0]["lr"] = RATE * self.plan.rate(self.step)
            rows = torch.randint(len(images), (BATCH,), generator=self.generator)
            x = data.draw_pixels(images[rows], self.generator)
            value = loss(self.model, x, self.step, self.plan, self.generator)
            self.optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 200.0)
            self.optimizer.step()
            self.mean.update_parameters(self.model)
            self.step += 1
        self.seconds += time.perf_counter() - start

    def save(self, file: Path) -> None:
        """All that `resume` needs."""
        states = [part.state_dict() for part in (self.model, self.optimizer, self.mean)]
        generator = self.generator.get_state()
        torch.save({"step": self.step, "seconds": self.seconds, "generator": generator, "states": states}, file)

    def resume(self, file: Path) -> None:
        """Go on from where `save` was called, bit for bit."""
        saved = torch.load(file)
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.generator.set_state(saved["generator"])
        for part, state in zip((self.model, self.optimizer, self.mean), saved["states"], strict=True):
            part.load_state_dict(state)


@torch.no_grad()
def bounds(model: ladder.LadderVAE, x: Tensor, samples: int = 50) -> dict[str, float]:
    """Means over black-and-white images, in nats: the bound, its KL, and the bound with `samples` samples."""
    generator = torch.Generator().manual_seed(0)
    draws = [model.draw(part, samples, generator) for part in x.split(100)]
    names = ("elbo", "kl", "iwae")
    return {name: round(torch.cat([getattr(d, name).flatten() for d in draws]).mean().item(), 2) for name in names}


def load() -> ladder.LadderVAE:
    """The shipped model."""
    return weights.read(beyond.FOLDER / "mnist-best.safetensors", ladder.LadderVAE)


def pilots(images: Tensor, watched: Tensor) -> None:
    """Make the short runs, each measured with the weights it ends with."""
    path = beyond.FOLDER / "pilots_best.json"
    for name in sys.argv[2:] or PILOTS:
        changes, plan = PILOTS[name]
        run, start = Run(ladder.LadderVAE(**MODEL | changes), plan), time.process_time()
        run.go(images, plan.steps)
        facts = {"core_seconds": round(time.process_time() - start)}  # of one core, however many programs share it
        facts |= {"steps": plan.steps, "parameters": sum(value.numel() for value in run.model.parameters())}
        row = facts | bounds(run.model, watched)
        print(name, row, flush=True)
        records.keep(path, PILOTS, name, row)


def keep(run: Run, images: Tensor, watched: Tensor, test: Tensor) -> None:
    """Ship the running mean of the weights; measure it as it ships, after rounding to half precision; write the card."""
    command = "python -m vae_helpers.beyond.recipe_best CHECKPOINT"
    facts = {"command": command, "seconds": round(run.seconds), "steps": run.step}
    weights.write(run.average, beyond.FOLDER / "mnist-best.safetensors", facts)
    model = load()
    row = facts | {
        "threads": 1, "torch": torch.__version__, "batch": BATCH, "images": len(images), "watched": len(watched),
        "epochs": run.step * BATCH / len(images), "parameters": sum(value.numel() for value in model.parameters()),
        "latent_size": model.latent_size, "blocks": model.config["blocks"],
        "watched_mean": bounds(run.average, watched), "watched_last": bounds(run.model, watched),
    }  # fmt: skip
    row |= bounds(model, test, 10)
    row |= card_best.together([card_best.one_round(model, test, number) for number in range(card_best.ROUNDS)])
    (beyond.FOLDER / "figures_best.json").write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
    (beyond.FOLDER / "README_best.md").write_text(card_best.card(), encoding="utf-8")


def main() -> None:
    torch.set_num_threads(1)
    digits, where = records.mnist(), sys.argv[1]
    images, watched = digits.train_images[:-WATCHED], data.binarize(digits.train_images[-WATCHED:], seed=0)
    if where == "pilots":
        return pilots(images, watched)
    run, file = Run(ladder.LadderVAE(**MODEL), PLAN), Path(where)
    if file.exists():
        run.resume(file)
    while run.step < PLAN.steps:
        run.go(images, 500)
        run.save(file)
        print(run.step, round(run.seconds), bounds(run.average, watched, 10), flush=True)
    keep(run, images, watched, data.binarize(digits.test_images, seed=0))


if __name__ == "__main__":
    main()
