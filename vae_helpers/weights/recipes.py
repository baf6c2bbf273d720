"""How the shipped models were made: `python -m vae_helpers.weights.recipes NAME [--device cuda]`.

Trains the model NAME, or every model of the family NAME, on MNIST, measures it on the test digits, and writes
NAME.safetensors, metrics.json (families.json for a family's models) and the model card README.md in this folder.
`--card` alone writes the card anew from the two .json files.
"""

import argparse
import json
import re
import time
from dataclasses import dataclass, field

import torch

from vae_helpers import data, likelihood, measure, storage, training, weights
from vae_helpers.models import VAE

VALIDATION = 5_000  # the last training digits choose the epoch; the test digits only measure
TEST_SEED, SAMPLES, SUBSET = 0, 1000, 300
METRICS, FAMILIES = "metrics.json", "families.json"


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
SMALL = {"latent_size": 16, "hidden_sizes": (128,)}
for _value, _name in weights.members("beta").items():
    RECIPES[_name] = Recipe(f"β = {_value:g}", SMALL, {"epochs": 30, "beta": _value})
for _value, _name in weights.members("sigma").items():
    RECIPES[_name] = Recipe(f"σ = {_value:g}", SMALL | {"likelihood": "gaussian", "sigma": _value}, {"epochs": 30})


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
        exact = torch.cat([likelihood.quadrature(model, part) for part in test.split(250)])
        figures["exact_log_p_x"] = exact.mean().item()
    return figures


def _mnist() -> data.Digits:
    digits = data.load("mnist")
    if digits.name != "mnist":
        raise SystemExit("the shipped models are trained and measured on MNIST, which could not be had")
    return digits


def measure_member(model: VAE, test: torch.Tensor) -> dict:
    """Rate, distortion and whatever else `measure.rate_distortion` measures, as numbers."""
    return measure.rate_distortion(model, test).as_numbers()


def train(name: str, device: str) -> None:
    """Train one model and store it."""
    recipe, digits = RECIPES[name], _mnist()
    model = VAE(**recipe.model).to(device)
    images = digits.train_images.to(device)
    black_and_white = model.likelihood == "bernoulli"
    start = time.perf_counter()
    history = training.fit(
        model, images[:-VALIDATION], held_out=images[-VALIDATION:], binarize=black_and_white, **recipe.fit
    )
    record = {
        "command": f"python -m vae_helpers.weights.recipes {_family(name) or name} --device {device}",
        "seconds": round(time.perf_counter() - start), "device": _device_name(device),
        "torch": torch.__version__, "epochs": len(history.epochs), "best_epoch": history.best_epoch + 1,
    }  # fmt: skip
    weights.write(model, weights.FOLDER / f"{name}.safetensors", record)


def record(name: str, device: str) -> None:
    """Measure one stored model, and write its figures and the model card."""
    model = weights.load(name).to(device)  # as it ships, after rounding to half precision
    test = test_digits(model.likelihood, _mnist()).to(device)
    measured_by = measure_member if _family(name) else measure_single
    metrics, families = _recorded()
    (families if _family(name) else metrics)[name] = {
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


def _family(name: str) -> str | None:
    return next((family for family in weights.FAMILIES if name in weights.members(family).values()), None)


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "CPU"


def card(metrics: dict, families: dict) -> str:
    """The model card, as Markdown."""
    lines = [
        "# Model card: the shipped models",
        "",
        "Written by `vae_helpers/weights/recipes.py` from `metrics.json` and `families.json`; change those, not this "
        "page.",
        "",
        f"All are trained on the first {60_000 - VALIDATION:,} MNIST training digits, drawn black and white anew for "
        f"every batch unless their likelihood is Gaussian; the last {VALIDATION:,} choose the epoch. Figures are means "
        f"over the 10,000 test digits, for a Bernoulli likelihood binarized once with seed {TEST_SEED}, in nats per "
        "image, for the weights as shipped (half precision). The bound averages 10 samples an image. log P(X) is "
        f"importance-sampled with K = {SAMPLES} draws from Q, a lower bound in expectation; for two latent dimensions "
        "the exact value, by quadrature, stands beside it.",
        "",
        "| model | for | latent | parameters | bound | reconstruction | KL | log P(X), K samples | log P(X), exact |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, record in metrics.items():
        test, recipe = record["test"], RECIPES[name]
        exact = f"{test['exact_log_p_x']:.2f}" if "exact_log_p_x" in test else "–"
        lines.append(
            f"| `{name}` | {recipe.purpose} | {recipe.model['latent_size']} | {record['parameters']:,} | "
            f"{test['elbo']:.2f} | {test['reconstruction']:.2f} | {test['kl']:.2f} | {test['log_p_x']:.2f} | {exact} |"
        )
    lines += ["", *_runs(metrics), "", *_families_of(families), *_runs(families)]
    lines += [
        "",
        "Limits: MNIST digits only, black and white but for the family `sigma`. The models give high scores to some "
        "images that are no digits (notebook 05 shows one), and their encoders answer for any image, digit or not.",
        "",
    ]
    return "\n".join(lines)


def _families_of(families: dict) -> list[str]:
    lines = [
        "## Families",
        "",
        f"Two families of small models, {SMALL['latent_size']} latent dimensions and one hidden layer of "
        f"{SMALL['hidden_sizes'][0]}, alike in all but one number. `beta`: Bernoulli likelihood, the KL term weighted "
        "by β in training. `sigma`: Gaussian likelihood of gray digits with this σ, in pixel units, and β = 1. Rate is "
        "D[Q(z|X)‖P(z)], distortion −E_Q[log P(X|z)]; the bound is −distortion − rate, for every β. For gray digits "
        "log P(X|z) is a density, so that distortion compares within one σ only; the squared error per pixel, in pixel "
        "units squared, compares across σ. A latent dimension is active if the mean of Q varies over the test digits "
        "by more than 0.01 (variance).",
        "",
        "| model | weight | parameters | rate | distortion | bound | squared error | active dimensions |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, record in families.items():
        test = record["test"]
        error = f"{test['squared_error']:.5f}" if _family(name) == "sigma" else "–"
        lines.append(
            f"| `{name}` | {RECIPES[name].purpose} | {record['parameters']:,} | {test['rate']:.2f} | "
            f"{test['distortion']:.2f} | {test['elbo']:.2f} | {error} | {test['active_units']} of "
            f"{len(test['active'])} |"
        )
    return [*lines, ""] if families else []


def _runs(metrics: dict) -> list[str]:
    """A table of how the models were trained."""
    lines = ["| model | command | epochs (best) | training time | on | torch |", "|---|---|---|---|---|---|"]
    for name, record in metrics.items():
        run = record["training"]
        lines.append(
            f"| `{name}` | `{run['command']}` | {run['epochs']} ({run['best_epoch']}) | {run['seconds']} s | "
            f"{run['device']} | {run['torch']} |"
        )
    return lines if metrics else []


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
