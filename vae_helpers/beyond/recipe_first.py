"""How the shipped models of notebook 08's first half were made: `python -m vae_helpers.beyond.recipe_first [NAME ...]`.

Trains on MNIST, measures on the test digits, and writes NAME.safetensors, figures_first.json and README_first.md in this
folder. All four are alike but for one thing: the K of the bound that they are trained by, or the prior.
"""

import sys
import time

import torch
from torch import Tensor

from vae_helpers import beyond, data, likelihood, objective, weights
from vae_helpers.beyond.mixture_prior import MixturePriorVAE
from vae_helpers.models import VAE
from vae_helpers.weights import records

STEPS, BATCH, RATE = 4000, 50, 2e-3
EXACT = 1000  # test digits whose log P(X) is integrated
SIZES = {"latent_size": 2, "hidden_sizes": (128,)}
# Name: the kind of model, its own arguments, K.
MODELS = {
    "plain": (VAE, {}, 1),
    "k5": (VAE, {}, 5),
    "k50": (VAE, {}, 50),
    "mixture": (MixturePriorVAE, {"parts": 50}, 1),
}


def load(name: str) -> VAE:
    """A shipped model: "plain", "k5" and "k50" differ in the K of their objective; "mixture" has K = 1 and a learned P(z)."""
    return weights.read(beyond.file(name, MODELS), MODELS[name][0])


def train(model: VAE, images: Tensor, k: int, steps: int = STEPS) -> None:
    """Adam and a one-cycle rate on the mean of the K-sample bound; pixels are drawn black or white anew for every batch.

    The few numbers of a prior learn at ten times the rate of the networks.
    """
    generator = torch.Generator().manual_seed(0)
    networks = [value for name, value in model.named_parameters() if not name.startswith("mixture.")]
    prior = [value for name, value in model.named_parameters() if name.startswith("mixture.")]
    rates = {RATE: networks, 10 * RATE: prior}
    groups = [{"params": values, "lr": rate} for rate, values in rates.items() if values]
    optimizer = torch.optim.Adam(groups)
    highest = [group["lr"] for group in groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(len(images), (BATCH,), generator=generator)
        x = data.draw_pixels(images[rows], generator)
        loss = -objective.iwae(model, x, k, generator).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval().requires_grad_(False)


@torch.no_grad()
def measured(model: VAE, images: Tensor) -> dict[str, float]:
    """Means over test digits, in nats: the bound with one draw; that of the first 1,000, and their exact log P(X)."""
    generator = torch.Generator().manual_seed(0)
    bound = torch.cat([objective.iwae(model, x, 1, generator) for x in images.split(1000)])
    exact = likelihood.quadrature(model, images[:EXACT])
    return {"elbo": bound.mean().item(), "elbo_of_first": bound[:EXACT].mean().item(), "log_p_x": exact.mean().item()}


def card(figures: dict) -> str:
    """The model card, as Markdown."""
    lines = [
        "# Model card: the models of notebook 08, first half",
        "",
        "Written by `vae_helpers/beyond/recipe_first.py` from `figures_first.json`; change that, not this page.",
        "",
        f"All have 2 latents and one hidden layer of 128, and saw {STEPS:,} batches of {BATCH} MNIST training digits, drawn black "
        f"or white anew for every batch, with a one-cycle rate up to {RATE:g} (ten times that for the numbers of a prior). Figures "
        "are means over the 10,000 test digits, binarized once with seed 0, in nats per image, for the weights as shipped (half "
        f"precision): the bound takes one draw. The last two columns are of the first {EXACT:,}, so that their difference is the gap; "
        "log P(X) is by quadrature.",
        "",
        "| model | trained by | P(z) | parameters | seconds, 2 cores shared | bound, K = 1 | bound of the first | their log P(X) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in figures.items():
        prior = "a mixture of 50, trained along" if name == "mixture" else "N(0, I)"
        bounds = f"{row['elbo']:.2f} | {row['elbo_of_first']:.2f} | {row['log_p_x']:.2f}"
        numbers = f"{row['parameters']:,} | {row['seconds']} | {bounds}"
        lines.append(f"| `{name}` | the bound with K = {row['k']} | {prior} | {numbers} |")
    return "\n".join(
        [*lines, "", "Limits: MNIST digits only, black and white; small models, not trained to the end.", ""]
    )


def main() -> None:
    digits = records.mnist()
    test = data.binarize(digits.test_images, seed=0)
    path = beyond.FOLDER / "figures_first.json"
    for name in sys.argv[1:] or MODELS:
        kind, own, k = MODELS[name]
        model, start = kind(**SIZES, **own), time.perf_counter()
        train(model, digits.train_images, k)
        seconds = round(time.perf_counter() - start)
        command = f"python -m vae_helpers.beyond.recipe_first {name}"
        facts = {"command": command, "seconds": seconds, "steps": STEPS}
        weights.write(model, beyond.FOLDER / f"{name}.safetensors", facts)
        shipped = load(name)  # as it ships, after rounding to half precision
        parameters = sum(value.numel() for value in model.parameters())
        record = {"k": k, "parameters": parameters, "steps": STEPS, "batch": BATCH, "seconds": seconds}
        row = record | {"torch": torch.__version__} | measured(shipped, test)
        print(name, row, flush=True)
        figures = records.keep(path, MODELS, name, row)
        (beyond.FOLDER / "README_first.md").write_text(card(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
