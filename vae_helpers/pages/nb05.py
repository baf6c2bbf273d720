"""What notebook 05 measures, draws and says of its numbers: ink and slant, walks, bounds, priors, scores."""

import torch
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import conditional, plots
from vae_helpers.contract import Model

BLUE, ORANGE = (plots.COLORS[name] for name in ("blue", "orange"))


def ink(images: Tensor) -> Tensor:
    """Ink of images or of means (N, 784), in pixels, (N,)."""
    return images.sum(dim=1)


def slant(images: Tensor) -> Tensor:
    """How far the strokes lean: pixels of shift to the right per pixel of height, by the moments of the ink, (N,)."""
    grid = torch.arange(28.0)
    pixels = images.reshape(-1, 28, 28)
    weight = pixels.sum(dim=(1, 2))
    x = (pixels.sum(dim=1) * grid).sum(dim=1) / weight  # center of ink
    y = (pixels.sum(dim=2) * grid).sum(dim=1) / weight
    dx, dy = grid - x[:, None], grid - y[:, None]  # (N, 28) each
    xy = torch.einsum("nyx,nx,ny->n", pixels, dx, dy)
    yy = torch.einsum("nyx,ny->n", pixels, dy**2)
    return -xy / yy  # rows count downward, so a lean to the right has xy < 0


def unsure(means: Tensor) -> Tensor:
    """How many pixels have a probability of ink between 0.05 and 0.95, (N,)."""
    return ((means > 0.05) & (means < 0.95)).float().sum(dim=1)


def read(pictures: Tensor) -> Tensor:
    """The classes 0 to 9 of pictures (N, 784), as the classifier of notebook 07 reads them, (N,)."""
    return conditional.classifier()(pictures).argmax(dim=1)


def shares_by_class(classes: Tensor) -> Tensor:
    """The share of each digit 0 to 9, (10,)."""
    return torch.bincount(classes, minlength=10) / len(classes)


@torch.no_grad()
def areas(model: Model, z: Tensor, images: Tensor, labels: Tensor) -> str:
    """Of a grid of equal mass: each class's share of it, and where pictures are unsure, in words."""
    codes, pictures = model.encode(images).mean, model.decode(z).mean
    drawn, data = shares_by_class(read(pictures)), shares_by_class(labels)
    often, seldom = int((drawn - data).argmax()), int((drawn - data).argmin())
    around = labels[torch.cdist(z, codes).topk(20, largest=False).indices]  # classes of the 20 nearest codes
    agreed = (around == around.mode(dim=1).values[:, None]).float().mean(dim=1)
    gray = unsure(pictures)
    return (
        f"class {often} is drawn too often: {drawn[often]:.0%} of the pieces, {data[often]:.0%} of the data\n"
        f"class {seldom} too seldom: {drawn[seldom]:.0%} of the pieces, {data[seldom]:.0%} of the data\n"
        f"pixels between 0.05 and 0.95: {gray[agreed >= 0.9].mean():.0f} inside a class, "
        f"{gray[agreed < 0.6].mean():.0f} where classes meet"
    )


@torch.no_grad()
def slider_ends(model: Model, dimension: int, starts: int = 100) -> str:
    """What changes from end to end of one latent, −3 to 3, from draws of the prior, in words."""
    z = torch.randn(starts, model.latent_size, generator=torch.Generator().manual_seed(0))
    low, high = z.clone(), z.clone()
    low[:, dimension], high[:, dimension] = -3, 3
    a, b = (model.decode(end).mean for end in (low, high))
    other = read(a) != read(b)
    return (
        f"from −3 to 3 in latent {dimension + 1}, from {starts} starts: another digit in "
        f"{other.float().mean():.0%},\nink changes by {(ink(b) - ink(a)).abs().mean():.0f} pixels, "
        f"slant by {(slant(b) - slant(a)).abs().mean():.2f} on average"
    )


@torch.no_grad()
def walks(means: dict[str, Tensor]) -> str:
    """A line a walk: ink, slant and classes of its pictures (S, 784), from end to end."""
    lines = []
    for name, pictures in means.items():
        classes = read(pictures).tolist()
        lines.append(
            f"along {name:6} ink {ink(pictures)[0]:4.0f} → {ink(pictures)[-1]:4.0f} pixels, slant "
            f"{slant(pictures)[0]:+.2f} → {slant(pictures)[-1]:+.2f}, read as {' '.join(map(str, classes))}"
        )
    return "\n".join(lines)


def use_and_shares(kl: Tensor, shares: dict[str, Tensor]) -> Figure:
    """KL of each latent (L,), most used first, above each direction's squared components (L,), which add up to 1."""
    order = kl.argsort(descending=True, stable=True)
    figure = Figure(figsize=(6.4, 1.3 * (1 + len(shares))), layout="constrained")
    axes = figure.subplots(1 + len(shares), 1, sharex=True)
    bars = {"KL, nats": kl} | {f"{name}: squared components of the direction": share for name, share in shares.items()}
    for axis, (name, values) in zip(axes, bars.items(), strict=True):
        axis.bar(range(len(kl)), values[order].tolist(), color=BLUE if values is kl else ORANGE)
        axis.set_title(name, loc="left", fontsize=9)
    axes[-1].set_xticks(range(len(kl)), [str(int(i) + 1) for i in order])
    axes[-1].set_xlabel("latent dimension, most used first")
    return figure


def silent(kl: Tensor, codes: Tensor, shares: dict[str, Tensor]) -> str:
    """How many latents are not used, how far μ moves there, and how much of each direction they hold, in words."""
    out = kl < 0.01
    held = ", ".join(f"{share[out].sum():.0%} ({name})" for name, share in shares.items())
    return (
        f"{out.sum()} of {len(kl)} latents spend less than 0.01 nats. There μ has a standard deviation of "
        f"{codes[:, out].std():.3f},\nelsewhere of {codes[:, ~out].std():.2f}. Of the squared length of the directions they hold {held}."
    )


def bounds(counts: list[int], averages: Tensor, truth: float) -> Figure:
    """L_K of several runs, (R, K's), with two standard deviations between runs, rising to log P(X)."""
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axis = figure.subplots()
    spread = 2 * averages.std(dim=0)
    axis.errorbar(counts, averages.mean(dim=0), spread, fmt="o-", color=ORANGE, capsize=4, label="$L_K$")
    axis.axhline(truth, color=BLUE, linestyle="--", label="log P(X), quadrature")
    axis.set(xscale="log", xlabel="K, draws per digit", ylabel="nats per digit, mean of 64")
    axis.legend(loc="lower right")
    return figure


def missing(name: str, nats: Tensor) -> str:
    """What an estimate of log P(X) misses, (B,): typical, on average, and at worst."""
    return (
        f"{name:18} misses {nats.median():7.3f} nats at the median, {nats.mean():6.2f} on average, "
        f"{nats.max():6.2f} at worst"
    )


def holding(height: Tensor, shares: tuple[float, ...] = (0.95, 0.8, 0.6, 0.4, 0.2)) -> list[float]:
    """The heights above which these shares of a density's mass lie, from its values on a grid (G,); last, its peak."""
    falling = height.sort(descending=True).values
    mass = falling.cumsum(0) / falling.sum()
    return [float(falling[(mass < share).sum()]) for share in shares] + [float(falling[0])]


@torch.no_grad()
def priors(codes: Tensor, labels: Tensor, densities: dict[str, object]) -> Figure:
    """Codes (N, 2) beside the levels of each log-density, a function of points (G, 2)."""
    axis = torch.linspace(-4, 4, 121)
    z = torch.cartesian_prod(axis, axis)
    figure = Figure(figsize=(3.6 * (1 + len(densities)), 3.8), layout="constrained")
    first, *others = figure.subplots(1, 1 + len(densities), sharex=True, sharey=True)
    plots.latent_plane(codes, labels, axis=first)
    first.set_title("codes of test digits", fontsize=9)
    for place, (name, density) in zip(others, densities.items(), strict=True):
        height = density(z).exp()
        levels = holding(height)
        bands = BoundaryNorm([0, *levels], 256)  # colored evenly, whatever the heights
        place.contourf(axis, axis, height.reshape(121, 121).T, levels=levels, norm=bands, cmap=plots.DENSITY)
        place.set(xlabel="$z_1$", aspect="equal")
        place.set_title(name, fontsize=9)
        place.grid(False)
    return figure


@torch.no_grad()
def misfit(model: Model, mixture: tuple[Tensor, Tensor, Tensor], labels: Tensor) -> str:
    """How far the classes drawn under P(z), and under a mixture (shares, means, sds), are from the data's, in words."""
    generator = torch.Generator().manual_seed(0)
    shares, means, sds = mixture
    part = torch.multinomial(shares, 5000, replacement=True, generator=generator)
    noise = torch.randn(5000, means.shape[1], generator=generator)
    data, wrong = shares_by_class(labels), {}
    for name, z in (("N(0, I)", noise), ("the mixture", means[part] + sds[part] * noise)):
        wrong[name] = (shares_by_class(read(model.decode(z).mean)) - data).abs().sum() / 2
    lines = [
        f"{name:11} {share:.1%} of its digits would have to change class for the shares to fit"
        for name, share in wrong.items()
    ]
    if wrong["the mixture"] >= wrong["N(0, I)"]:
        lines.append("no fewer: this decoder makes of a code of one class now and then a picture of another")
    return "\n".join(lines)


def score_rows(scores: dict[str, Tensor], threshold: float) -> Figure:
    """Every picture's score as a point, a row a kind, with the line that most digits pass."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axis = figure.subplots()
    for row, values in enumerate(scores.values()):
        jitter = torch.linspace(-0.25, 0.25, len(values)) if len(values) > 1 else torch.zeros(1)
        axis.plot(values, row + jitter, ".", markersize=4)
    axis.axvline(threshold, color="k", linestyle="--")
    axis.set_yticks(range(len(scores)), list(scores))
    axis.invert_yaxis()
    axis.set(xlabel="estimated log P(X), nats per image", xlim=(-1000, 0))
    return figure
