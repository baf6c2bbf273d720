"""How the models of notebook 07 were made: `python -m vae_helpers.conditional.recipe [NAME ...]`.

Trains on MNIST, measures on the test digits, and writes NAME.safetensors, figures.json and README.md in this folder.
"""

import math
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from vae_helpers import conditional, data, likelihood, objective, weights
from vae_helpers.conditional import SIDE, WIDTH, Network, one_hot, strip
from vae_helpers.models import ConditionalVAE
from vae_helpers.weights import records

BATCH, RATE, SAMPLES = 200, 3e-3, 100


def any_strip(x: Tensor, generator: torch.Generator) -> Tensor:
    """A strip of each image, anywhere in it: y, (B, 784)."""
    return strip(x, torch.randint(SIDE - WIDTH + 1, (len(x),), generator=generator))


def _bound(model: ConditionalVAE, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    return -objective.elbo(model.given(y), x, generator=generator).elbo


def _crossentropy(model: Network, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(model(y), x, reduction="none").sum(dim=1)


def _misclassified(model: Network, x: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    return nn.functional.cross_entropy(model(x), labels, reduction="none")


def of_strip(x, labels, generator):
    return any_strip(x, generator)


def of_class(x, labels, generator):
    return one_hot(labels)


def the_class(x, labels, generator):
    return labels.long()


# Name: the model, its loss per image, what it is told about an image, epochs.
MODELS = {
    "completer": (lambda: ConditionalVAE(16, SIDE**2, (300,), learned_prior=True), _bound, of_strip, 60),
    "completer-standard": (lambda: ConditionalVAE(16, SIDE**2, (300,)), _bound, of_strip, 60),
    "regressor": (lambda: Network([SIDE**2, 300, SIDE**2]), _crossentropy, of_strip, 40),
    "by-class": (lambda: ConditionalVAE(8, 10, (300,)), _bound, of_class, 60),
    "classifier": (lambda: Network([SIDE**2, 100, 10]), _misclassified, the_class, 10),
}


PURPOSES = {
    "completer": "a digit from a strip; P(z&#124;y) learned",
    "completer-standard": "the same with P(z&#124;y) = N(0, I)",
    "regressor": "a digit from a strip, one answer",
    "by-class": "a digit of a given class",
    "classifier": "names the digit; judges completions",
}


def train(model: nn.Module, loss: Callable, told: Callable, images: Tensor, labels: Tensor, epochs: int) -> None:
    """Adam and a one-cycle rate on the mean loss; pixels are drawn black or white anew for every batch."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    steps = epochs * math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(images), generator=generator).split(BATCH):
            x = data.draw_pixels(images[rows], generator)
            value = loss(model, x, told(x, labels[rows], generator), generator).mean()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()


@torch.no_grad()
def measured(name: str, model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Means over black-and-white test digits, in nats per image; of the classifier, the share it names rightly."""
    _, loss, told, _ = MODELS[name]
    generator = torch.Generator().manual_seed(0)
    y = told(images, labels, generator)
    if name == "classifier":
        return {"accuracy": (model(images).argmax(dim=1) == y).float().mean().item()}
    if name == "regressor":
        return {"log_p_x": -loss(model, images, y, generator).mean().item()}
    parts = list(zip(images.split(100), y.split(100), strict=True))
    bound = torch.cat([objective.elbo(model.given(b), a, 10, generator).elbo for a, b in parts])
    estimates = [
        likelihood.importance_sampled(model.given(b), a, SAMPLES, 100 * SAMPLES, generator) for a, b in parts[:20]
    ]
    return {"elbo": bound.mean().item(), "log_p_x": torch.cat(estimates).mean().item()}


def card(figures: dict) -> str:
    """The model card, as Markdown."""
    lines = [
        "# Model card: the models of notebook 07",
        "",
        "Written by `vae_helpers/conditional/recipe.py` from `figures.json`; change that, not this page.",
        "",
        f"All are trained on the 60,000 MNIST training digits, drawn black or white anew for every batch of {BATCH}, with a "
        f"one-cycle rate up to {RATE:g}; strips of {WIDTH} columns lie anywhere. Figures are means over the 10,000 test digits, "
        "binarized once with seed 0, in nats per image, for the weights as shipped (half precision). The bound averages 10 "
        f"draws an image; log P(X|y) is importance-sampled with K = {SAMPLES} for the first 2,000. The regressor's log P(X|y) "
        "is exact: its pixels are independent.",
        "",
        "| model | for | parameters | epochs | seconds, 2 cores shared | bound | log P(X&#124;y) | accuracy |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in figures.items():
        cells = [f"{row[key]:.2f}" if key in row else "–" for key in ("elbo", "log_p_x")]
        accuracy = f"{row['accuracy']:.2%}" if "accuracy" in row else "–"
        purpose = PURPOSES[name]
        lines.append(
            f"| `{name}` | {purpose} | {row['parameters']:,} | {row['epochs']} | {row['seconds']} | {' | '.join(cells)} | {accuracy} |"
        )
    return "\n".join(
        [*lines, "", "Limits: MNIST digits only, black and white; no epoch was chosen by test digits.", ""]
    )


def main() -> None:
    digits = records.mnist()
    test = data.binarize(digits.test_images, seed=0)
    path = conditional.FOLDER / "figures.json"
    for name in sys.argv[1:] or MODELS:
        make, loss, told, epochs = MODELS[name]
        model, start = make(), time.perf_counter()
        train(model, loss, told, digits.train_images, digits.train_labels, epochs)
        seconds = round(time.perf_counter() - start)
        command = f"python -m vae_helpers.conditional.recipe {name}"
        stored = conditional.FOLDER / f"{name}.safetensors"
        weights.write(model, stored, {"command": command, "seconds": seconds, "epochs": epochs})
        shipped = weights.read(stored, type(model))  # as it ships, after rounding to half precision
        parameters = sum(value.numel() for value in model.parameters())
        record = {"parameters": parameters, "epochs": epochs, "seconds": seconds, "torch": torch.__version__}
        row = record | measured(name, shipped, test, digits.test_labels)
        print(name, row, flush=True)
        figures = records.keep(path, MODELS, name, row)
        (conditional.FOLDER / "README.md").write_text(card(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
