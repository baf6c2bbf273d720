"""A network for probes: two linear outputs, such as a mean and a log-variance."""

import torch
from torch import Tensor


class TwoOutputs:
    """Called with tensors (B, ...), it joins them and gives two linear functions of the whole; its name is what cards show."""

    keeps_nothing = True

    def __init__(self, name: str, first: Tensor, second: Tensor):
        self.name, self.first, self.second = name, first, second

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        joined = torch.cat(inputs, dim=1)
        return joined @ self.first, joined @ self.second

    def __repr__(self) -> str:
        return f"{self.name}, linear"
