"""Notebook 04's challenge: a score-function estimate that is right on average and far quieter than the plain one."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import torch
from IPython.display import display
from torch import Tensor

from vae_helpers.exercises.engine import Feedback
from vae_helpers.exercises.nb04.score_gradient import score_gradient

NAME = "quiet_score"
TARGET = 1 / 100  # of the plain estimate's variance, on each problem
RUNS, DRAWS = 4000, 16
RIGHT = (
    "Right on average, and quiet. Where z is discrete there is no path estimate, and training has to do with a score as quiet as "
    "this.\n\nNo other cell uses your function: change it and run this one again, to see how low the variance gets."
)
ALLOWED = 4.5  # standard errors that the mean of all runs may lie from the exact gradient


class Problem(NamedTuple):
    """A loss whose expected value has a gradient in closed form.

    Attributes:
        name: in words.
        loss: ℓ of draws (..., L), gives (...).
        mu, sigma: of Q, (L,).
        gradient: of E[ℓ(z)] by μ, (L,).
    """

    name: str
    loss: Callable[[Tensor], Tensor]
    mu: Tensor
    sigma: Tensor
    gradient: Tensor


def problems() -> tuple[Problem, ...]:
    """A bowl far above 0, as a VAE's loss is, and a loss with waves."""
    one, four = torch.ones(4), torch.linspace(-1, 1, 4)
    narrow = torch.linspace(0.3, 0.9, 4)
    waves = four - 3 * torch.sin(3 * four) * torch.exp(-4.5 * narrow**2)  # E[cos 3z] = cos 3μ · exp(−9σ²/2)
    return (
        Problem("½|z|² + 20 nats", lambda z: 20 + 0.5 * (z**2).sum(dim=-1), one, one / 2, one),
        Problem(
            "Σ (½z² + cos 3z) + 20 nats", lambda z: 20 + (0.5 * z**2 + torch.cos(3 * z)).sum(-1), four, narrow, waves
        ),
    )


class Measured(NamedTuple):
    """Of one problem: the largest miss of a coordinate's mean, in standard errors, and the variance beside the plain one's."""

    name: str
    miss: float
    share: float


def measure(function: Callable, problem: Problem, seed: int = 0) -> Measured:
    """Runs of the learner's estimate, each from fresh draws, beside the plain one on the same draws."""
    generator = torch.Generator().manual_seed(seed)
    z = problem.mu + problem.sigma * torch.randn(RUNS, DRAWS, len(problem.mu), generator=generator)
    losses = problem.loss(z)  # (RUNS, DRAWS)
    own = []
    for loss, draw in zip(losses, z, strict=True):  # copies, which the function may change
        own.append(function(loss.clone(), draw.clone(), problem.mu.clone(), problem.sigma.clone()))
        if not isinstance(own[-1], Tensor) or own[-1].shape != problem.mu.shape:
            came = tuple(own[-1].shape) if isinstance(own[-1], Tensor) else type(own[-1]).__name__
            raise ValueError(f"your function must return a tensor with one number for each coordinate of μ, not {came}")
    own = torch.stack(own)
    plain = (losses[..., None] * (z - problem.mu) / problem.sigma**2).mean(
        dim=1
    )  # score_gradient, for all runs at once
    error = own.std(dim=0) / RUNS**0.5
    miss = ((own.mean(dim=0) - problem.gradient).abs() / error.clamp(min=1e-9)).max().item()
    return Measured(problem.name, miss, (own.var(dim=0).sum() / plain.var(dim=0).sum()).item())


def judge(function: Callable) -> Feedback:
    """Feedback on an estimate: right if it is unbiased, and quieter than the target, on every problem."""
    if _returns_only_the_plain_one(function):
        return Feedback("open", NAME, "This is the plain estimate. Make it quieter, and keep it right on average.")
    try:
        with torch.random.fork_rng(devices=[]):
            found = [measure(function, problem) for problem in problems()]
    except Exception as error:  # the learner's code may do anything
        return Feedback("error", NAME, f"{type(error).__name__}: {error}")
    shown = "\n".join(f"{m.name:28} mean off by {m.miss:5.1f} standard errors, variance {m.share:.4f}" for m in found)
    shown += f"\n{'wanted':28} below {ALLOWED} standard errors,  variance below {TARGET:.4f} of the plain one's"
    if not all(m.miss < ALLOWED for m in found):  # also if it is NaN
        text = (
            f"The mean of {RUNS:,} runs is not the exact gradient: the estimate is biased, or has another size or sign. If you "
            "subtract something that is made from the losses, it must not contain the loss of the same draw."
        )
        return Feedback("wrong", NAME, text, shown)
    if not all(m.share < TARGET for m in found):
        return Feedback("wrong", NAME, "Right on average, and not yet quiet enough.", shown)
    return Feedback("right", NAME, RIGHT, shown)


def _returns_only_the_plain_one(function: Callable) -> bool:
    problem = problems()[0]
    z = problem.mu + problem.sigma * torch.randn(DRAWS, 4, generator=torch.Generator().manual_seed(1))
    try:
        own = function(problem.loss(z), z, problem.mu, problem.sigma)
        return torch.allclose(own, score_gradient(problem.loss(z), z, problem.mu, problem.sigma))
    except Exception:  # told by whoever measures
        return False


def challenge(function: Callable) -> Callable:
    """Show what the measurement says of an estimate, and return the function to go on with.

    Args:
        function: quiet_score(losses, z, mu, sigma), called as `score_gradient`.
    Returns:
        The learner's function if it meets the target; the plain estimate otherwise.
    """
    feedback = judge(inspect.unwrap(function))
    display(feedback)
    return function if feedback.kind == "right" else score_gradient
