"""Three training runs, each with one thing wrong, for a diagnosis from their curves."""

from torch import Tensor

from vae_helpers import data, training
from vae_helpers.models import VAE

_PATIENTS = {
    "A": {"size": 3000, "epochs": 6, "batch_size": 100, "beta": 784.0},  # a mean over pixels beside a sum over latents
    "B": {"size": 300, "epochs": 80, "batch_size": 50},
    "C": {"size": 3000, "epochs": 6, "batch_size": 100, "beta": 0.002},
}


def watched(digits: data.Digits) -> Tensor:
    """500 training digits that no run is trained on, (500, 784), from all over the rest: neighbors in the file are alike."""
    rest = digits.train_images[3000:]
    return rest[:: max(1, len(rest) // 500)][:500]


def patient(name: str, digits: data.Digits) -> training.History:
    """Train a small VAE with one thing wrong: run "A", "B" or "C". The notebook shows its curves, not its settings."""
    settings = dict(_PATIENTS[name])
    images = digits.train_images[: settings.pop("size")]
    model = VAE(latent_size=10, hidden_sizes=(150,))
    return training.fit(model, images, held_out=watched(digits), progress=False, **settings)
