"""Small training runs that several test files share: images with one bit in them, and models that fit them in a second."""

import math

import torch

from vae_helpers import training
from vae_helpers.models import VAE


def stripes(n=400, seed=0):
    """Images of 12 pixels with one bit of structure: the left or the right half is lit, with a few pixels flipped."""
    generator = torch.Generator().manual_seed(seed)
    left = torch.rand(n, 1, generator=generator) < 0.5
    clean = torch.cat([left.expand(-1, 6), ~left.expand(-1, 6)], dim=1)
    return (clean ^ (torch.rand(n, 12, generator=generator) < 0.05)).float()


def small(seed=0, kind=VAE, **arguments):
    return kind(**{"latent_size": 1, "hidden_sizes": (8,), "data_size": 12, "seed": seed} | arguments)


def copy(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(model, weights):
    return all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def fit(model, *arguments, **options):
    return training.fit(model, *arguments, **{"progress": False, "batch_size": 50, "learning_rate": 0.02} | options)


class Interrupted(VAE):
    """Someone presses Ctrl-C at the encoder's `at`-th call."""

    at = math.inf
    calls = 0

    def encode(self, x):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return super().encode(x)
