"""The step that every training loop repeats."""

import torch
from torch import Tensor, nn

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def training_step(loss_per_image, optimizer, x, eps):
    """One step of gradient descent on the mean loss.

    loss_per_image: called as loss_per_image(x, eps), gives (B,). optimizer: holds the parameters to change.
    x: images, (B, D). eps: noise, (B, L). Returns the mean loss before the step, a tensor (), detached from
    its graph.
    """
    loss = loss_per_image(x, eps).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


class _Line(nn.Module):
    """A loss with a gradient that can be written down: |W x − ε|² for each row, with a gradient left over from before."""

    def __init__(self, weight: Tensor):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.weight.grad = torch.ones_like(weight)

    def forward(self, x, eps):
        return ((x @ self.weight.T - eps) ** 2).sum(dim=1)

    def __deepcopy__(self, memo):  # torch's own copies leave the gradient behind
        copied = _Line(self.weight.detach())
        memo[id(self.weight)] = copied.weight
        return copied

    def __repr__(self):
        return "|W x − eps|², per image"


class _Descent(torch.optim.SGD):
    def __repr__(self):
        return f"SGD(lr=0.1, momentum={self.param_groups[0]['momentum']})"


def _step_probe(b, d, size, seed, **settings):
    model = _Line(gaussian(size, d, seed=seed))
    return (
        model,
        _Descent(model.parameters(), lr=0.1, **settings),
        gaussian(b, d, seed=seed + 1),
        gaussian(b, size, seed=seed + 2),
    )


def _weights_after(_, arguments):
    return (arguments[0].weight.detach().clone(),)


def _oracle(loss_per_image, _, x, eps):
    return ((x @ loss_per_image.weight.detach().T - eps) ** 2).sum() / len(x)


def _stepped(*order, reduce=torch.mean, sign=1.0):
    """A training step whose parts come in the given order."""

    def code(loss_per_image, optimizer, x, eps):
        loss = reduce(loss_per_image(x, eps))
        actions = {"zero": optimizer.zero_grad, "back": (sign * loss).backward, "step": optimizer.step}
        for name in order:
            actions[name]()
        return loss.detach()

    return code


def _by_hand(loss_per_image, optimizer, x, eps):
    loss = _stepped("zero", "back")(loss_per_image, optimizer, x, eps)
    with torch.no_grad():
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.sub_(group["lr"] * parameter.grad)
    return loss


def _one_by_one(loss_per_image, optimizer, x, eps):
    step = _stepped("zero", "back", "step")
    return torch.stack([step(loss_per_image, optimizer, x[i : i + 1], eps[i : i + 1]) for i in range(len(x))]).mean()


EXERCISE = Exercise(
    notebook="04",
    goal="Write the step that every training loop repeats.",
    reference=training_step,
    oracle=_oracle,
    effect=_weights_after,
    effect_name="the weights after the step",
    hints=(
        "Four things: reduce the losses to one number, clear old gradients, compute new ones, move the parameters.",
        "optimizer.zero_grad(), loss.backward(), optimizer.step(), in this order; backward adds to what is there.",
        "loss = loss_per_image(x, eps).mean(), then the three calls, then return loss.detach().",
    ),
    probes=(
        _step_probe(2, 1, 1, 41),
        _step_probe(4, 3, 2, 44, momentum=0.9, nesterov=True),  # whoever moves the weights by hand is told apart
    ),
    mistakes=(
        Mistake(
            "no zero_grad",
            "The loss is right, the step is not: old gradients were still there, and backward() adds to them. Call "
            "optimizer.zero_grad() first.",
            _stepped("back", "step"),
        ),
        Mistake(
            "no step",
            "The loss is right, and the parameters have not moved: optimizer.step() or loss.backward() is missing (or its "
            "parentheses are), the loss was cut from its graph, or zero_grad() stands between backward() and step().",
            _stepped("zero", "back"),
        ),
        Mistake(
            "step before backward",
            "You step before backward(), or never call it: the step follows the gradients of the batch before.",
            _stepped("step", "zero", "back"),
        ),
        Mistake(
            "uphill",
            "The parameters moved uphill. You are given a loss, minus the bound; descend on it as it is.",
            _stepped("zero", "back", "step", sign=-1.0),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch. Take the mean, so that the step does not grow with the batch size.",
            _stepped("zero", "back", "step", reduce=torch.sum),
        ),
        Mistake(
            "largest loss",
            "Only the worst image of the batch is followed. The objective is the mean over images.",
            _stepped("zero", "back", "step", reduce=torch.max),
        ),
        Mistake(
            "by hand",
            "You move the parameters yourself, by rate times gradient. The optimizer knows its own rule, and that of Adam "
            "is another: call optimizer.step().",
            _by_hand,
        ),
        Mistake(
            "loss after the step",
            "The step is right, but you return the loss after it. The loss before the step is wanted.",
            lambda loss_per_image, optimizer, x, eps: (
                _stepped("zero", "back", "step")(loss_per_image, optimizer, x, eps),
                loss_per_image(x, eps).mean().detach(),
            )[1],
        ),
        Mistake(
            "step on the sum",
            "You return the mean, but descend on the sum. Take the mean first, and call backward() on that.",
            lambda loss_per_image, optimizer, x, eps: (
                _stepped("zero", "back", "step", reduce=torch.sum)(loss_per_image, optimizer, x, eps) / len(x)
            ),
        ),
        Mistake(
            "sign of the loss",
            "You turned the sign. What you are given is a loss already: return it and descend on it as it is.",
            lambda loss_per_image, optimizer, x, eps: (
                -_stepped("zero", "back", "step", sign=-1.0)(loss_per_image, optimizer, x, eps)
            ),
        ),
        Mistake(
            "two steps",
            "You call optimizer.step() twice. One step for each batch.",
            _stepped("zero", "back", "step", "step"),
        ),
        Mistake(
            "a step for each image",
            "You make one step for each image. One for the whole batch is wanted, on its mean loss.",
            _one_by_one,
        ),
    ),
)
