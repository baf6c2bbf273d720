"""Maximum likelihood by gradient ascent on an exact log P(X)."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb01.maximize_likelihood_mistakes import MISTAKES
from vae_helpers.exercises.numbers import LOG_2PI, gaussian


def maximize_likelihood(log_p_x, theta, x, steps, rate):
    """θ after some steps uphill on the mean of log P(X; θ) over the data.

    log_p_x: function (x, theta) -> log P(X; θ) in nats, (B,); gradients pass through.
    theta: where to start, (K,). x: data, (B, D). steps: how many, 0 or more.
    rate: a step adds rate times the present gradient to θ.
    Returns (K,), without a gradient's history; the argument theta stays as it was.
    """
    for _ in range(steps):
        theta = theta.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(log_p_x(x, theta).mean(), theta)
        theta = (theta + rate * gradient).detach()
    return theta


def log_normal(x, theta):
    """log N(x | θ, I)."""
    return -0.5 * ((x - theta) ** 2).sum(dim=1) - 0.5 * x.shape[1] * LOG_2PI


def log_bent(x, theta):
    """log P(X) of the page's curve, coarsely: z on a grid, f(z; θ) = (z, θ₁ sin(θ₂ z)), σ = ½."""
    z = torch.linspace(-4, 4, 33)
    f = torch.stack([z, theta[0] * torch.sin(theta[1] * z)], dim=1)  # (G, 2)
    squared = ((x[:, None] - f) ** 2).sum(dim=2)  # (B, G)
    log_p = -2 * squared + math.log(4) - LOG_2PI - 0.5 * z**2 - 0.5 * LOG_2PI
    return log_p.logsumexp(dim=1) + math.log(0.25)


def _by_an_optimizer(log_p_x, theta, x, steps, rate):
    theta = theta.clone().requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = -log_p_x(x, theta).mean()
        loss.backward()
        optimizer.step()
    return theta.detach()


def _oracle(log_p_x, theta, x, steps, rate):
    # Central differences in double precision, in place of automatic derivatives.
    theta, x = theta.double(), x.double()
    for _ in range(steps):
        moves = 1e-5 * torch.eye(len(theta), dtype=torch.float64)
        slopes = [(log_p_x(x, theta + m).mean() - log_p_x(x, theta - m).mean()) / 2e-5 for m in moves]
        theta = theta + rate * torch.stack(slopes)
    return theta.float()


EXERCISE = Exercise(
    notebook="01",
    goal="Fit θ to the data: climb the mean of $\\log P(X;\\theta)$ by its gradient.",
    reference=maximize_likelihood,
    alternatives=(_by_an_optimizer,),
    oracle=_oracle,
    hints=(
        "What is to be made large is one number: $\\frac1B\\sum_b\\log P(X_b;\\theta)$. Its gradient by $\\theta$ points "
        "uphill.",
        "Work on a copy of `theta` that asks for gradients. In each step compute the score anew, let torch differentiate it, "
        "and begin the next step from a θ without history (`.detach()`).",
        "In a loop: `theta = theta.clone().requires_grad_()`, then "
        "`(gradient,) = torch.autograd.grad(log_p_x(x, theta).mean(), theta)`, then "
        "`theta = (theta + rate * gradient).detach()`.",
    ),
    then="The same climb, with a bound in place of log P(X), is how notebook 04 trains a VAE.",
    again="the cell below the hints, which fits θ.",
    probes=(
        (log_normal, torch.tensor([0.0]), torch.tensor([[1.0], [3.0]]), 2, 0.5),  # θ: 0, 1, 1.5
        (log_normal, torch.tensor([0.5, -1.0]), gaussian(5, 2, seed=1), 0, 0.1),
        (log_bent, torch.tensor([0.4, 1.2]), gaussian(5, 2, seed=2), 1, 0.1),
        (log_bent, torch.tensor([0.4, 1.2]), gaussian(5, 2, seed=2), 4, 0.05),
    ),
    mistakes=MISTAKES,
)
