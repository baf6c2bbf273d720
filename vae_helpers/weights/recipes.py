"""How the shipped models were made: `python -m vae_helpers.weights.recipes NAME [--device cuda]`.

Trains the model NAME on MNIST, measures it on the binarized test digits, and writes NAME.safetensors, metrics.json and
the model card README.md in this folder. `--card` alone writes the card anew from metrics.json.
"""

import argparse
import json
import time
from dataclasses import dataclass, field

import torch

from vae_helpers import data, likelihood, training, weights
from vae_helpers.models import VAE

VALIDATION = 5_000  # the last training digits choose the epoch; the test digits only measure
TEST_SEED, SAMPLES, SUBSET = 0, 1000, 300


@dataclass(frozen=True)
class Recipe:
    """Arguments of VAE and of training.fit, and one line on what the model is for."""

    purpose: str
    model: dict
    fit: dict = field(default_factory=lambda: {"epochs": 100, "learning_rate": 2e-3})


RECIPES = {
    "mnist-2d": Recipe("the latent plane: two dimensions can be seen whole", {"latent_size": 2}),
    "mnist-16d": Recipe("better pictures: sixteen dimensions under sliders", {"latent_size": 16}),
}


def measure(model: VAE, test: torch.Tensor, samples: int = SAMPLES) -> dict[str, float]:
    """Means over binarized test digits, in nats per image: bound, its terms, importance-sampled and exact log P(X)."""
    bound = training.evaluate(model, test, samples=10)
    generator = torch.Generator(test.device).manual_seed(TEST_SEED)
    chunk = 10_000 if test.device.type == "cpu" else 300_000
    estimate = likelihood.importance_sampled(model, test, samples, chunk, generator)
    figures = {
        "bound": bound.elbo.mean().item(),
        "reconstruction": bound.reconstruction.mean().item(),
        "kl": bound.kl.mean().item(),
        "log_p_x": estimate.mean().item(),
    }
    if model.latent_size <= 2:
        exact = torch.cat([likelihood.quadrature(model, part) for part in test.split(250)])
        figures["exact_log_p_x"] = exact.mean().item()
    return figures


def _mnist() -> data.Digits:
    digits = data.load("mnist")
    if digits.name != "mnist":
        raise SystemExit("the shipped models are trained and measured on MNIST, which could not be had")
    return digits


def train(name: str, device: str) -> None:
    """Train one model and store it."""
    recipe, digits = RECIPES[name], _mnist()
    model = VAE(**recipe.model).to(device)
    images = digits.train_images.to(device)
    start = time.perf_counter()
    history = training.fit(model, images[:-VALIDATION], held_out=images[-VALIDATION:], binarize=True, **recipe.fit)
    record = {
        "command": f"python -m vae_helpers.weights.recipes {name} --device {device}",
        "seconds": round(time.perf_counter() - start), "device": _device_name(device),
        "torch": torch.__version__, "epochs": len(history.epochs), "best_epoch": history.best_epoch + 1,
    }  # fmt: skip
    weights.write(model, weights.FOLDER / f"{name}.safetensors", record)


def record(name: str, device: str) -> None:
    """Measure one stored model, and write metrics.json and the model card."""
    model = weights.load(name).to(device)  # as it ships, after rounding to half precision
    test = data.binarize(_mnist().test_images, TEST_SEED).to(device)  # drawn on the CPU: the same pixels everywhere
    path = weights.FOLDER / "metrics.json"
    metrics = json.loads(path.read_text()) if path.exists() else {}
    metrics[name] = {
        "training": weights.training_record(name),
        "parameters": sum(p.numel() for p in model.parameters()),
        "test": measure(model, test),
        f"first_{SUBSET}": measure(model, test[:SUBSET]),
    }
    path.write_text(json.dumps(dict(sorted(metrics.items())), indent=2) + "\n")
    (weights.FOLDER / "README.md").write_text(card(metrics))


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "CPU"


def card(metrics: dict) -> str:
    """The model card, as Markdown."""
    lines = [
        "# Model card: the shipped models",
        "",
        "Written by `vae_helpers/weights/recipes.py` from `metrics.json`; change those, not this page.",
        "",
        f"All are trained on the first {60_000 - VALIDATION:,} MNIST training digits, drawn black and white anew for "
        f"every batch; the last {VALIDATION:,} choose the epoch. Figures are means over the 10,000 test digits, "
        f"binarized once with seed {TEST_SEED}, in nats per image, for the weights as shipped (half precision). "
        f"The bound averages 10 samples an image. log P(X) is importance-sampled with K = {SAMPLES} draws from Q, a "
        "lower bound in expectation; for two latent dimensions the exact value, by quadrature, stands beside it.",
        "",
        "| model | for | latent | parameters | bound | reconstruction | KL | log P(X), K samples | log P(X), exact |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, record in metrics.items():
        test, recipe = record["test"], RECIPES[name]
        exact = f"{test['exact_log_p_x']:.2f}" if "exact_log_p_x" in test else "–"
        lines.append(
            f"| `{name}` | {recipe.purpose} | {recipe.model['latent_size']} | {record['parameters']:,} | "
            f"{test['bound']:.2f} | {test['reconstruction']:.2f} | {test['kl']:.2f} | {test['log_p_x']:.2f} | {exact} |"
        )
    lines += ["", "| model | command | epochs (best) | training time | on | torch |", "|---|---|---|---|---|---|"]
    for name, record in metrics.items():
        run = record["training"]
        lines.append(
            f"| `{name}` | `{run['command']}` | {run['epochs']} ({run['best_epoch']}) | {run['seconds']} s | "
            f"{run['device']} | {run['torch']} |"
        )
    lines += [
        "",
        "Limits: black-and-white MNIST digits only. The models give high scores to some images that are no digits "
        "(notebook 05 shows one), and their encoders answer for any image, digit or not.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=RECIPES)
    parser.add_argument("--device", default="cpu", help="where to train: cpu (the default), cuda or mps")
    parser.add_argument("--measure", action="store_true", help="measure NAME again without training it")
    parser.add_argument("--card", action="store_true", help="only write README.md anew")
    arguments = parser.parse_args()
    if arguments.card:
        metrics = json.loads((weights.FOLDER / "metrics.json").read_text())
        (weights.FOLDER / "README.md").write_text(card(metrics))
    elif arguments.name:
        if not arguments.measure:
            train(arguments.name, arguments.device)
        record(arguments.name, arguments.device)
    else:
        parser.error("name a model or --card")


if __name__ == "__main__":
    main()
