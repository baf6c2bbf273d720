"""The step that every training loop repeats."""

import torch
from torch import Tensor, nn

from vae_helpers.exercises.engine import Exercise, Late
from vae_helpers.exercises.nb04.training_step_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def training_step(loss_per_image, optimizer, x, eps):
    """One step of the optimizer on the mean loss of a batch.

    loss_per_image: called as loss_per_image(x, eps), gives (B,). optimizer: holds the
    parameters to change. x: images, (B, pixels). eps: noise, (B, L).
    Returns the mean loss before the step, a tensor () without its graph.
    Judged besides: the parameters after the step.
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


def _by_hand_cleared(loss_per_image, optimizer, x, eps):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    losses = loss_per_image(x, eps)
    losses.mean().backward()
    optimizer.step()
    return losses.detach().mean()


def _small_probe():
    """W = 1, rows 2 and 1, no noise: losses 4 and 1, gradient 5."""
    model = _Line(torch.tensor([[1.0]]))
    return model, _Descent(model.parameters(), lr=0.1), torch.tensor([[2.0], [1.0]]), torch.tensor([[0.0], [0.0]])


def _step_probe(b, d, size, seed, **settings):
    model = _Line(gaussian(size, d, seed=seed))
    return (
        model,
        _Descent(model.parameters(), lr=0.1, **settings),
        gaussian(b, d, seed=seed + 1),
        gaussian(b, size, seed=seed + 2),
    )


def _probes():
    by_hand = _step_probe(4, 3, 2, 44, momentum=0.9, nesterov=True)  # whoever moves the weights by hand is told apart
    return _small_probe(), by_hand


def _weights_after(_, arguments):
    return (arguments[0].weight.detach().clone(),)


def _oracle(loss_per_image, _, x, eps):
    return ((x @ loss_per_image.weight.detach().T - eps) ** 2).sum() / len(x)


EXERCISE = Exercise(
    notebook="04",
    goal="Write the step that every training loop repeats.",
    reference=training_step,
    oracle=_oracle,
    then="These four lines stand inside every training loop that you will read.",
    again="the training of section 4.6.",
    effect=_weights_after,
    effect_name="the weights after the step",
    hints=(
        "Four things: reduce the losses to one number, clear old gradients, compute new ones, move the parameters.",
        "`optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`, in this order; `backward` adds to what is "
        "there.",
        "`loss = loss_per_image(x, eps).mean()`, then the three calls, then `return loss.detach()`.",
    ),
    probes=Late(_probes),
    alternatives=(_by_hand_cleared,),
    mistakes=MISTAKES,
)
