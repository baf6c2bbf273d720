"""What notebook 06 shows in its second part: families in a table, autoencoders side by side, the score of the challenge."""

import time
from collections.abc import Callable

import torch
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import gap, plots, weights

WON = 0.95  # of what can be won, for the challenge


def family_table() -> str:
    """Rate, distortion, bound and the copies' error of every shipped model of the two families."""
    lines = ["family    value     rate   distortion     bound   error of copies   active"]
    for family in ("beta", "sigma"):
        for value, each in weights.family_figures(family).items():
            lines.append(
                f"{family:6} {value:8}   {each['rate']:6.2f}   {each['distortion']:10.2f}   {each['elbo']:7.1f}   "
                f"{each['squared_error'] ** 0.5:15.3f}   {each['active_units']:3} of 16"
            )
    return "\n".join([*lines, "rate, distortion and bound in nats per image; error: root mean square, per pixel"])


def apart(points: Tensor, least: float, rounds: int = 200) -> Tensor:
    """Points (N, 2) pushed from one another until all pairs are `least` apart, or the rounds are over."""
    points = points.double() + 1e-3 * least * torch.randn(points.shape, generator=torch.Generator().manual_seed(0))
    for _ in range(rounds):
        between = points[:, None] - points  # (N, N, 2)
        distance = between.norm(dim=2).clamp(min=1e-9)
        lacking = (1.02 * least - distance).clamp(min=0).fill_diagonal_(0)
        if not lacking.any():
            break
        points = points + 0.5 * (lacking / distance)[..., None].mul(between).sum(dim=1)
    return points


def planes(codes: dict[str, Tensor], labels: Tensor) -> Figure:
    """The codes (N, 2) of several models, each on a plane as wide as they reach, numerals beside one another."""
    figure = Figure(figsize=(2.6 * len(codes), 3.0), layout="constrained")
    for axis, (name, points) in zip(figure.subplots(1, len(codes), squeeze=False)[0], codes.items(), strict=True):
        limit = 1.05 * points.abs().max().item()
        plots.latent_plane(points, labels, limit=limit, axis=axis)
        places = apart(torch.tensor([text.get_position() for text in axis.texts]), 0.17 * limit)
        for text, place in zip(axis.texts, places.clamp(-0.9 * limit, 0.9 * limit).tolist(), strict=True):
            text.set(position=place, fontsize=8)
        axis.set_title(name)
    return figure


def copies_in_words(copies: dict[str, float], nudged: dict[str, float], shipped: float, trained_on_these: bool) -> str:
    """What the loss of copies and the harm of a nudge say about the VAE beside the others, all in nats.

    Args:
        copies: loss of the copies of test digits, by model, one of them "VAE".
        nudged: what a nudge of the codes adds to it.
        shipped: loss of the copies of the shipped model with two latents.
        trained_on_these: whether it was trained on digits of this kind.
    """
    others = [value for name, value in nudged.items() if name != "VAE"]
    own, least, most = nudged["VAE"], min(others), max(others)
    lines = [f"A nudge costs the VAE's copies {own:.1f} nats, the others' {least:.1f} to {most:.1f}."]
    if abs(least - own) < 0.15 * own:
        lines.append("The VAE and the best of the others are close: train with other seeds before you rank them.")
    elif own < least:
        lines.append("The VAE's suffer least.")
    apart = copies["VAE"] - min(value for name, value in copies.items() if name != "VAE")
    much = "nothing" if apart <= 0 else "at most a few nats" if apart < 5 else f"{apart:.0f} nats"
    lines.append(
        f"The price on z cost the VAE's copies {much}: {copies['VAE']:.1f} against {copies['plain']:.1f} (plain)."
    )
    if trained_on_these:
        lines.append(
            f"The shipped VAE, two latents as well but larger, with more digits and more epochs, copies these at {shipped:.1f}."
        )
    return "\n".join(lines)


def won_back(better_q: Callable, model, x: Tensor) -> str:
    """The score of the challenge: how much of what can be won over the encoder a learner's Q wins, in words.

    better_q(model, x) gives mu and sigma, (B, L) each. What can be won is what `gap.best_q` wins.
    """
    start = time.perf_counter()
    answer = better_q(model, x)
    seconds = time.perf_counter() - start
    if answer is None or answer is ...:
        return "Not attempted yet: better_q returns nothing."
    if not isinstance(answer, tuple) or len(answer) != 2 or not all(isinstance(part, Tensor) for part in answer):
        return "better_q must return two tensors, mu and sigma."
    mu, sigma = (part.detach() for part in answer)
    wanted = (len(x), model.latent_size)
    if mu.shape != wanted or sigma.shape != wanted:
        return f"mu and sigma must have shape {wanted}, not {tuple(mu.shape)} and {tuple(sigma.shape)}."
    if not (mu.isfinite().all() and sigma.isfinite().all() and (sigma > 0).all()):
        return "mu must be finite, and sigma positive."
    best = gap.best_q(model, x)
    with torch.no_grad():
        lacking = best.elbo - gap.elbo(model, x, mu, sigma)  # (B,)
    possible = (best.elbo - best.encoder_elbo).mean().item()
    share = 1 - lacking.mean().item() / possible
    worst = lacking.argmax().item()
    reached = f"Reached: the mark was {WON:.0%}." if share >= WON else f"The mark is {WON:.0%}."
    return (
        f"You win {share:.0%} of the {possible:.2f} nats an image that can be won, in {seconds:.0f} s. {reached}\n"
        f"Most is still lacking on digit {worst}: {lacking[worst]:.1f} nats."
    )
