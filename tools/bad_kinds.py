"""Some twenty kinds of bad value for a parameter, made from a good one."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal

# For a parameter that is no tensor.
PLAIN = {
    "None": None, "True": True, "0": 0, "-1": -1, "1.5": 1.5, "NaN": math.nan, "inf": math.inf, "-inf": -math.inf,
    "1e12": 10**12, "1e400": 10**400, "complex": 1 + 2j, "text": "three", "no text": "", "bytes": b"3", "list": [3],
    "tuple": (3.5, None), "dict": {"a": 3}, "object": object(), "function": len, "class": dict,
    "int tensor": torch.tensor(3), "two numbers": torch.tensor([3.0, 4.0]), "NumPy number": np.float32(0.5),
    "NumPy integer": np.int64(3), "network": nn.Linear(2, 2),
}  # fmt: skip

# For a tensor.
TENSORS = {
    "int": lambda x: x.round().long(),
    "bool": lambda x: x > 0.5,
    "complex": lambda x: x.to(torch.complex64),
    "half": lambda x: x.half(),
    "other float": lambda x: x.to(torch.float64 if x.dtype == torch.float32 else torch.float32),
    "NaN": lambda x: _first(x, math.nan),
    "inf": lambda x: _first(x, math.inf),
    "1e30": lambda x: _first(x, 1e30 if x.is_floating_point() else 10**15),
    "negative": lambda x: -x.abs() - 1,
    "zeros": torch.zeros_like,
    "times 255": lambda x: 255 * (x.abs() + 1),
    "transposed": lambda x: x.mT if x.dim() > 1 else x[:, None],
    "dimension more": lambda x: x[None],
    "dimension fewer": lambda x: x[0],
    "no dimension": lambda x: x.reshape(-1)[0],
    "empty": lambda x: x[:0],
    "too wide": lambda x: torch.cat([x, x[..., :1]], dim=-1),
    "too narrow": lambda x: x[..., :-1],
    "row fewer": lambda x: x[:-1],
    "asymmetric": lambda x: x + torch.arange(x.numel()).reshape(x.shape).to(x),
    "NumPy": lambda x: x.numpy(),
    "nested lists": lambda x: x.tolist(),
    "a list of it": lambda x: [x],
    "None": lambda x: None,
    "number": lambda x: 0.5,
    "True": lambda x: True,
    "text": lambda x: "mu",
}

NEED_DIMENSIONS = {"asymmetric", "transposed", "dimension fewer", "empty", "too wide", "too narrow", "row fewer"}


def _first(x: Tensor, value: float) -> Tensor:
    x = x.clone()
    x.view(-1)[0] = value
    return x


def bad_values(good: object) -> dict[str, object]:
    """The bad values in place of a good one, by kind; kinds that are no other than the good one are left out."""
    if isinstance(good, Independent):
        return PLAIN | _distributions(good.base_dist)
    if not isinstance(good, Tensor):
        alike = {"NumPy integer": np.int64(good)} if type(good) is int else {}
        return {kind: value for kind, value in (PLAIN | alike).items() if not _same(value, good)}
    no = set(NEED_DIMENSIONS) if good.dim() == 0 else set() if good.is_floating_point() else {"NaN", "inf"}
    no |= set() if good.dim() > 1 and good.shape[-1] == good.shape[-2] else {"asymmetric"}
    made = {kind: make(good) for kind, make in TENSORS.items() if kind not in no}
    return {kind: value for kind, value in made.items() if not _same(value, good)}


def _distributions(good: Normal | Bernoulli) -> dict[str, object]:
    if isinstance(good, Bernoulli):
        return {"NaN in it": Independent(Bernoulli(logits=_first(good.logits, math.nan), validate_args=False), 1)}
    return {
        "full covariance": MultivariateNormal(good.loc, torch.eye(good.loc.shape[-1])),
        "coins": Independent(Bernoulli(torch.full(good.loc.shape, 0.5)), 1),
        "NaN in it": Independent(Normal(_first(good.loc, math.nan), good.scale, validate_args=False), 1),
        "infinite": Independent(Normal(good.loc, _first(good.scale, math.inf), validate_args=False), 1),
    }


def _same(value: object, good: object) -> bool:
    if isinstance(value, Tensor) and isinstance(good, Tensor):
        return value.dtype == good.dtype and torch.equal(value, good)
    return type(value) is type(good) and isinstance(good, (bool, int, float, str)) and value == good
