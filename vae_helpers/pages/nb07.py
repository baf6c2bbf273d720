"""What notebook 07 measures and draws: completions of a digit, correct and different, and digits of one style."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import likelihood, plots
from vae_helpers.conditional import Network
from vae_helpers.models import ConditionalVAE


def seen(y: Tensor) -> Tensor:
    """What is known, as pictures: ink and paper in the strip, gray elsewhere, (B, 784)."""
    return (y + 1) / 2


def completions(rows: dict[str, Tensor]) -> Figure:
    """Rows of pictures, (B, 784) each, by name: a column for each digit."""
    pictures = torch.cat(list(rows.values()))
    return plots.digits(pictures, columns=len(next(iter(rows.values()))), rows=list(rows), scale=0.75)


def both_sides(
    log_likelihood: Callable, q: Callable, prior: Callable, low: float, high: float, points: int = 4001
) -> dict:
    """Equation (11) by quadrature over one latent z: its four parts, in nats.

    Args:
        log_likelihood: z -> log P(X|z, y), (G,) -> (G,).
        q, prior: z -> log Q(z|X, y) and log P(z|y).
        low, high: where to integrate.
        points: of the trapezoid rule.
    """
    z = torch.linspace(low, high, points, dtype=torch.float64)
    log_p, log_q, log_prior = log_likelihood(z), q(z), prior(z)
    weight = log_q.exp()

    def integral(values: Tensor) -> float:
        return torch.trapezoid(values, z).item()

    log_p_x = torch.trapezoid((log_p + log_prior).exp(), z).log().item()
    return {
        "log P(X|y)": log_p_x,
        "D[Q‖P(z|X,y)]": integral(weight * (log_q - log_p - log_prior)) + log_p_x,
        "E_Q[log P(X|z,y)]": integral(weight * log_p),
        "D[Q‖P(z|y)]": integral(weight * (log_q - log_prior)),
    }


class Scores(NamedTuple):
    """Of one way to complete digits, means over them.

    Attributes:
        agrees: share of the given pixels that its pictures repeat.
        log_p: log P(X|y), in nats.
        named: share of its pictures that the classifier gives the true digit's class.
        spread: mean distance between two of its answers to one question.
        energy: the energy score.
    """

    agrees: float
    log_p: float
    named: float
    spread: float
    energy: float


@torch.no_grad()
def scores(
    x: Tensor, y: Tensor, labels: Tensor, answers: Tensor, log_p: Tensor, judge: Network, energy: Callable
) -> Scores:
    """Measure answers (S, B, 784), probabilities of ink, to the questions y (B, 784) whose truth is x."""
    given = (y != 0).expand_as(answers)
    black = (answers > 0.5).float()
    named = judge(black.flatten(0, 1)).argmax(dim=1).reshape(black.shape[:2]) == labels
    spread = 2 * ((answers - x).norm(dim=2).mean(dim=0) - energy(answers, x))  # the energy score's second term
    return Scores(
        (black == x)[given].float().mean().item(), log_p.mean().item(), named.float().mean().item(),
        spread.mean().item(), energy(answers, x).mean().item(),
    )  # fmt: skip


@torch.no_grad()
def ways(x: Tensor, y: Tensor, model: ConditionalVAE, regressor: Network, draws: int = 8, samples: int = 50) -> dict:
    """Three ways to complete digits: name -> answers (S, B, 784), and log P(X|y) of the truth x under each, (B,)."""
    generator = torch.Generator().manual_seed(0)
    prior = model.prior(y)
    logits = regressor(y)
    eps = torch.randn(draws, *prior.mean.shape, generator=generator)
    answers = model.decode(prior.mean + prior.stddev * eps, y).mean
    one = model.decode(prior.mean, y)
    log_p = likelihood.importance_sampled(model.given(y), x, samples, samples * len(x), generator)
    by_pixel = torch.distributions.Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(dim=1)
    return {
        "regressor": (logits.sigmoid().expand(draws, -1, -1), by_pixel),
        "CVAE": (answers, log_p),
        "CVAE, latent off": (one.mean.expand(draws, -1, -1), one.log_prob(x)),
    }


def table(rows: dict[str, Scores]) -> str:
    """The scores as lines of text."""
    lines = [f"{'':17} {'given pixels':>13} {'log P(X|y)':>11} {'true class':>11} {'spread':>7} {'energy':>7}"]
    for name, row in rows.items():
        lines.append(
            f"{name:17} {row.agrees:13.1%} {row.log_p:6.1f} nats {row.named:11.0%} {row.spread:7.2f} {row.energy:7.2f}"
        )
    return "\n".join(lines)


def verdict(rows: dict[str, Scores]) -> str:
    """What the table says, in words."""
    by_energy, by_log_p = min(rows, key=lambda name: rows[name].energy), max(rows, key=lambda name: rows[name].log_p)
    worst = min(rows, key=lambda name: rows[name].log_p)
    single, draws = rows["CVAE, latent off"], rows["CVAE"]
    lines = [
        f"lowest energy score: {by_energy}; highest log P(X|y): {by_log_p}; lowest: {worst}",
        f"switching the latent off costs {draws.log_p - single.log_p:.0f} nats of log P(X|y)",
        f"and moves the share of true classes by {100 * (single.named - draws.named):+.0f} points".replace("-", "−"),
    ]
    return "\n".join(lines)


def by_place(places: range, spread: list[float], width: list[float]) -> Figure:
    """Spread of draws and width of the prior, against the strip's first column."""
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, values, title in zip(
        axes, (spread, width), ("mean distance between draws, over pixels", "mean σ of P(z|y)"), strict=True
    ):
        axis.plot([place + 1 for place in places], values, color=plots.COLORS["orange"], marker="o", markersize=3)
        axis.set(xlabel="first column of the strip", ylim=(0, 1.15 * max(values)))
        axis.set_title(title, fontsize=10)
    return figure


def where_least(places: range, spread: list[float]) -> str:
    """Where draws agree most, in words."""
    least, most = min(zip(spread, places, strict=True)), max(zip(spread, places, strict=True))
    return f"draws are most alike with the strip from column {least[1] + 1} on ({least[0]:.1f}), least from {most[1] + 1} ({most[0]:.1f})"


def class_left(codes: Tensor, labels: Tensor) -> str:
    """How well the class can be told from codes (N, L) by the nearest class mean, in words."""
    half = len(codes) // 2
    means = torch.stack([codes[:half][labels[:half] == digit].mean(dim=0) for digit in range(10)])
    share = (torch.cdist(codes[half:], means).argmin(dim=1) == labels[half:]).float().mean()
    told = f"nearest class mean of z: {share:.0%} rightly named; by guessing one would name about 10%"
    if share < 0.4:
        return f"{told}\nlittle of the class is left in z"
    return f"{told}\nmuch of the class is in z: these digits are foreign to the model, each class in a way of its own"
