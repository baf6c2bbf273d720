"""A network for probes: two linear outputs, such as a mean and a log-variance."""

from collections.abc import Callable

import torch
from torch import Tensor


class TwoOutputs:
    """Called as `takes` is, by place or by name, it joins what it gets and gives two linear functions of the whole.

    Args:
        name: what cards show.
        takes: a function that returns what it gets, as a tuple; whoever calls it otherwise hears so from Python.
        first, second: weights of the two outputs, (numbers that go in, numbers that come out).
    """

    keeps_nothing = True

    def __init__(self, name: str, takes: Callable, first: Tensor, second: Tensor):
        self.name, self.takes, self.first, self.second = name, takes, first, second

    def __call__(self, *inputs: Tensor, **named: Tensor) -> tuple[Tensor, Tensor]:
        joined = torch.cat(self.takes(*inputs, **named), dim=1)
        return joined @ self.first, joined @ self.second

    def __repr__(self) -> str:
        return f"{self.name}, linear"
