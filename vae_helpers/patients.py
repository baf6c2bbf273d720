"""Three training runs, each with one thing wrong, for a diagnosis from their curves."""

from vae_helpers import data, training
from vae_helpers.models import VAE

_PATIENTS = {
    "A": {"size": 3000, "epochs": 6, "batch_size": 100, "beta": 784.0},  # a mean over pixels beside a sum over latents
    "B": {"size": 300, "epochs": 80, "batch_size": 50},
    "C": {"size": 3000, "epochs": 6, "batch_size": 100, "beta": 0.002},
}


def patient(name: str, digits: data.Digits) -> training.History:
    """Train a small VAE with one thing wrong: run "A", "B" or "C". The notebook shows its curves, not its settings."""
    settings = dict(_PATIENTS[name])
    images = digits.train_images[: settings.pop("size")]
    model = VAE(latent_size=10, hidden_sizes=(150,))
    return training.fit(model, images, held_out=digits.train_images[-500:], progress=False, **settings)
