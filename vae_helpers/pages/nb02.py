"""What notebook 02 shows: its figures, where a network in place of searches costs, and its challenge's target and hints."""

import math
from collections.abc import Callable

import torch
from IPython.display import display
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers.one_dimension import log_integral
from vae_helpers.pages.folds import bundle

X_WITH_TWO_HUMPS = (-1.5, 1.0, 3.0)
TARGET = 0.04  # nats, of the gap that the challenge's Q may leave


def posterior_and_prior(z: Tensor, posterior: Tensor, prior: Tensor) -> Figure:
    """P(z|X) as an area and P(z) as a line, over a grid z; all (G,)."""
    figure = Figure(figsize=(6.4, 3), layout="constrained")
    axis = figure.subplots()
    axis.fill_between(z, posterior, alpha=0.4, label="posterior P(z|X)")
    axis.plot(z, prior, "--", color="0.4", label="prior P(z)")
    axis.set(xlabel="z", ylabel="density", xlim=(-4, 4))
    axis.legend()
    return figure


def bounds(xs: Tensor, log_p: Tensor, separate: Tensor, stepwise: Tensor, shared: Tensor) -> Figure:
    """Over X: log P(X), and the bound by a search for each X, by small steps for each, and by one network; (N,), in nats."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    axis.plot(xs, log_p, "k--", label="log P(X)")
    axis.plot(xs, separate, label="bound, one search per X")
    axis.plot(xs, stepwise, ":", linewidth=2.5, zorder=4, label="bound, small steps for each X")
    axis.plot(xs, shared, label="bound, one network for all X")
    axis.set(xlabel="X", ylabel="nats")
    axis.legend(fontsize=9)
    return figure


def where_it_costs(xs: Tensor, loss: Tensor, best: Tensor, network: Tensor, least: float = 1.0) -> str:
    """In words, each stretch of X on which the network loses more than `least` nats, and where its Q lies there.

    Args:
        xs: X in rising order, (N,).
        loss: bound of the searches minus bound of the network, in nats, (N,).
        best, network: means of the two Q, (N,).
    """
    costly = [i for i in range(len(xs)) if loss[i] > least]
    stretches: list[list[int]] = []
    for i in costly:
        if stretches and i == stretches[-1][-1] + 1:
            stretches[-1].append(i)
        else:
            stretches.append([i])
    lines = []
    for first, last in ((s[0], s[-1]) for s in stretches):
        own = network[first : last + 1]
        stays = (own.max() - own.min()) < 0.5
        where = (
            f"stays near {_number(own.mean())}" if stays else f"travels from {_number(own[0])} to {_number(own[-1])}"
        )
        end = ", to the end of the curve" if last == len(xs) - 1 else ""
        lines.append(
            f"X from {_number(xs[first])} to {_number(xs[last])}: the network costs up to {loss[first : last + 1].max():.1f} "
            f"nats. The best Q lies near {_number(best[first : last + 1].mean())}, the network's {where}{end}."
        )
    return "\n".join(lines) or f"nowhere does the network cost more than {least:g} nats"


def sharing(xs: Tensor, separate: Tensor, stepwise: Tensor, shared: Tensor) -> str:
    """What one network for all X costs and gains beside small steps for each X; bounds (N,) in nats, in words."""
    cost = stepwise - shared
    worst, best = cost.argmax(), cost.argmin()
    part = cost.clamp(min=0).sum() / (separate - shared).sum()
    return (
        f"sharing costs most at X = {_number(xs[worst])}, {cost[worst]:.1f} nats, and gains most at "
        f"X = {_number(xs[best])}, {-cost[best]:.1f} nats\n"
        f"of what the network loses, {part:.0%} would be saved by small steps for each X, at the X where these do better"
    )


def _number(value: Tensor) -> str:
    return f"{value.item():.1f}".replace("-", "−")


def _log_normal(z: Tensor, mean, sd) -> Tensor:
    return torch.distributions.Normal(mean, sd).log_prob(z)


def joint(x: float) -> tuple[Tensor, Tensor, float]:
    """Grid, log P(X|z) + log P(z) on it, and its spacing, for the notebook's curve."""
    z = torch.linspace(-6, 6, 481, dtype=torch.float64)
    log_joint = _log_normal(z + 1.2 * torch.sin(2 * z), x, 0.3) + _log_normal(z, 0.0, 1.0)
    return z, log_joint, (z[1] - z[0]).item()


def gap_of(log_q: Tensor, log_joint: Tensor, spacing: float) -> float:
    """D[Q‖P(z|X)] in nats, from log Q and log P(X|z) + log P(z) on a grid, (G,) each."""
    log_posterior = log_joint - log_integral(log_joint, spacing)
    return ((log_q.exp() * (log_q - log_posterior)).sum() * spacing).item()


def two_humps(answer: Callable, best_q: Callable) -> str:
    """How small a gap the challenge's Q leaves, beside that of the best single Gaussian, for three X.

    Args:
        answer: the learner's function of (z, log_joint, spacing), which gives weights, means and sds.
        best_q: the same for a mean and an sd.
    Returns:
        A table and a verdict, or what is wrong with the answer's form.
    """
    lines, reached = [f"{'X':>5}   gap of one Gaussian   gap of yours"], 0
    for x in X_WITH_TWO_HUMPS:
        z, log_joint, spacing = joint(x)
        found = answer(z, log_joint, spacing)
        if found is None:
            return "Not attempted yet. The page is complete without it."
        if complaint := _complaint(found):
            return complaint
        weights, means, sds = (torch.as_tensor(part, dtype=torch.float64).detach()[:, None] for part in found)
        gap = gap_of((weights.log() + _log_normal(z, means, sds)).logsumexp(dim=0), log_joint, spacing)
        mean, sd = (float(value) for value in best_q(z, log_joint, spacing))
        single = gap_of(_log_normal(z, mean, sd), log_joint, spacing)
        lines.append(f"{_number(torch.tensor(x)):>5}   {single:19.3f}   {gap:12.3f}")
        reached += gap <= TARGET
    verdict = (
        f"✓ All gaps are at most {TARGET} nats: two humps close what one could not."
        if reached == len(X_WITH_TWO_HUMPS)
        else f"Not yet: the target, {TARGET} nats, is reached for {reached} of {len(X_WITH_TWO_HUMPS)} X."
    )
    return "\n".join([*lines, verdict])


def _complaint(found) -> str:
    """What is wrong with the form of weights, means and sds; nothing if all is right."""
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        return "Return three things: weights, means and sds."
    weights, means, sds = (torch.as_tensor(part, dtype=torch.float64).detach() for part in found)
    if weights.dim() != 1 or not weights.shape == means.shape == sds.shape:
        return f"weights, means and sds must have one shape (K,), not {tuple(weights.shape)}, {tuple(means.shape)} and {tuple(sds.shape)}."
    if not all(part.isfinite().all() for part in (weights, means, sds)):
        return "Some of the numbers are not finite."
    if not math.isclose(weights.sum().item(), 1, abs_tol=1e-4) or (weights < 0).any():
        return f"The weights must be 0 or more and add up to 1; they add up to {weights.sum():.4f}."
    if (sds < 0.025).any():
        return "Every sd must be at least 0.025, the grid's spacing: a narrower hump falls between its points."
    return ""


HINTS = (
    (
        "Hint 1",
        "$\\log Q$ on the grid is a logsumexp over the two humps of $\\log w$ plus the log-density of the hump. The bound is "
        "the sum of $Q\\,(\\log P(X|z) + \\log P(z) - \\log Q)$ times the spacing.",
    ),
    (
        "Hint 2",
        "Let the parameters be any real numbers: weights = softmax(a), sds = exp(s). Then climb the bound with Adam.",
    ),
    (
        "Hint 3",
        "Start one hump at the highest point of the posterior. Try the other at each of some ten places, climb from each, and "
        "keep the best.",
    ),
    (
        "A solution",
        '''```python
def two_hump_q(z, log_joint, spacing):
    """Adam, from one hump on the peak and the other at eleven places in turn."""
    starts = torch.linspace(-3.3, 3.3, 11).double()
    means = torch.stack([z[log_joint.argmax()].expand(11), starts], 1).requires_grad_()
    a = torch.zeros(11, 2, dtype=torch.float64, requires_grad=True)
    s = torch.full((11, 2), -1.5, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([means, a, s], lr=0.03)
    for _ in range(400):
        humps = torch.distributions.Normal(means[..., None], s.exp()[..., None])
        log_q = torch.log_softmax(a, 1)[..., None] + humps.log_prob(z)
        log_q = log_q.logsumexp(1)  # (11, G)
        bounds = (log_q.exp() * (log_joint - log_q)).sum(1) * spacing
        optimizer.zero_grad()
        (-bounds.sum()).backward()
        optimizer.step()
    best = bounds.argmax()
    parts = torch.softmax(a, 1)[best], means[best], s[best].exp()
    return tuple(part.detach() for part in parts)
```''',
    ),
)


def hints() -> None:
    """Show the hints of the challenge."""
    display(bundle(HINTS), raw=True)
