"""How the shipped models were made: `python -m vae_helpers.weights.recipes NAME [--device cuda]`.

Trains the model NAME, or every model of the family NAME, on MNIST, measures it on the test digits, and writes
NAME.safetensors, metrics.json (families.json for a family's models) and the model card README.md in this folder.
`--card` alone writes the card anew from the two .json files.
"""

import argparse
import json
import re
import time

import torch

from vae_helpers import data, likelihood, measure, storage, training, weights
from vae_helpers.models import VAE
from vae_helpers.weights import records
from vae_helpers.weights.card import card
from vae_helpers.weights.settings import RECIPES, SAMPLES, SUBSET, TEST_SEED, VALIDATION, family_of

METRICS, FAMILIES = "metrics.json", "families.json"


def measure_single(model: VAE, test: torch.Tensor, samples: int = SAMPLES) -> dict[str, float]:
    """Means over binarized test digits, in nats per image: bound, its terms, importance-sampled and exact log P(X)."""
    terms = measure.evaluate(model, test, samples=10)
    generator = torch.Generator(test.device).manual_seed(TEST_SEED)
    chunk = 10_000 if test.device.type == "cpu" else 300_000
    estimate = likelihood.importance_sampled(model, test, samples, chunk, generator)
    figures = {
        "elbo": terms.elbo.mean().item(),
        "reconstruction": terms.reconstruction.mean().item(),
        "kl": terms.kl.mean().item(),
        "log_p_x": estimate.mean().item(),
    }
    if model.latent_size <= 2:
        figures["exact_log_p_x"] = likelihood.quadrature(model, test).mean().item()
    return figures


def measure_member(model: VAE, test: torch.Tensor) -> dict:
    """Rate, distortion and whatever else `measure.rate_distortion` measures, as numbers."""
    return measure.rate_distortion(model, test).as_numbers()


def train(name: str, device: str) -> None:
    """Train one model and store it."""
    recipe, digits = RECIPES[name], records.mnist()
    model = VAE(**recipe.model).to(device)
    images = digits.train_images.to(device)
    black_and_white = model.likelihood == "bernoulli"
    start = time.perf_counter()
    history = training.fit(
        model, images[:-VALIDATION], held_out=images[-VALIDATION:], binarize=black_and_white, **recipe.fit
    )
    record = {
        "command": f"python -m vae_helpers.weights.recipes {family_of(name) or name} --device {device}",
        "seconds": round(time.perf_counter() - start), "device": _device_name(device),
        "torch": torch.__version__, "epochs": len(history.epochs), "best_epoch": history.best_epoch + 1,
    }  # fmt: skip
    weights.write(model, weights.FOLDER / f"{name}.safetensors", record)


def record(name: str, device: str) -> None:
    """Measure one stored model, and write its figures and the model card."""
    model = weights.load(name).to(device)  # as it ships, after rounding to half precision
    test = test_digits(model.likelihood, records.mnist()).to(device)
    measured_by = measure_member if family_of(name) else measure_single
    metrics, families = _recorded()
    (families if family_of(name) else metrics)[name] = {
        "training": weights.training_record(name),
        "parameters": sum(p.numel() for p in model.parameters()),
        "test": measured_by(model, test),
        f"first_{SUBSET}": measured_by(model, test[:SUBSET]),
    }
    in_order = {name: families[name] for name in RECIPES if name in families}
    _write(METRICS, json.dumps(dict(sorted(metrics.items())), indent=2) + "\n")
    _write(FAMILIES, _one_line_lists(json.dumps(in_order, indent=2)) + "\n")
    _write("README.md", card(*_recorded()))


def test_digits(likelihood: str, digits: data.Digits) -> torch.Tensor:
    """The test digits that a model is measured on: gray for a Gaussian likelihood, else black and white."""
    if likelihood == "gaussian":
        return digits.test_images
    return data.binarize(digits.test_images, TEST_SEED)  # drawn on the CPU: the same pixels everywhere


def _recorded() -> tuple[dict, dict]:
    """The figures of the single models and of the families' models, by name."""
    paths = [weights.FOLDER / METRICS, weights.FOLDER / FAMILIES]
    metrics, families = (json.loads(path.read_text(encoding="utf-8")) if path.exists() else {} for path in paths)
    return metrics, families


def _one_line_lists(text: str) -> str:
    """JSON whose innermost lists take one line each."""
    return re.sub(r"\[[^\]\[{}]*\]", lambda found: json.dumps(json.loads(found[0])), text)


def _write(name: str, text: str) -> None:
    with storage.replacing(weights.FOLDER / name) as beside:
        beside.write_text(text, encoding="utf-8")


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "CPU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=[*RECIPES, *weights.FAMILIES], metavar="NAME")
    parser.add_argument("--device", default="cpu", help="where to train: cpu (the default), cuda or mps")
    parser.add_argument("--measure", action="store_true", help="measure NAME again without training it")
    parser.add_argument("--card", action="store_true", help="only write README.md anew")
    arguments = parser.parse_args()
    if arguments.card:
        _write("README.md", card(*_recorded()))
    elif name := arguments.name:
        for member in weights.members(name).values() if name in weights.FAMILIES else [name]:
            if not arguments.measure:
                train(member, arguments.device)
            record(member, arguments.device)
    else:
        parser.error("name a model, a family or --card")


if __name__ == "__main__":
    main()
