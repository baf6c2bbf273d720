"""BeatTheEncoder: the amortization gap in one's own hand, for one digit on the latent plane (notebook 06)."""

import torch
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from torch import Tensor

from vae_helpers import gap, likelihood, objective, plots
from vae_helpers.widgets import base, inputs

POINTS = 241  # of the window along each axis
COLORS = {
    "q": "orange", "posterior": "blue", "reconstruction": "green", "bound": "teal", "gap": "purple", "most": "gray",
}  # fmt: skip


class BeatTheEncoder(base.Explorer):
    """Drag Q over the latent plane for one digit, and win nats over the Q that the encoder gives.

    The page gets log P(X|z) on a window of the plane and does every integral of (5) itself; mu and sigma come back to
    Python while they move, about ten times a second. The posterior stays hidden until it is asked for.

    Args:
        model: a VAE with 2 latent dimensions.
        x: the digit, (1, 784).
        traits: attributes to start from; Q starts as the encoder's.
    Attributes:
        mu, sigma: Q(z) = N(mu, diag sigma²), lists of two numbers; set them to move Q. The page keeps Q inside its window.
        revealed: whether the true posterior is shown.
        log_p_x: log P(X) by quadrature, in nats: the most that any bound can reach.
        encoder_elbo: the bound with the encoder's Q, in nats.
    Raises:
        ValueError: for another model, more than one image, or a posterior too narrow for the window's grid.
    """

    _esm = base.module("beat_the_encoder")
    mu = inputs.Numbers([0.0, 0.0], -100, 100)
    sigma = inputs.Numbers([1.0, 1.0], 1e-6, 100)
    revealed = traitlets.Bool(False).tag(sync=True)
    log_p_x = traitlets.Float(read_only=True).tag(sync=True)
    encoder_elbo = traitlets.Float(read_only=True).tag(sync=True)
    likelihood = traitlets.Unicode().tag(sync=True)
    _center = traitlets.List(traitlets.Float()).tag(sync=True)
    _half = traitlets.Float().tag(sync=True)
    _log_likelihood = traitlets.Bytes().tag(sync=True)
    _encoder = traitlets.Dict().tag(sync=True)
    _shapes = traitlets.List().tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True)
    _x = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict({name: plots.COLORS[color] for name, color in COLORS.items()}).tag(sync=True)

    def __init__(self, model, x: Tensor, **traits):
        inputs.model(model, latent_size=2)
        model.check(x)
        if len(x) != 1:
            raise inputs.InputError(f"this explorer takes one image, (1, 784), not {tuple(x.shape)}")
        self._model, self._image = model, x
        best = gap.best_q(model, x)
        with torch.no_grad():
            q = model.encode(x)
            encoder = {"mu": q.mean[0].tolist(), "sigma": q.stddev[0].tolist()}
            self._center, self._half = _window(q, best)
            grid = likelihood.posterior_grid(model, x, POINTS, torch.tensor(self._center), self._half)
            log_joint = grid.log_density[0] + grid.log_p_x[0]  # (G,)
            log_likelihood = log_joint - model.prior.log_prob(grid.z)
        if min(best.sigma.min().item(), min(encoder["sigma"])) < 1.5 * grid.spacing:
            raise inputs.InputError("this posterior is too narrow for the page's window; choose another digit")
        self.set_trait("log_p_x", grid.log_p_x.item())
        self.set_trait("encoder_elbo", best.encoder_elbo.item())
        shapes, weights = base.network_bytes(model.decoder)
        super().__init__(
            likelihood=model.likelihood, _log_likelihood=base.float_bytes(log_likelihood), _encoder=encoder,
            _shapes=shapes, _weights=weights, _x=base.octet_bytes(x.clamp(0, 1)), _center=self._center, _half=self._half,
            **(encoder | traits),
        )  # fmt: skip

    @torch.no_grad()
    def terms(self) -> dict[str, float]:
        """reconstruction, kl and elbo for the present Q, by Gauss-Hermite quadrature; gap = log_p_x − elbo. In nats."""
        mu, sigma = (torch.tensor([value]) for value in (self.mu, self.sigma))
        elbo = gap.elbo(self._model, self._image, mu, sigma, nodes=25).item()
        kl = objective.kl_by_dimension(mu, sigma).sum().item()
        return {"reconstruction": elbo + kl, "kl": kl, "elbo": elbo, "gap": self.log_p_x - elbo}

    def describe(self) -> str:
        elbo = self.terms()["elbo"]
        return (
            f"BeatTheEncoder explorer: your bound {elbo:.2f}, the network's {self.encoder_elbo:.2f}, log P(X) "
            f"{self.log_p_x:.2f} nats; drag Q in JupyterLab"
        )

    def picture(self) -> Figure:
        figure = Figure(figsize=(7.6, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        (c1, c2), half = self._center, self._half
        if self.revealed:
            grid = likelihood.posterior_grid(self._model, self._image, 121, torch.tensor(self._center), half)
            density = grid.log_density.exp().reshape(121, 121).T.numpy()
            axes = (torch.linspace(c - half, c + half, 121) for c in (c1, c2))
            left.contourf(*axes, density, levels=20, cmap=plots.DENSITY)
        for (mu, sigma), color, style in (
            (self._encoder.values(), "0.4", "--"), ((self.mu, self.sigma), plots.COLORS["orange"], "-"),
        ):  # fmt: skip
            for deviations in (1, 2):
                width, height = (2 * deviations * s for s in sigma)
                left.add_patch(Ellipse(mu, width, height, fill=False, edgecolor=color, linestyle=style, linewidth=2))
        left.set(
            xlim=(c1 - half, c1 + half), ylim=(c2 - half, c2 + half), aspect="equal", xlabel="$z_1$", ylabel="$z_2$"
        )
        left.set_title("your Q (solid), the network's (dashed)")
        right.imshow(self._image.reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        right.set_title("X")
        right.set_axis_off()
        return figure


def _window(q, best) -> tuple[list[float], float]:
    """Middle and half side of a square that holds the encoder's Q and the best one, six standard deviations of each."""
    means = torch.stack([q.mean[0], best.mu[0]])
    spread = 6 * torch.stack([q.stddev[0], best.sigma[0]])
    low, high = (means - spread).min(dim=0).values, (means + spread).max(dim=0).values
    return ((low + high) / 2).tolist(), ((high - low).max() / 2).item()
