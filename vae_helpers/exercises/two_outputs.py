"""A network for probes: two linear outputs, such as a mean and a log-variance."""

import torch
from torch import Tensor


class TwoOutputs:
    """Called as its `call` says, by place or by name, it joins what it gets and gives two linear functions of the whole.

    Args:
        name: what cards show.
        call: such as "encoder(x, y)"; whoever calls it otherwise hears what Python says of a function.
        first, second: weights of the two outputs, (numbers that go in, numbers that come out).
    """

    keeps_nothing = True

    def __init__(self, name: str, call: str, first: Tensor, second: Tensor):
        self.name, self.first, self.second = name, first, second
        self.called, _, takes = call.rstrip(")").partition("(")
        self.takes = takes.split(", ")

    def __call__(self, *inputs: Tensor, **named: Tensor) -> tuple[Tensor, Tensor]:
        if len(inputs) > len(self.takes):
            raise TypeError(
                f"{self.called}() takes {len(self.takes)} positional arguments but {len(inputs)} were given"
            )
        given = dict(zip(self.takes, inputs, strict=False))
        for one in named:
            if one in given or one not in self.takes:
                twice = "got multiple values for" if one in given else "got an unexpected keyword"
                raise TypeError(f"{self.called}() {twice} argument {one!r}")
        given |= named
        if lacking := [one for one in self.takes if one not in given]:
            many, words = "s" if len(lacking) > 1 else "", " and ".join(map(repr, lacking))
            raise TypeError(f"{self.called}() missing {len(lacking)} required positional argument{many}: {words}")
        joined = torch.cat([given[one] for one in self.takes], dim=1)
        return joined @ self.first, joined @ self.second

    def __repr__(self) -> str:
        return f"{self.name}, linear"
