"""The public functions of `vae_helpers`: a good call of each, and what a parameter may take beside the good value."""

import inspect
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch.distributions import Independent, Normal

from vae_helpers import (
    bits_back,
    conditional,
    data,
    gap,
    history,
    likelihood,
    live,
    measure,
    models,
    objective,
    one_dimension,
    pictures,
    plots,
    stack,
    storage,
    strokes,
    themes,
    training,
    weights,
)  # fmt: skip

B, D, L = 5, 6, 2


@dataclass(frozen=True)
class Call:
    """A public function and a good call of it.

    Attributes:
        function: what is called; a method takes its object as `self`, which is never made bad.
        good: makes the good arguments, afresh.
        right: parameter -> the kinds of `bad_kinds` that are right for it, after its name or type: a text with commas.
    """

    function: Callable
    good: Callable[[], dict]
    right: dict[str, str]

    @property
    def name(self) -> str:
        module = inspect.getmodule(self.function).__name__.removeprefix("vae_helpers.").removesuffix(".vae")
        return f"{module}.{self.function.__qualname__}"

    def may_take(self, parameter: str, value: object) -> set[str]:
        """The kinds of "bad" value that this parameter rightly takes."""
        usual = USUAL.get(parameter) or next((kinds for kind, kinds in OF_TYPE.items() if type(value) is kind), "")
        return {kind.strip() for kind in self.right.get(parameter, usual).split(",")}


POSITIVE = "1.5, 1e12, NumPy number, NumPy integer"
NUMBER = f"0, -1, {POSITIVE}"
REAL = "negative, zeros, times 255, 1e30"  # of a tensor
ROWS = "row fewer, dimension more, dimension fewer"
OF_TYPE = {float: POSITIVE, bool: "True"}
USUAL = {
    "generator": "None", "seed": "0, -1, 1e12", "x": "zeros, row fewer", "images": "zeros, row fewer",
    "held_out": "zeros, row fewer, None", "beta": f"0, {POSITIVE}",
}  # fmt: skip
GAUSSIAN = {"x": f"{REAL}, row fewer"}


def numbers(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(len(shape)))


def pixels(*shape: int) -> torch.Tensor:
    return numbers(*shape).round()


def vae(size: int = D) -> models.VAE:
    return models.VAE(L, (4,), data_size=size)


def line() -> models.LinearGaussian:
    return models.LinearGaussian(numbers(D, L), numbers(D), 0.5)


def curve() -> models.Curve:
    return models.Curve(lambda z: torch.cat([z, z**2], dim=-1), 0.5)


def conditioned() -> models.ConditionalVAE:
    return models.ConditionalVAE(L, 3, (4,), data_size=D)


def gaussian(*shape: int) -> Independent:
    return Independent(Normal(numbers(*shape), numbers(*shape) + 0.5), 1)


def filled() -> stack.Stack:
    return stack.Stack(words=100)


def latents() -> torch.Tensor:
    return filled().pop_z(gaussian(B, L))


def covariance() -> torch.Tensor:
    root = numbers(B, 3, 3)
    return root @ root.mT + torch.eye(3)


def folder() -> Path:
    place = Path(tempfile.gettempdir()) / "vae-bad-input"
    if not place.exists():
        place.mkdir()
        pictures.Image.fromarray(np.zeros((9, 9), np.uint8)).save(place / "a.png")
        storage.save(place / "a.safetensors", {"a": torch.zeros(2)}, {})
    return place


def qs(**more):
    return lambda: {"mu": numbers(B, L), "sigma": numbers(B, L) + 0.1} | more


def of(model, x, **more):
    return lambda: {"model": model(), "x": x(B, D)} | {name: make() for name, make in more.items()}


def some_digits() -> data.Digits:
    return data.load("strokes", n=12)


def g() -> torch.Generator:
    return torch.Generator().manual_seed(0)


# Left out are what the innermost loop calls, which says so: draw_pixels, diagonal_gaussian, refuse_nan.
data.STROKES_TRAINING = 60  # for load("strokes", n=None), which is right and takes its time
CALLS = [Call(function, good, right) for function, good, right in [
    # the terms of the bound
    (objective.reparameterize, qs(samples=2, generator=g()), {"mu": REAL, "sigma": "zeros, times 255, 1e30"}),
    (objective.mean_and_sigma, lambda: dict(q=gaussian(B, L)), {"q": "NaN in it, infinite"}),  # hands out what is there
    (objective.elbo, of(vae, pixels, samples=lambda: 2, generator=g), {}),
    (objective.kl, lambda: dict(q=gaussian(B, L), prior=gaussian(B, L)), {"prior": "None, infinite"}),
    (objective.kl_by_dimension, qs(), {"mu": REAL, "sigma": "times 255, 1e30"}),
    (objective.kl_to_standard_normal, lambda: dict(mu=numbers(B, L), logvar=numbers(B, L)),
     {"mu": REAL, "logvar": REAL}),
    (objective.gaussian_kl, lambda: dict(mean0=numbers(B, 3), covariance0=covariance(), mean1=numbers(B, 3), covariance1=covariance()),
     {"mean0": f"{REAL}, dimension more, dimension fewer", "mean1": f"{REAL}, dimension more, dimension fewer",
      "covariance0": "dimension more, dimension fewer, times 255, 1e30",
      "covariance1": "dimension more, dimension fewer, times 255, 1e30"}),
    (objective.log_weights, of(vae, pixels, samples=lambda: 2, generator=g), {}),
    (objective.iwae, of(vae, pixels, samples=lambda: 2, generator=g), {}),
    # log P(X)
    (likelihood.importance_sampled, of(vae, pixels, samples=lambda: 4, chunk=lambda: 10, generator=g, weigh=lambda: objective.log_weights),
     {}),
    (likelihood.log_joint, of(vae, pixels, z=lambda: numbers(3, L)), {"z": f"{REAL}, row fewer"}),
    (likelihood.check_latent_size, lambda: dict(model=vae()), {}),
    (likelihood.quadrature, of(vae, pixels, tolerance=lambda: 1e-3, half_width=lambda: 6.0),
     {"tolerance": POSITIVE, "half_width": "1.5, NumPy number, NumPy integer"}),
    (likelihood.posterior_grid, of(vae, pixels, points=lambda: 9, center=lambda: numbers(L), half_width=lambda: 4.0, log_p_x=lambda: -numbers(B)),
     {"center": f"{REAL}, None, other float", "x": "zeros", "log_p_x": f"{REAL}, None", "half_width": POSITIVE}),
    (one_dimension.identity, lambda: dict(model=curve(), x=numbers(1, 2), mu=0.0, sigma=0.5, half_width=10.0, points=2001),
     {"x": "zeros, negative, other float", "mu": "0, -1, 1.5, NumPy number, NumPy integer", "sigma": "NumPy number", "half_width": ""}),
    (one_dimension.log_integral, lambda: dict(log_f=numbers(4, 5), spacing=0.1, dim=-1),
     {"log_f": f"{REAL}, {ROWS}, transposed, too wide, too narrow, other float", "spacing": POSITIVE, "dim": "0"}),
    (one_dimension.Curve, lambda: dict(f=torch.sin, sigma=0.5), {}),
    (one_dimension.Curve.decode, lambda: dict(self=curve(), z=numbers(B, 1)), {"z": f"{REAL}, {ROWS}, other float"}),
    (one_dimension.ring, lambda: dict(z=numbers(B, 2)), {"z": f"negative, times 255, 1e30, {ROWS}, other float"}),
    # the gap
    (gap.elbo, lambda: of(vae, pixels)() | qs(nodes=3)(), {"mu": REAL, "sigma": "times 255, 1e30", "x": "zeros"}),
    (gap.highest, of(vae, pixels), {}),
    (gap.best_q, of(vae, pixels, steps=lambda: 2, nodes=lambda: 3), {"steps": "0"}),
    (gap.split, of(vae, pixels, steps=lambda: 2), {"steps": "0"}),
    # bits
    (bits_back.compress, lambda: dict(model=vae(), images=pixels(B, D)), {"images": "zeros, row fewer, half, other float"}),
    (bits_back.decompress, lambda: dict(model=vae(), blob=bits_back.compress(vae(), pixels(B, D))), {}),
    (bits_back.baselines, lambda: dict(images=pixels(B, 784)), {"images": "zeros, row fewer, int, bool, half, other float"}),
    (stack.Stack, lambda: dict(words=3, seed=0), {"seed": "0, 1e12"}),
    (stack.Stack.pop_z, lambda: dict(self=filled(), q=gaussian(B, L)), {}),
    (stack.Stack.unpop_z, lambda: dict(self=filled(), q=gaussian(B, L), z=latents()), {"z": f"{REAL}, other float"}),
    (stack.Stack.push_x, lambda: dict(self=filled(), p=vae().decode(latents().float()), x=pixels(B, D)), {"x": "zeros, other float"}),
    (stack.Stack.unpush_x, lambda: dict(self=filled(), p=vae().decode(latents().float())), {}),
    (stack.Stack.push_z, lambda: dict(self=filled(), z=latents()), {"z": f"{REAL}, row fewer, transposed, too narrow, too wide, other float"}),
    (stack.Stack.unpush_z, lambda: dict(self=filled(), batch=2, latent_size=L), {}),
    (stack.Stack.from_bytes, lambda: dict(data=filled().to_bytes()), {}),
    (stack.Stack.from_text, lambda: dict(text="a text"), {"text": "text, no text"}),
    # data
    (data.load, lambda: dict(name="strokes", n=12, seed=0), {"n": "None"}),
    (data.binarize, lambda: dict(images=numbers(B, D), seed=0),
     {"images": f"zeros, {ROWS}, transposed, too wide, too narrow, half, other float, no dimension"}),
    (data.letters, lambda: dict(text="AB"), {"text": "text"}),
    (strokes.sample_latents, lambda: dict(n=3, seed=0, digit=4), {"digit": "None, 0"}),
    (strokes.render, lambda: dict(latents=strokes.sample_latents(3)), {}),
    # models
    (models.VAE, lambda: dict(latent_size=L, hidden_sizes=(4,), likelihood="gaussian", sigma=0.5, data_size=D, seed=0),
     {"hidden_sizes": "list", "latent_size": "", "data_size": "", "sigma": "1.5, 1e12"}),
    (models.VAE.encode, lambda: dict(self=vae(), x=numbers(B, D)), {}),
    (models.VAE.decode, lambda: dict(self=vae(), z=numbers(B, L)), {"z": f"{REAL}, {ROWS}"}),
    (models.VAE.check, lambda: dict(self=vae(), x=numbers(B, D)), {}),
    (models.VAE.start_at, lambda: dict(self=vae(), mean=numbers(D)), {"mean": "zeros"}),
    (models.ConditionalVAE, lambda: dict(latent_size=L, condition_size=3, hidden_sizes=(4,), learned_prior=True, data_size=D, seed=0),
     {"hidden_sizes": "list", "latent_size": "", "data_size": "", "condition_size": ""}),
    (models.ConditionalVAE.encode, lambda: dict(self=conditioned(), x=numbers(B, D), y=numbers(B, 3)), {"x": "zeros", "y": REAL}),
    (models.ConditionalVAE.decode, lambda: dict(self=conditioned(), z=numbers(B, L), y=numbers(B, 3)),
     {"z": f"{REAL}, dimension more", "y": REAL}),
    (models.ConditionalVAE.prior, lambda: dict(self=conditioned(), y=numbers(B, 3)), {"y": f"{REAL}, row fewer"}),
    (models.ConditionalVAE.given, lambda: dict(self=conditioned(), y=numbers(B, 3)), {"y": f"{REAL}, row fewer"}),
    (models.LinearGaussian, lambda: dict(weight=numbers(D, L), bias=numbers(D), sigma=0.5), {"weight": f"{REAL}, too wide, too narrow", "bias": REAL}),
    (models.LinearGaussian.encode, lambda: dict(self=line(), x=numbers(B, D)), GAUSSIAN),
    (models.LinearGaussian.decode, lambda: dict(self=line(), z=numbers(B, L)), {"z": f"{REAL}, {ROWS}"}),
    (models.LinearGaussian.posterior, lambda: dict(self=line(), x=numbers(B, D)), GAUSSIAN),
    (models.LinearGaussian.log_prob, lambda: dict(self=line(), x=numbers(B, D)), GAUSSIAN),
    (models.mlp, lambda: dict(sizes=[3, 4, 2]), {}),
    # training and what is measured
    (training.fit, lambda: dict(model=vae(), images=pixels(B, D), epochs=1, held_out=pixels(B, D), batch_size=3, learning_rate=1e-3,
                                beta=1.0, binarize=False, seed=0, progress=False, live=False),
     {"learning_rate": "1.5, NumPy number, NumPy integer"}),
    (measure.terms, of(vae, pixels, samples=lambda: 2, generator=g), {}),
    (measure.evaluate, lambda: dict(model=vae(), images=pixels(B, D), samples=2, seed=0, batch_size=3), {}),
    (measure.rate_distortion, lambda: dict(model=vae(), images=pixels(B, D), samples=2, seed=0, batch_size=3), {}),
    (measure.active_units, lambda: dict(model=vae(), images=pixels(B, D), threshold=0.01), {"threshold": f"0, {POSITIVE}"}),
    (live.live_display, lambda: dict(model=vae(), history=history.History(), seed=0), {}),
    # figures
    (plots.digits, lambda: dict(images=numbers(4, 784), columns=2, titles=list("abcd"), scale=0.9, rows=["a", "b"], columns_names=["a", "b"]),
     {"titles": "None", "rows": "None", "columns_names": "None", "scale": "1.5, NumPy number, NumPy integer",
      "images": "zeros, negative, int, bool, half, other float"}),
    (plots.latent_plane, lambda: dict(codes=numbers(30, 2), labels=torch.arange(30) % 3, limit=4.0, axis=None),
     {"codes": f"{REAL}, other float", "labels": "zeros", "axis": "None"}),
    (plots.manifold, lambda: dict(model=vae(784), z=numbers(4, 2), side=2), {"z": f"{REAL}, None, other float"}),
    (plots.numeral_places, lambda: dict(codes=numbers(30, 2), labels=torch.arange(30) % 3, near=0.4, apart=0.5), {"codes": f"{REAL}, other float", "labels": "zeros"}),
    (themes.html, lambda: dict(figure=Figure(), alt="words", dpi=50), {"alt": "text"}),
    (themes.png, lambda: dict(figure=Figure(), dpi=50), {}),
    # files
    (pictures.load, lambda: dict(folder=folder(), side=4, color=False, ink=False, part=(0, 1)), {}),
    (pictures.sheet, lambda: dict(rows={"a": numbers(2, 16)}, side=4, color=False, ink=False), {"color": ""}),
    (storage.checksum, lambda: dict(tensors={"a": numbers(2)}), {}),
    (storage.save, lambda: dict(path=folder() / "b.safetensors", tensors={"a": numbers(2)}, facts={"b": 1}, keep_before=False), {"facts": "dict"}),
    (storage.load, lambda: dict(path=folder() / "a.safetensors"), {}),
    (weights.load, lambda: dict(name="mnist-2d"), {}),
    (weights.members, lambda: dict(family="beta"), {}),
    (weights.family, lambda: dict(name="sigma"), {}),
    (weights.training_record, lambda: dict(name="mnist-2d"), {}),
    # what notebook 07 adds
    (conditional.strip, lambda: dict(x=numbers(B, 784), left=3, width=6), {"left": "0, int tensor", "x": "zeros, row fewer, other float"}),
    (conditional.one_hot, lambda: dict(labels=torch.arange(5)), {"labels": "zeros, row fewer, too wide, too narrow"}),
    (conditional.Network, lambda: dict(sizes=[3, 4], seed=0), {}),
    (conditional.completer, lambda: dict(learned_prior=False), {}),
]]  # fmt: skip
