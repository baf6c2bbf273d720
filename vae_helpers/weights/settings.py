"""What each shipped model is and is for: the arguments it was made with, and how it is measured."""

from dataclasses import dataclass, field

from vae_helpers import weights

VALIDATION = 5_000  # the last training digits choose the epoch; the test digits only measure
TEST_SEED, SAMPLES, SUBSET = 0, 1000, 300


@dataclass(frozen=True)
class Recipe:
    """Arguments of VAE and of training.fit, and one line on what the model is for."""

    purpose: str
    model: dict
    fit: dict = field(default_factory=lambda: {"epochs": 100, "learning_rate": 2e-3})


RECIPES = {
    "mnist-2d": Recipe("the latent plane: two dimensions can be seen whole", {"latent_size": 2}),
    "mnist-16d": Recipe("better pictures: sixteen dimensions under sliders", {"latent_size": 16}),
}
SMALL = {"latent_size": 16, "hidden_sizes": (128,)}
for _value, _name in weights.members("beta").items():
    RECIPES[_name] = Recipe(f"β = {_value:g}", SMALL, {"epochs": 30, "beta": _value})
for _value, _name in weights.members("sigma").items():
    RECIPES[_name] = Recipe(f"σ = {_value:g}", SMALL | {"likelihood": "gaussian", "sigma": _value}, {"epochs": 30})


def family_of(name: str) -> str | None:
    """The family that a model belongs to, or None."""
    return next((family for family in weights.FAMILIES if name in weights.members(family).values()), None)
