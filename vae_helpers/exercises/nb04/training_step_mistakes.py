"""The known mistakes of `training_step`."""

import torch

from vae_helpers.exercises.engine import Mistake


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


def _two_steps(*arguments):
    step = _stepped("zero", "back", "step")
    step(*arguments)
    return step(*arguments)


MISTAKES = (
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
        "smallest loss",
        "Only the easiest image of the batch is followed. The objective is the mean over images.",
        _stepped("zero", "back", "step", reduce=torch.min),
    ),
    Mistake(
        "first image",
        "Only the first image of the batch is followed. The objective is the mean over images.",
        _stepped("zero", "back", "step", reduce=lambda losses: losses[0]),
    ),
    Mistake(
        "returned sum",
        "The step is right, but you return the sum of the losses. Their mean is wanted, whatever the batch size.",
        lambda loss_per_image, optimizer, x, eps: (
            _stepped("zero", "back", "step")(loss_per_image, optimizer, x, eps) * len(x)
        ),
    ),
    Mistake(
        "squared loss",
        "You square the losses. They are numbers of nats already; their mean is what falls.",
        _stepped("zero", "back", "step", reduce=lambda losses: (losses**2).mean()),
    ),
    Mistake(
        "log of the loss",
        "You take the logarithm of the mean loss. The loss is a log-probability already.",
        _stepped("zero", "back", "step", reduce=lambda losses: losses.mean().log()),
    ),
    Mistake(
        "no noise",
        "You pass zeros in place of eps. Without noise nothing holds the codes' neighborhoods together.",
        lambda loss_per_image, optimizer, x, eps: _stepped("zero", "back", "step")(
            loss_per_image, optimizer, x, torch.zeros_like(eps)
        ),
    ),
    Mistake(
        "backward twice",
        "You call backward() twice before the step: the gradients add up to twice the right ones.",
        lambda loss_per_image, optimizer, x, eps: (
            _stepped("zero", "back", "step", reduce=lambda losses: 2 * losses.mean())(loss_per_image, optimizer, x, eps)
            / 2
        ),
    ),
    Mistake(
        "a step for each image",
        "You make one step for each image. One for the whole batch is wanted, on its mean loss.",
        _one_by_one,
    ),
    Mistake(
        "two steps, the second loss",
        "You step more than once, or look at the loss after a step. One step is wanted, and the loss before it.",
        _two_steps,
    ),
)
