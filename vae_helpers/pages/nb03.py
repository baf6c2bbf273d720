"""What notebook 03 shows: its figures, and its challenge's target and hints."""

from collections.abc import Callable

import torch
from IPython.display import display
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.pages.folds import bundle

# Q of the challenge, as mean and standard deviation; the prior is N(0, 1). The last is only shown.
CLOSE_PAIRS, FAR_PAIR = ((-0.3, 1.1), (0.1, 0.95), (-0.2, 1.05)), (1.0, 0.3)
STEADIER = 0.4  # of the plain average's standard deviation, at most


def pull(logvar: Tensor, kl: Tensor, slope: Tensor) -> Figure:
    """D of one dimension with μ = 0, and its derivative, over logvar; all (G,)."""
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(logvar, kl)
    left.set(xlabel="logvar", ylabel="nats", title="D of one dimension, μ = 0")
    right.plot(logvar, slope)
    right.axhline(0, color="0.5", linewidth=0.8)
    right.set(xlabel="logvar", ylabel="nats per unit of logvar", title="∂D/∂logvar")
    return figure


def two_fits(z: Tensor, p: Tensor, forward: Tensor, reverse: Tensor, names: tuple[str, str]) -> Figure:
    """A density p, (G,), and the Gaussians fitted to it in the two directions, with their names."""
    figure = Figure(figsize=(6.4, 3), layout="constrained")
    axis = figure.subplots()
    axis.fill_between(z, p, color="0.8", label="p")
    axis.plot(z, forward, label=f"forward fit, least D[p‖q]: {names[0]}")
    axis.plot(z, reverse, "--", label=f"reverse fit, least D[q‖p]: {names[1]}")
    axis.set(xlabel="z", ylabel="density", ylim=(0, 0.85))
    axis.legend(loc="upper right", fontsize=9)
    return figure


def both_directions(x: Tensor, data: Tensor, p_x: Tensor, z: Tensor, posterior: Tensor, q: Tensor) -> Figure:
    """Side by side: the data's density and P(X), (G,); the posterior of one X and its Q, (H,)."""
    figure = Figure(figsize=(7.6, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axis, grid, target, fit, names in (
        (left, x, data, p_x, ("the data", "P(X)")),
        (right, z, posterior, q, ("posterior P(z|X)", "Q(z|X)")),
    ):
        axis.fill_between(grid, target, color="0.8", label=names[0])
        axis.plot(grid, fit, color=plots.COLORS["orange"], label=names[1])
        axis.set(ylabel="density", ylim=(0, None))
        axis.legend(fontsize=9)
    left.set(xlabel="X", title="forward: P covers the data (its tail goes on)", xlim=(-1, 8))
    right.set(xlabel="z", title="reverse: Q takes one of two", xlim=(-3, 3))
    return figure


def dimensions(kl: Tensor, information: Tensor, active: Tensor) -> Figure:
    """Mean KL of each latent dimension, largest first, with the part of it that is information; all (L,).

    Dimensions that are not active are gray, bars and numbers.
    """
    order = kl.argsort(descending=True)
    figure = Figure(figsize=(6.4, 2.8), layout="constrained")
    axis = figure.subplots()
    places = list(range(len(kl)))
    colors = [plots.COLORS["blue" if active[i] else "gray"] for i in order]
    axis.bar(places, kl[order].tolist(), color=colors, alpha=0.35, label="KL")
    axis.bar(places, information[order].clamp(min=0).tolist(), color=colors, width=0.4, label="of it information")
    axis.legend(fontsize=9)
    axis.set_xticks(places, [str(i.item() + 1) for i in order])
    for label in [label for label, i in zip(axis.get_xticklabels(), order, strict=True) if not active[i]]:
        label.set_color(plots.COLORS["ash"])
    axis.set(xlabel="latent dimension", ylabel="nats")
    return figure


def _log_normal(z: Tensor, mean: float, sd: float) -> Tensor:
    return torch.distributions.Normal(mean, sd).log_prob(z)


def steadiness(estimate: Callable, repeats: int = 2000, draws: int = 100) -> str:
    """How a way to estimate D[Q‖P] from draws compares with the plain average, for pairs whose D is known.

    Args:
        estimate: the learner's function of (log_q, log_p), (S,) each, which gives ().
        repeats: estimates per pair.
        draws: S.
    Returns:
        A table and a verdict, or what is wrong with the answer's form.
    """
    lines = ["Q              exact D   mean of yours   its smallest   sd, plain   sd, yours"]
    faults: list[str] = []
    for mean, sd in (*CLOSE_PAIRS, FAR_PAIR):
        z = mean + sd * torch.randn(repeats, draws, generator=torch.Generator().manual_seed(0))
        log_q, log_p = _log_normal(z, mean, sd), _log_normal(z, 0.0, 1.0)
        if (first := estimate(log_q[0], log_p[0])) is None:
            return "Not attempted yet. The page is complete without it."
        if not isinstance(first, Tensor) or first.shape != ():
            return "Return one number as a tensor, of shape ()."
        yours = torch.stack([estimate(*pair) for pair in zip(log_q, log_p, strict=True)]).detach()
        plain = (log_q - log_p).mean(dim=1)
        exact = 0.5 * (sd**2 + mean**2 - 1) - torch.tensor(sd).log().item()
        lines.append(
            f"N({mean:4.1f}, {sd:.2f}²)  {exact:7.4f}   {yours.mean():13.4f}   {yours.min():12.4f}   {plain.std():9.4f}   "
            f"{yours.std():9.4f}"
        )
        if (mean, sd) != FAR_PAIR:
            faults += _faults(yours, plain, exact)
    close = f"✓ Unbiased, never negative, and with at most {STEADIER:g} of the plain average's spread for the three Q near P."
    verdict = (
        close if not faults else "Not yet: for a Q near P your estimate is " + ", and ".join(dict.fromkeys(faults))
    )
    return "\n".join([*lines, verdict])


def _faults(yours: Tensor, plain: Tensor, exact: float) -> list[str]:
    found = []
    if abs(yours.mean() - exact) > 4 * yours.std() / len(yours) ** 0.5 + 1e-5:
        found.append("wrong on average")
    if (yours < -1e-6).any():
        found.append("sometimes negative")
    if yours.std() > STEADIER * plain.std():
        found.append("not steady enough")
    return found


HINTS = (
    ("Hint 1", "What is $E_Q[P(z)/Q(z)]$? It is the same for every Q."),
    (
        "Hint 2",
        "With $t = P(z)/Q(z)$: the mean of $t - 1$ under Q is 0, and a term of the plain average is $-\\log t$.",
    ),
    (
        "Hint 3",
        "$t - 1 - \\log t$ is never negative, and its mean is D. When you have it, look at the last row of the table: a Q far "
        "narrower than P. There t is small at most draws and enormous at a few, and the trick makes everything worse. Can you "
        "say why it must?",
    ),
    (
        "A solution",
        '''```python
def steady_kl(log_q, log_p):
    """The mean of t − 1 − log t, with t = P/Q."""
    log_t = log_p - log_q
    return (torch.expm1(log_t) - log_t).mean()
```''',
    ),
)


def hints() -> None:
    """Show the hints of the challenge."""
    display(bundle(HINTS), raw=True)
