"""The model card, README.md in this folder: written by `python -m vae_helpers.weights.recipes` from the figures."""

from vae_helpers.weights.settings import RECIPES, SAMPLES, SMALL, TEST_SEED, VALIDATION, family_of


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
        error = f"{test['squared_error']:.5f}" if family_of(name) == "sigma" else "–"
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
