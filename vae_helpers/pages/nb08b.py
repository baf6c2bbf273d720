"""What the second half of notebook 08 measures and draws: two levels, codes, and a chain of noise."""

from collections.abc import Callable

import torch
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.beyond import diffusion, discrete
from vae_helpers.beyond.two_levels import TwoLevelVAE, draw
from vae_helpers.models import VAE


def both_sides(prior: Callable, below: Callable, likelihood: Callable, q2: Callable, q1: Callable) -> dict[str, float]:
    """Equation (5) with two latents, one number each, and the terms of (13): by quadrature over both, in nats.

    Args:
        prior: z₂ -> log P(z₂). below: (z₁, z₂) -> log P(z₁|z₂). likelihood: z₁ -> log P(X|z₁).
        q2: z₂ -> log Q(z₂|X). q1: (z₁, z₂) -> log Q(z₁|z₂, X). All on grids.
    """
    axis = torch.linspace(-8, 8, 1201, dtype=torch.float64)
    cell = (axis[1] - axis[0]) ** 2
    z1, z2 = torch.meshgrid(axis, axis, indexing="ij")
    log_q, log_p = q2(z2) + q1(z1, z2), prior(z2) + below(z1, z2) + likelihood(z1)
    weight = log_q.exp() * cell
    log_p_x = (log_p.flatten().logsumexp(0) + cell.log()).item()
    return {
        "log P(X)": log_p_x,
        "D[Q‖P(z₁,z₂|X)]": (weight * (log_q - log_p)).sum().item() + log_p_x,
        "E_Q[log P(X|z₁)]": (weight * likelihood(z1)).sum().item(),
        "D[Q(z₂|X)‖P(z₂)]": (weight * (q2(z2) - prior(z2))).sum().item(),
        "E D[Q(z₁|z₂,X)‖P(z₁|z₂)]": (weight * (q1(z1, z2) - below(z1, z2))).sum().item(),
    }


@torch.no_grad()
def held(model: TwoLevelVAE, number: int = 9, seed: int = 0) -> dict[str, Tensor]:
    """Rows of pictures, (number, 784) each, from one (z₂, z₁) drawn from the prior: what is redrawn names the row."""
    generator = torch.Generator().manual_seed(seed)
    z2 = torch.randn(1, model.upper_size, generator=generator)
    eps = torch.randn(1, model.lower_size, generator=generator)
    new2 = torch.randn(number, model.upper_size, generator=generator)
    below, others = model.below(z2), model.below(new2)
    z1 = below.mean + below.stddev * eps
    new1 = below.mean + below.stddev * torch.randn(number, model.lower_size, generator=generator)
    rows = {
        "z₂ held, z₁ redrawn": new1,
        "z₂ redrawn, z₁ follows\n(its noise ε held)": others.mean + others.stddev * eps,
        "z₂ redrawn, z₁ held": z1.expand(number, -1),
    }
    return {name: model.decode(z).mean for name, z in rows.items()}


@torch.no_grad()
def drawn(model: VAE, number: int, seed: int = 0) -> Tensor:
    """Means of P(X|z), (number, data size), for z from the prior: what a plain VAE draws, for comparison."""
    z = torch.randn(number, model.latent_size, generator=torch.Generator().manual_seed(seed))
    return model.decode(z).mean


@torch.no_grad()
def moved(model: TwoLevelVAE, pairs: int = 500, seed: int = 1) -> str:
    """How far apart two pictures are, in distance, when one level is drawn anew; means over many pairs, in words."""
    generator = torch.Generator().manual_seed(seed)
    z2, other2 = (torch.randn(pairs, model.upper_size, generator=generator) for _ in range(2))
    below, others = model.below(z2), model.below(other2)
    eps = torch.randn(pairs, model.lower_size, generator=generator)
    first = model.decode(below.mean + below.stddev * eps).mean
    rows = {
        "new z₁ below the same z₂": draw(below, generator),
        "new z₂ above the same ε of z₁": others.mean + others.stddev * eps,
        "both new": draw(others, generator),
    }
    apart = {name: (model.decode(z).mean - first).norm(dim=1) for name, z in rows.items()}
    lines = [f"{name:30} pictures {distance.mean():5.2f} apart" for name, distance in apart.items()]
    squares = {name: distance.square().mean() for name, distance in apart.items()}  # variances, twice: these add up
    near, any_two = apart["new z₁ below the same z₂"].mean(), apart["both new"].mean()
    share = squares["new z₁ below the same z₂"] / squares["both new"]
    told = f"below one z₂, two draws are {near / any_two:.0%} as far apart as any two; squared, {share:.0%}"
    return "\n".join([*lines, told])


def steepest(gradient: Tensor) -> tuple[int, int, float]:
    """Where a gradient by vectors (B, M, n) is longest: image, place, and its length there."""
    lengths = gradient.norm(dim=2)
    image, place = (int(i) for i in torch.unravel_index(lengths.argmax(), lengths.shape))
    return image, place, lengths[image, place].item()


def bias_and_deviation(estimates: Tensor, exact: Tensor) -> tuple[float, float]:
    """Of draws (S, K) of an estimate: how far their mean lies from the exact gradient (K,), and one draw's standard deviation,
    the root of the sum of the K variances."""
    return (estimates.mean(dim=0) - exact).norm().item(), estimates.var(dim=0).sum().sqrt().item()


def staircase(distances: Tensor, losses: Tensor, slope: float) -> Figure:
    """The loss along a line through an encoder's output, (G,) each, 0 at the output; and the straight-through slope there."""
    figure = Figure(figsize=(6.4, 2.8), layout="constrained")
    axis = figure.subplots()
    axis.plot(distances, losses, color=plots.COLORS["orange"], label="loss, with h rounded to a code")
    here, low, high = losses[distances.abs().argmin()].item(), losses.min().item(), losses.max().item()
    reach = min(distances[-1].item() / 3, (high - low) / max(abs(slope), 1e-9))
    ends = [here - slope * reach, here + slope * reach]
    axis.plot([-reach, reach], ends, "--", color=plots.COLORS["purple"], label="slope passed straight through")
    axis.plot([0], [here], "o", color=plots.COLORS["leaf"])
    axis.set(xlabel="how far h is moved against its straight-through gradient", ylabel="−log P(X|code), nats")
    axis.legend()
    return figure


def usage(shares: dict[str, Tensor]) -> Figure:
    """How often each code is used, most used first: name -> counts (K,). A code that is never used has no point."""
    figure = Figure(figsize=(7.2, 2.4), layout="constrained")
    axes = figure.subplots(1, len(shares), sharey=True)
    for axis, (name, counts) in zip(axes, shares.items(), strict=True):
        share = counts[counts > 0].sort(descending=True).values / counts.sum()
        axis.plot(range(1, len(share) + 1), share, "o", markersize=4, color=plots.COLORS["orange"])
        axis.set(xlabel="codes, most used first", xlim=(0, len(counts) + 1), yscale="log")
        axis.set_title(name, fontsize=10)
    axes[0].set_ylabel("share of all uses")
    return figure


@torch.no_grad()
def code_draws(model: discrete.VQVAE, seen: Tensor, number: int = 10, seed: int = 0) -> dict[str, Tensor]:
    """Pictures (number, 784) from codes drawn in two ways: all alike, and each given the place before, as counted in `seen`."""
    generator = torch.Generator().manual_seed(seed)
    free = torch.randint(model.codes, (number, model.places), generator=generator)
    chain = seen[torch.randint(len(seen), (number,), generator=generator)][:, :1]
    for m in range(1, model.places):
        pairs = torch.bincount(seen[:, m - 1] * model.codes + seen[:, m], minlength=model.codes**2)
        weight = pairs.reshape(model.codes, model.codes)[chain[:, -1]].float() + 1e-3
        chain = torch.cat([chain, torch.multinomial(weight, 1, generator=generator)], dim=1)
    rows = {"all codes alike": free, "given the place before": chain}
    return {f"drawn:\n{name}": model.decode(model.codebook[k]).mean for name, k in rows.items()}


def dial(rows: dict[float, tuple[float, float]], score: tuple[float, float]) -> Figure:
    """Bias and standard deviation of one draw against the temperature, τ -> (bias, sd); the score-function estimate as a line."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    for number, (name, color) in enumerate((("bias", "purple"), ("standard deviation of one draw", "orange"))):
        axis.plot(list(rows), [row[number] for row in rows.values()], "o-", color=plots.COLORS[color], label=name)
    axis.axhline(score[1], color=plots.COLORS["blue"], ls="--", label="standard deviation, score function")
    axis.set(xscale="log", yscale="log", xlabel="temperature τ", ylabel="nats per logit")
    axis.set_xticks(list(rows), [f"{t:g}" for t in rows])
    axis.minorticks_off()
    axis.legend()
    return figure


def filmstrip(path: list[tuple[Tensor, Tensor]], times: list[int]) -> Figure:
    """Draws on their way: a pair of rows (x_t, and the guess of x₀) for each of the first four, a column for each t.

    path: as `diffusion.sample` gives it, t = T first.
    """
    count, pictures, rows = len(path), [], []
    for i in range(4):
        for part, name in ((0, "xₜ"), (1, "guess")):
            pictures += [diffusion.large(path[count - t][part][i : i + 1]) for t in times]
            rows.append(name)
    return plots.digits(
        torch.cat(pictures), columns=len(times), rows=rows, columns_names=[f"t = {t}" for t in times], scale=0.7
    )


def by_step(chains: dict[int, diffusion.Chain]) -> Figure:
    """The mean divergence of every step, T times over so that the area is the sum: T -> terms of the bound."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axis = figure.subplots()
    for (count, chain), color in zip(chains.items(), ("gray", "orange", "teal"), strict=False):
        edges = torch.arange(1, count + 1) / count  # step t goes from t − 1 to t
        height = count * chain.steps.mean(dim=1)
        axis.stairs(height, edges, color=plots.COLORS[color], label=f"T = {count}", linewidth=1.5)
    axis.set(
        xlabel="t/T: picture on the left, noise on the right", ylabel="T · divergence of the step, nats", ylim=(0, None)
    )
    axis.legend()
    return figure


def beside(bounds: dict[str, float]) -> str:
    """Bounds of several models in nats, and what the best is ahead of the first, in words."""
    first, best = next(iter(bounds)), max(bounds, key=bounds.get)
    lines = [f"{name:34} " + f"{value:7.1f} nats".replace("-", "−") for name, value in bounds.items()]
    if best == first:
        return "\n".join([*lines, f"none is above the {first}'s"])
    return "\n".join([*lines, f"highest: {best}, {bounds[best] - bounds[first]:.1f} nats above the {first}'s"])
