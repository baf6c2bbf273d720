"""How the shipped models of notebook 08's second half were made: `python -m vae_helpers.beyond.recipe_levels [NAME ...]`.

Trains on MNIST, measures on the test digits, and writes NAME.safetensors and figures_levels.json in this folder.
"""

import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from vae_helpers import beyond, data, measure, objective, weights
from vae_helpers.beyond import diffusion, discrete, two_levels
from vae_helpers.models import VAE
from vae_helpers.weights import records

RATE = 2e-3
STEPS_OF_CHAIN = 100  # T in figures_levels.json


def plain_loss(model: VAE, x: Tensor, generator: torch.Generator) -> Tensor:
    """Minus the bound (5), (B,)."""
    return -objective.elbo(model, x, generator=generator).elbo


def levels_loss(model: two_levels.TwoLevelVAE, x: Tensor, generator: torch.Generator) -> Tensor:
    """Minus the bound with two levels, (B,)."""
    return -two_levels.bound(model, x, generator).elbo


def chain_loss(model: diffusion.Denoiser, x: Tensor, generator: torch.Generator) -> Tensor:
    """Minus the bound of very many steps, up to a constant, from one time for each image (B,).

    As T grows, T·D[Q(x_s|x_t, x₀)‖P(x_s|x_t)] tends to ½·(−d SNR/d time)·|x₀ − x̂₀|² (Kingma et al. 2021, equation 17); the times
    of a batch are spread evenly (their appendix I).
    """
    x0 = 2 * x - 1
    shift = torch.rand(1, generator=generator)
    at = ((torch.arange(len(x)) / len(x) + shift) % 1)[:, None]
    xt = diffusion.noised(x0, at, generator)
    ratio = (diffusion.CLEAR + (diffusion.NOISY - diffusion.CLEAR) * at).exp()
    fall = (diffusion.CLEAR - diffusion.NOISY) * ratio[:, 0]
    return 0.5 * fall * (x0 - model(xt, at)).square().sum(dim=1)


def load(name: str) -> nn.Module:
    """A shipped model by its name in MODELS."""
    return weights.read(beyond.file(name, MODELS), type(MODELS[name][0]()))


# Name: the model, its loss per image (None: it has a training of its own), steps, images in a batch, whether digits are 14×14.
MODELS: dict[str, tuple[Callable, Callable | None, int, int, bool]] = {
    "one-level": (lambda: VAE(16, (240,)), plain_loss, 12_000, 100, False),
    "two-levels": (lambda: two_levels.TwoLevelVAE(8, 16, 210), levels_loss, 12_000, 100, False),
    "vq": (lambda: discrete.VQVAE(12, 32, 8, 180), None, 12_000, 100, False),
    "small-vae": (lambda: VAE(16, (300, 300), data_size=196), plain_loss, 12_000, 100, True),
    "denoiser": (lambda: diffusion.Denoiser(300), chain_loss, 20_000, 100, True),
}


def train(model: nn.Module, loss: Callable, images: Tensor, steps: int, batch: int) -> None:
    """Adam and a one-cycle rate on the mean loss; pixels are drawn black or white anew for every batch."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(len(images), (batch,), generator=generator)
        value = loss(model, data.draw_pixels(images[rows], generator), generator).mean()
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 200.0)
        optimizer.step()
        schedule.step()


@torch.no_grad()
def measured(name: str, model: nn.Module, images: Tensor, seen: Tensor) -> dict[str, float]:
    """Means over black-and-white test digits, in nats per image; `seen` are training digits, for the frequencies of codes."""
    generator = torch.Generator().manual_seed(0)
    if name in ("one-level", "small-vae"):
        found = measure.evaluate(model, images, 10)
        return {"elbo": found.elbo.mean().item(), "kl": found.kl.mean().item()}
    if name == "two-levels":
        draws = [two_levels.bound(model, images, generator) for _ in range(10)]
        names = ("elbo", "upper", "lower")
        return {one: torch.stack([getattr(d, one) for d in draws]).mean().item() for one in names}
    if name == "denoiser":
        chain = diffusion.bound(model, 2 * images - 1, STEPS_OF_CHAIN, generator)
        parts = {
            "elbo": chain.elbo,
            "log_p_of_x0": chain.first,
            "kl_of_steps": chain.steps.sum(0),
            "kl_of_last": chain.prior,
        }
        return {one: value.mean().item() for one, value in parts.items()}
    k = model.encode(images)
    fit = model.decode(model.codebook[k]).log_prob(images).mean().item()
    lengths = discrete.code_lengths(model.encode(seen), k, model.codes)
    rows = {f"elbo, {prior}": fit - value.mean().item() for prior, value in lengths.items()}
    return {"reconstruction": fit, "perplexity": discrete.perplexity(k, model.codes)} | rows


WHAT = {
    "one-level": "16 latents, N(0, I)",
    "two-levels": "8 latents above 16 (8.4)",
    "vq": "12 codes of 32 (8.5)",
    "small-vae": "16 latents, digits of 14×14",
    "denoiser": "diffusion, T = 100, digits of 14×14 (8.6)",
}


def card(figures: dict) -> str:
    """The model card, as Markdown."""
    lines = [
        "# Model card: the models of notebook 08, second half",
        "",
        "Written by `vae_helpers/beyond/recipe_levels.py` from `figures_levels.json`; change that, not this page.",
        "",
        "All saw MNIST training digits, drawn black or white anew for every batch. Figures are means over the 10,000 test "
        "digits, binarized once with seed 0, in nats per image, for the weights as shipped (half precision). The bound of "
        "`vq` is that of its best prior, counted in the codes of the 60,000 training digits. Digits of 14×14 have a quarter of the pixels: compare within a size.",
        "",
        "| model | what it is | parameters | batches | of | seconds, 2 cores shared | torch | bound |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in figures.items():
        bound = max(value for key, value in row.items() if key.startswith("elbo"))
        lines.append(
            f"| `{name}` | {WHAT[name]} | {row['parameters']:,} | {row['steps']:,} | {row['batch']} | {row['seconds']} | "
            f"{row['torch']} | {bound:.2f} |"
        )
    return "\n".join([*lines, "", "Limits: MNIST digits only; small models, not trained to the end.", ""])


def main() -> None:
    digits = records.mnist()
    path = beyond.FOLDER / "figures_levels.json"
    for name in sys.argv[1:] or MODELS:
        make, loss, steps, batch, reduced = MODELS[name]
        train_images, test_images = digits.train_images, digits.test_images
        if reduced:
            train_images, test_images = diffusion.small(train_images), diffusion.small(test_images)
        model, start = make(), time.perf_counter()
        if loss is None:
            discrete.train(model, train_images, steps, reviving=20, batch=batch)
        else:
            train(model, loss, train_images, steps, batch)
        seconds = round(time.perf_counter() - start)
        command = f"python -m vae_helpers.beyond.recipe_levels {name}"
        facts = {"command": command, "seconds": seconds, "steps": steps}
        weights.write(model, beyond.FOLDER / f"{name}.safetensors", facts)
        parameters = sum(value.numel() for value in model.parameters())
        record = {
            "parameters": parameters,
            "steps": steps,
            "batch": batch,
            "seconds": seconds,
            "torch": torch.__version__,
        }
        test, seen = data.binarize(test_images, seed=0), data.binarize(train_images, seed=0)
        row = record | measured(name, load(name), test, seen)  # as it ships, after rounding to half precision
        print(name, row, flush=True)
        figures = records.keep(path, MODELS, name, row)
        (beyond.FOLDER / "README_levels.md").write_text(card(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
