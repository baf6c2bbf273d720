"""Known mistakes of `maximize_likelihood`."""

import torch

from vae_helpers.exercises.engine import Mistake


def _climb(score, times=lambda steps: range(steps), step=lambda gradient, number: gradient):
    """A climb of another score, number of steps, or step; score(log_p) reduces (B,) to one number."""

    def code(log_p_x, theta, x, steps, rate):
        theta = theta.clone()
        for number in times(steps):
            theta = theta.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(score(log_p_x(x, theta)), theta)
            theta = theta + rate * step(gradient, number)
        return theta.detach()

    return code


_right = _climb(torch.mean)


def _optimizer(kind, **options):
    def code(log_p_x, theta, x, steps, rate):
        theta = theta.clone().requires_grad_()
        optimizer = kind([theta], lr=rate, maximize=True, **options)
        for _ in range(steps):
            optimizer.zero_grad()
            log_p_x(x, theta).mean().backward()
            optimizer.step()
        return theta.detach()

    return code


def _accumulated(log_p_x, theta, x, steps, rate):
    theta, total = theta.clone(), torch.zeros_like(theta)
    for _ in range(steps):
        theta = theta.detach().requires_grad_()
        total = total + torch.autograd.grad(log_p_x(x, theta).mean(), theta)[0]
        theta = theta + rate * total
    return theta.detach()


def _frozen(log_p_x, theta, x, steps, rate):
    own = theta.clone().requires_grad_()
    return theta + steps * rate * torch.autograd.grad(log_p_x(x, own).mean(), own)[0]


def _score_added(log_p_x, theta, x, steps, rate):
    for _ in range(steps):
        theta = theta + rate * log_p_x(x, theta).mean()
    return theta.clone()


def _replaced(log_p_x, theta, x, steps, rate):
    for _ in range(steps):
        theta = rate * _gradient(log_p_x, theta, x, steps, rate)
    return theta.clone()


def _gradient(log_p_x, theta, x, steps, rate):
    own = theta.clone().requires_grad_()
    return torch.autograd.grad(log_p_x(x, own).mean(), own)[0]


MISTAKES = (
    Mistake("downhill",
            "You walk downhill: the data become less probable with every step. The gradient is added, or the loss is "
            "−log P(X).",
            _climb(lambda log_p: -log_p.mean())),
    Mistake("sum over the data",
            "You add log P(X) over the data. The mean is wanted: with the sum a step grows with the number of data points, "
            "and a rate that suits 5 of them is far too large for 3000.",
            _climb(torch.sum)),
    Mistake("downhill, and sum",
            "Two things. You walk downhill: add the gradient of log P(X). And you take the sum over the data; the mean is "
            "wanted.",
            _climb(lambda log_p: -log_p.sum())),
    Mistake("gradients pile up",
            "The gradients pile up: backward() adds to what .grad holds already, so that each step repeats all earlier ones. "
            "Clear it before each backward(), or use torch.autograd.grad.",
            _accumulated),
    Mistake("one gradient for all steps",
            "Every step uses the gradient from the start. It changes with θ: compute it anew in each step.",
            _frozen),
    Mistake("one step",
            "You take one step, whatever `steps` says. Where is the loop?",
            _climb(torch.mean, lambda steps: range(min(steps, 1)))),
    Mistake("one step too few",
            "You take one step too few.",
            _climb(torch.mean, lambda steps: range(1, steps))),
    Mistake("one step too many",
            "You take one step too many.",
            _climb(torch.mean, lambda steps: range(steps + 1))),
    Mistake("no step",
            "θ comes back as it went in. Is the step assigned to the θ that you return?",
            lambda log_p_x, theta, x, steps, rate: theta.clone()),
    Mistake("mean of P",
            "You climb the mean of P(X), not of log P(X). A few probable points then outweigh all others, and a point that "
            "the model thinks impossible costs nothing.",
            _climb(lambda log_p: log_p.exp().mean())),
    Mistake("log of the mean",
            "You climb the logarithm of the mean of P(X). It is the mean of the logarithms: every data point has to be "
            "probable, not some of them.",
            _climb(lambda log_p: log_p.exp().mean().log())),
    Mistake("first data point",
            "You climb log P(X) of the first data point alone. Take the mean over all of them.",
            _climb(lambda log_p: log_p[0])),
    Mistake("sign only",
            "You keep the gradient's sign alone. A step is rate times the gradient itself.",
            _climb(torch.mean, step=lambda gradient, number: gradient.sign())),
    Mistake("unit length",
            "You divide the gradient by its length, so that every step is equally long. A step is rate times the gradient.",
            _climb(torch.mean, step=lambda gradient, number: gradient / gradient.norm())),
    Mistake("falling rate",
            "Your steps shrink as you go. The rate stays the same from step to step.",
            _climb(torch.mean, step=lambda gradient, number: gradient / (number + 1))),
    Mistake("Adam",
            "This is Adam, which scales each coordinate's step by its past gradients. A step here is rate times the gradient: "
            "torch.optim.SGD, or by hand.",
            _optimizer(torch.optim.Adam)),
    Mistake("momentum",
            "Your steps carry momentum from the ones before. A step here is rate times the present gradient.",
            _optimizer(torch.optim.SGD, momentum=0.9)),
    Mistake("the gradient",
            "You return the gradient. Its rate-fold is added to θ, and θ is returned.",
            _gradient),
    Mistake("the score",
            "You return the mean log P(X). The θ that has reached it is wanted, (K,).",
            lambda log_p_x, theta, x, steps, rate: log_p_x(x, _right(log_p_x, theta, x, steps, rate)).mean()),
    Mistake("one step, always",
            "You take one step, also where `steps` says none or several. Where is the loop?",
            _climb(torch.mean, lambda steps: range(1))),
    Mistake("no rate",
            "The gradient is added whole. A step is rate times the gradient.",
            lambda log_p_x, theta, x, steps, rate: _right(log_p_x, theta, x, steps, 1.0)),
    Mistake("divided by the rate",
            "The gradient is divided by the rate. A step is rate times the gradient: a small rate makes small steps.",
            lambda log_p_x, theta, x, steps, rate: _right(log_p_x, theta, x, steps, 1 / rate)),
    Mistake("rate shared by the steps",
            "The rate is divided by the number of steps. Each step is rate times the gradient, however many there are.",
            lambda log_p_x, theta, x, steps, rate: _right(log_p_x, theta, x, steps, rate / max(steps, 1))),
    Mistake("mean of the mean",
            "You divide by the number of data points twice: .mean() has done so already.",
            _climb(lambda log_p: log_p.mean() / len(log_p))),
    Mistake("the score for its gradient",
            "You add rate times the score itself. It is the score's gradient that points uphill.",
            _score_added),
    Mistake("θ replaced",
            "θ is replaced by rate times the gradient. That is added to θ.",
            _replaced),
)  # fmt: skip
