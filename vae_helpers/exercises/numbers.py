"""Numbers for probes: drawn, and the same every time."""

import math

import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


def gaussian(*shape: int, seed: int) -> Tensor:
    """Draws from N(0, 1)."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def uniform(*shape: int, seed: int) -> Tensor:
    """Numbers drawn evenly from 0 to 1."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))
