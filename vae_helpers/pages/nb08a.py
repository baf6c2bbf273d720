"""What notebook 08 shows in its first half: bounds of K draws, ellipses that lean, and priors that follow the codes."""

from collections.abc import Callable

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from vae_helpers import likelihood, objective, plots
from vae_helpers.beyond import full_covariance
from vae_helpers.beyond.signal import slope
from vae_helpers.contract import Model
from vae_helpers.models import VAE

POINTS = 61  # of the grid over a posterior, along each side


@torch.no_grad()
def bounds(model: Model, x: Tensor, ks: list[int]) -> list[float]:
    """The K-sample bound for each K, mean over images, with at least 50 draws of each image in all."""
    generator = torch.Generator().manual_seed(0)
    levels = []
    for k in ks:
        groups = -(-50 // k)
        levels.append(sum(objective.iwae(model, x, k, generator).mean().item() for _ in range(groups)) / groups)
    return levels


def bounds_figure(ks: list[int], rows: dict[str, list[float]], exact: dict[str, float]) -> Figure:
    """The bound of each model against K, and its log P(X) as a dashed line."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    colors = [plots.COLORS[name] for name in ("teal", "orange", "purple")]
    for color, marker, (name, levels) in zip(colors, "os^", rows.items(), strict=True):
        axis.plot(ks, levels, marker=marker, color=color, label=f"trained with {name}")
        axis.axhline(exact[name], color=color, linestyle="--", linewidth=1)
    axis.set(xscale="log", xlabel="K in the bound that measures", ylabel="nats; dashed: log P(X)")
    axis.set_xticks(ks, [str(k) for k in ks])
    axis.minorticks_off()
    axis.legend()
    return figure


def bounds_table(ks: list[int], rows: dict[str, list[float]], exact: dict[str, float]) -> str:
    """The bounds of each model and its log P(X), as lines of text, in nats."""
    lines = [f"{'trained with':14}" + "".join(f"{f'bound, K = {k}':>15}" for k in ks) + f"{'log P(X)':>12}"]
    for name, levels in rows.items():
        lines.append(f"{name:14}" + "".join(f"{level:15.1f}" for level in levels) + f"{exact[name]:12.1f}")
    return "\n".join(lines).replace("-", "−")


def bounds_in_words(rows: dict[str, list[float]], exact: dict[str, float]) -> str:
    """The gain of each model in log P(X), and what its encoder is worth alone, beside the first."""
    first = next(iter(rows))
    lines = []
    for name in list(rows)[1:]:
        up, alone = exact[name] - exact[first], rows[name][0] - rows[first][0]
        word = "lower" if alone < 0 else "higher"
        sign = "+" if up > 0 else "−"
        lines.append(f"{name}: log P(X) {sign}{abs(up):.1f} nats, its one-draw bound {abs(alone):.1f} nats {word}")
    return "\n".join(lines)


def signal_figure(ks: list[int], rows: dict[str, list[float]]) -> Figure:
    """Signal-to-noise ratios against K on logarithmic axes, each beside the line that theory draws."""
    figure = Figure(figsize=(7.6, 3.2), layout="constrained")
    styles = {"encoder": ("orange", -0.5, "1/√K"), "decoder": ("green", 0.5, "√K")}
    for axis, (name, values) in zip(figure.subplots(1, len(rows)), rows.items(), strict=True):
        color, power, law = styles[name]
        axis.plot(
            ks,
            values,
            "o-",
            color=plots.COLORS[color],
            label=f"measured, slope {slope(ks, values):+.2f}".replace("-", "−"),
        )
        line = [values[0] * k**power for k in ks]
        axis.plot(ks, line, "--", color=plots.COLORS["gray"], label=law)
        axis.set(xscale="log", yscale="log", xlabel="K", ylabel="signal to noise")
        axis.set_title(f"gradient of the {name}", fontsize=10)
        low, high = (values[0] / 8, values[0] * 1.4) if power < 0 else (values[0] / 1.4, values[0] * 8)
        marks = [values[0] * 2 ** (i if power > 0 else -i) for i in range(3)]
        axis.set_ylim(low, high)
        axis.set_xticks(ks, [str(k) for k in ks])
        axis.set_yticks(marks, [f"{mark:.2g}" for mark in marks])
        axis.minorticks_off()
        axis.legend(fontsize=9)
    return figure


def signal_in_words(ks: list[int], rows: dict[str, list[float]]) -> str:
    """How the ratios changed from the first K to the last."""
    lines = []
    for name, values in rows.items():
        ratio = values[-1] / values[0]
        change = f"rises {ratio:.1f}-fold" if ratio > 1 else f"falls to {ratio:.0%}"
        lines.append(f"{name}: {values[0]:.2f} at K = {ks[0]}, {values[-1]:.2f} at K = {ks[-1]}: it {change}")
    return "\n".join(lines)


@torch.no_grad()
def leaning(model: Model, x: Tensor, found: full_covariance.Best, rows: Tensor) -> Figure:
    """The posterior of some images, with the best diagonal Gaussian (dashed) and the best of all, at 1 and 2 deviations.

    Args:
        model: any `Model` with 2 latent dimensions.
        x: images (B, D).
        found: of these images.
        rows: which of them to show.
    """
    figure = Figure(figsize=(2.4 * len(rows), 2.7), layout="constrained")
    for i, plane in zip(rows.tolist(), figure.subplots(1, len(rows), squeeze=False)[0], strict=True):
        mu, sigma = found.diagonal_mu[i], found.diagonal_sigma[i]
        half = 4 * sigma.max().item()
        grid = likelihood.posterior_grid(model, x[i : i + 1], POINTS, found.mu[i], half)
        z1, z2 = grid.z.T.reshape(2, POINTS, POINTS)
        plane.contourf(z1, z2, grid.log_density[0].exp().reshape(POINTS, POINTS), levels=12, cmap=plots.DENSITY)
        q = Independent(Normal(mu, sigma), 1)
        leans = MultivariateNormal(found.mu[i], scale_tril=found.c[i])
        for one, color, style in ((q, "gray", "dashed"), (leans, "orange", "solid")):
            log_q = one.log_prob(grid.z)
            top = one.log_prob(one.mean).item()
            plane.contour(
                z1,
                z2,
                log_q.reshape(POINTS, POINTS),
                [top - 2, top - 0.5],
                colors=plots.COLORS[color],
                linestyles=style,
            )
        plane.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
        plane.tick_params(labelsize=7)
        plane.grid(False)
        plane.set_title(f"+{(found.full[i] - found.diagonal[i]).item():.2f} nats", fontsize=10)
    return figure


def closed_in_words(found: full_covariance.Best) -> str:
    """The gap and its parts, and the share that a full covariance closes, means over the images."""
    gap, amortization = (found.log_p_x - found.encoder).mean(), (found.diagonal - found.encoder).mean()
    before, after = (found.log_p_x - found.diagonal).mean(), (found.log_p_x - found.full).mean()
    return "\n".join([
        f"mean over {len(found.full)} test digits, in nats:",
        f"  gap of the encoder's Q      {gap:7.3f}",
        f"    of it amortization        {amortization:7.3f}",
        f"    and approximation         {before:7.3f}",
        f"  with a full covariance      {after:7.3f} of the approximation is left",
        f"It closes {1 - after / before:.0%} of the approximation gap, and {(before - after) / gap:.1%} of the whole.",
    ])  # fmt: skip


def prior_table(rows: dict[str, tuple[float, float]]) -> str:
    """For each prior what it gains over N(0, I) on codes it was fitted to and on codes of test digits."""
    lines = [f"{'nats gained on codes of':24} {'training digits':>16} {'test digits':>12}"]
    lines += [f"{name:24} {seen:+16.2f} {new:+12.2f}" for name, (seen, new) in rows.items()]
    return "\n".join(lines).replace("-", "−")


def exemplars(mu: Tensor, sigma: Tensor) -> Distribution:
    """q(z) of N images itself, as a prior: the average of their Q(z|X), of μ and σ (N, L) each."""
    equal = torch.distributions.Categorical(torch.ones(len(mu)))
    parts = Independent(Normal(mu, sigma, validate_args=False), 1)
    return torch.distributions.MixtureSameFamily(equal, parts, validate_args=False)


@torch.no_grad()
def sure(pictures: Tensor, classifier: Callable) -> float:
    """Share of pictures (N, 784) that a classifier is sure of: nine parts in ten or more to one class."""
    return (classifier((pictures > 0.5).float()).softmax(dim=1).amax(dim=1) > 0.9).float().mean().item()


@torch.no_grad()
def planes(models: dict[str, VAE], x: Tensor, labels: Tensor) -> Figure:
    """For each model of 2 latents the codes of digits, over its own prior's density; its root, so that outskirts show."""
    figure = Figure(figsize=(4.1 * len(models), 4.1), layout="constrained")
    for plane, (name, model) in zip(figure.subplots(1, len(models)), models.items(), strict=True):
        codes = model.encode(x).mean
        low, high = codes.quantile(torch.tensor([0.005, 0.995]), dim=0)
        middle, half = (low + high) / 2, 0.58 * (high - low).max().item()
        one, two = (torch.linspace(center - half, center + half, 121) for center in middle.tolist())
        density = model.prior.log_prob(torch.cartesian_prod(one, two)).exp().sqrt().reshape(121, 121)
        levels = torch.linspace(0.02, 1, 13).mul(density.max()).tolist()
        plane.contourf(one, two, density.T, levels=levels, cmap=plots.DENSITY)
        for digit in labels.unique().tolist():
            plane.scatter(*codes[labels == digit].T, s=3, color=plots.CLASS_COLORS[digit], linewidths=0)
        for digit, place in plots.numeral_places(codes, labels, near=0.1 * half, apart=0.2 * half):
            plane.text(*place, str(digit), ha="center", va="center", fontweight="bold", path_effects=plots.HALO)
        ends = {"xlim": (one[0].item(), one[-1].item()), "ylim": (two[0].item(), two[-1].item())}
        plane.set(**ends, aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
        plane.set_title(name, fontsize=10)
        plane.grid(False)
    return figure
