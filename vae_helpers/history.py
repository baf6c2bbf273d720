"""What a training run did, epoch by epoch, in nats per image."""

from dataclasses import dataclass, field


@dataclass
class Epoch:
    """Means over the images of one epoch, in nats per image; held-out figures are None without held-out images."""

    seconds: float
    reconstruction: float
    kl: float
    held_out_reconstruction: float | None = None
    held_out_kl: float | None = None

    @property
    def elbo(self) -> float:
        return self.reconstruction - self.kl

    @property
    def held_out_elbo(self) -> float | None:
        return None if self.held_out_kl is None else self.held_out_reconstruction - self.held_out_kl

    def __str__(self) -> str:
        text = f"bound {self.elbo:.1f} = {self.reconstruction:.1f} − {self.kl:.1f}"
        if self.held_out_kl is not None:
            text += (
                f" | held out {self.held_out_elbo:.1f} = {self.held_out_reconstruction:.1f} − {self.held_out_kl:.1f}"
            )
        return text + " nats/image"


@dataclass
class History:
    """What a training run did.

    Attributes:
        epochs: one Epoch each, in order.
        best_epoch: index of the epoch whose weights the model holds; None before the first epoch ended.
        interrupted: True if the run was stopped before its last epoch.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int | None = None
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """Training time, in seconds, evaluation on held-out images included."""
        return sum(epoch.seconds for epoch in self.epochs)

    def plot(self, figure=None):
        """Curves of the bound and of its two terms over the epochs, in nats per image; returns the figure."""
        if figure is None:
            from matplotlib.figure import Figure

            figure = Figure(figsize=(9, 3), layout="constrained")
        else:
            figure.clear()
        names = {"elbo": "the bound", "reconstruction": "reconstruction term", "kl": "KL term"}
        numbers = range(1, len(self.epochs) + 1)
        for axis, (key, title) in zip(figure.subplots(1, 3), names.items(), strict=True):
            axis.plot(numbers, [getattr(epoch, key) for epoch in self.epochs], "o-", ms=3, label="training")
            if self.epochs and self.epochs[0].held_out_kl is not None:
                held_out = [getattr(epoch, f"held_out_{key}") for epoch in self.epochs]
                axis.plot(numbers, held_out, "s--", ms=3, label="held out")
            axis.set(title=title, xlabel="epoch", ylabel="nats per image")
            axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend()
        return figure
