"""RateDistortionDial: a family of trained models on one dial, from lossless to collapsed (notebook 06)."""

import math

import torch
import traitlets
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from vae_helpers import data, measure, plots, weights
from vae_helpers.widgets import base, inputs

SHOWN = 10  # digits in a row
ROWS = ("digits", "reconstructions", "samples: z ~ P(z), decoded")
ACTIVE, POINT = plots.COLORS["blue"], plots.COLORS["orange"]
LABELS = {"beta": "β", "sigma": "σ"}


@torch.no_grad()
def pictures(model, images: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """Means of P(X|z): at the mean of Q(z|X) for images (N, D), and at z (S, L); (N, D) and (S, D)."""
    return model.decode(model.encode(images).mean).mean, model.decode(z).mean


class RateDistortionDial(base.Explorer):
    """Turn β or σ and watch models trade rate, D[Q(z|X)‖P(z)], for distortion, until every dimension has collapsed.

    Every setting is another trained model. Python decodes all of them once; the page only shows, with or without a
    kernel. For a Gaussian likelihood the curve shows the squared error in place of the distortion, which is a density
    and so does not compare across σ.

    Args:
        family: "beta" or "sigma", the shipped families, or a dict of two or more VAEs of one likelihood and one latent
            size, by setting.
        images: (N, D) test digits, the first 10 of them shown; drawn digits if left out. For a Bernoulli likelihood
            gray ones are drawn black and white. A dict's figures are measured on all N; a shipped family's are those
            of the model card.
        label: name of the dial; needed for a dict only.
        seed: fixes the z that are decoded, the same for every setting.
    Attributes:
        value: the setting, one of the family's; set it to turn the dial.
        values: the settings, rising.
        figures: for each setting, rate, distortion, bound and the rest, as `RateDistortion.as_numbers` has them.
    Raises:
        ValueError: for an unknown family, models that do not belong together, or images that they cannot take.
    """

    _esm = base.module("rate_distortion_dial")
    value = inputs.OneOf("values")
    label = traitlets.Unicode().tag(sync=True)
    _settings = traitlets.List().tag(sync=True)
    _axes = traitlets.Dict().tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)
    _reconstructions = traitlets.Bytes().tag(sync=True)
    _samples = traitlets.Bytes().tag(sync=True)
    _rows = traitlets.List(list(ROWS)).tag(sync=True)
    _colors = traitlets.Dict({"active": ACTIVE, "point": POINT}).tag(sync=True)
    _caption = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        family: str | dict = "beta",
        images: Tensor | None = None,
        *,
        label: str | None = None,
        seed: int = 0,
        **traits,
    ):
        models = weights.family(family) if isinstance(family, str) else _checked(family)
        self.values, first = list(models), next(iter(models.values()))
        kind = "drawn digits" if images is None else "images given"
        images, _, _ = inputs.images(images, None, first)
        self._gaussian = first.likelihood == "gaussian"
        if not self._gaussian:
            images = data.binarize(images)
        if isinstance(family, str):
            self.figures, source = weights.family_figures(family), "the 10,000 MNIST test digits, as in the model card"
        else:
            self.figures = {v: measure.rate_distortion(m, images).as_numbers() for v, m in models.items()}
            source = f"the {len(images)} {kind}"
        self._models, self._shown = models, images[:SHOWN]
        generator = torch.Generator().manual_seed(seed)
        self._z = torch.randn(SHOWN, first.latent_size, generator=generator)  # (S, L)
        pairs = [pictures(model, self._shown, self._z) for model in models.values()]
        reconstructions, samples = (torch.stack(column).clamp(0, 1) for column in zip(*pairs, strict=True))
        label = label or (LABELS[family] if isinstance(family, str) else "setting")
        settings = [self._setting(value, label) for value in self.values]
        super().__init__(
            label=label, _settings=settings, _axes=self._ranges(settings),
            _images=base.octet_bytes(self._shown.clamp(0, 1)),
            _reconstructions=base.octet_bytes(reconstructions), _samples=base.octet_bytes(samples),
            _caption=f"Curve, bars and figures: means over {source}; bound = −distortion − rate. Digits: {len(self._shown)} of the {kind}; "
            "reconstructions decode the mean of Q(z|X); the same z are decoded at every setting.",
            **traits,
        )  # fmt: skip

    def _setting(self, value: float, label: str) -> dict:
        """What the page shows of one setting: numbers, and the same in words."""
        found = self.figures[value]
        order = sorted(range(len(found["active"])), key=lambda i: -found["kl_by_dimension"][i])
        units = f"{found['active_units']} of {len(order)}"
        rows = [[label, f"{value:g}", ""]]
        terms = {"rate": found["rate"], "distortion": found["distortion"], "bound": found["elbo"]}
        rows += [[name, _number(value), "nats/image"] for name, value in terms.items()]
        error = [["squared error per pixel", f"{found['squared_error']:.4f}", ""]] if self._gaussian else []
        said = ", ".join(f"{name} {text}" for name, text, _ in rows[1:]) + " nats per image"
        said += "".join(f"; {name} {text}" for name, text, _ in error)
        return {
            "value": value, "x": found["rate"], "y": found["squared_error" if self._gaussian else "distortion"],
            "kl": [found["kl_by_dimension"][i] for i in order], "active": [found["active"][i] for i in order],
            "rows": rows + error + [["active dimensions", units, ""]],
            "words": f"{label} = {value:g}: {said}; {units} latent dimensions active",
        }  # fmt: skip

    def _ranges(self, settings: list[dict]) -> dict:
        """Names and ticks of the curve's axes and of the bars', the same for every setting."""
        y = "squared error per pixel" if self._gaussian else "distortion, nats/image"
        top = max(max(setting["kl"]) for setting in settings)
        return {
            "x": _axis("rate, nats/image", [0.0, *(setting["x"] for setting in settings)]),
            "y": _axis(y, [0.0 if self._gaussian else min(s["y"] for s in settings), *(s["y"] for s in settings)]),
            "bars": _axis("KL, nats", [0.0, top], bins=3),
        }

    @traitlets.default("value")
    def _middle(self):
        return self.values[len(self.values) // 2]

    def describe(self) -> str:
        words = self._settings[self.values.index(self.value)]["words"]
        return f"RateDistortionDial explorer at {words}; turn the dial in JupyterLab"

    def picture(self) -> Figure:
        setting = self._settings[self.values.index(self.value)]
        figure = Figure(figsize=(9.4, 4.2), layout="constrained")
        left, right = figure.subfigures(1, 2, width_ratios=(1, 1.25))
        curve, bars = left.subplots(2, 1, height_ratios=(2, 1))
        curve.plot([s["x"] for s in self._settings], [s["y"] for s in self._settings], "o-", color="0.5", markersize=4)
        curve.plot(setting["x"], setting["y"], "o", color=POINT, markersize=10)
        for other in self._settings:
            curve.annotate(f"{other['value']:g}", (other["x"], other["y"]), (5, 5), textcoords="offset points")
        curve.set(xlabel=self._axes["x"]["name"], ylabel=self._axes["y"]["name"])
        curve.set_title(f"{self.label} = {self.value:g}")
        colors = [ACTIVE if active else "0.7" for active in setting["active"]]
        bars.bar(range(1, len(colors) + 1), setting["kl"], color=colors)
        bars.xaxis.get_major_locator().set_params(integer=True)
        bars.set(
            xlabel="latent dimensions, most used first", ylabel="KL, nats", ylim=(0, self._axes["bars"]["ticks"][-1])
        )
        rows = (self._shown, *pictures(self._models[self.value], self._shown, self._z))
        for axis, name, row in zip(right.subplots(3, 1), ROWS, rows, strict=True):
            strip = row.reshape(-1, 28, 28).permute(1, 0, 2).reshape(28, -1)  # side by side
            axis.imshow(strip.numpy(), cmap="gray_r", vmin=0, vmax=1)
            axis.set_title(name, fontsize=10)
            axis.set_axis_off()
        return figure


def _checked(family) -> dict:
    """A dict of models by setting, rising, that one dial can hold."""
    if not isinstance(family, dict) or len(family) < 2:
        raise ValueError('the family must be "beta", "sigma" or a dict of two or more models by setting')
    for value, model in family.items():
        inputs.model(model)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"each model needs a number as its setting, not {value!r}")
    for name in ("likelihood", "latent_size"):
        kinds = sorted({str(getattr(model, name)) for model in family.values()})
        if len(kinds) > 1:
            raise ValueError(f"the models of a family must share one {name}, not {' and '.join(kinds)}")
    return {float(value): family[value] for value in sorted(family)}


def _axis(name: str, numbers: list[float], bins: int = 5) -> dict:
    ticks = MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]).tick_values(min(numbers), max(numbers))
    return {"name": name, "ticks": [round(float(tick), 6) for tick in ticks]}


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
