"""Once through the training images: the loop around the step."""

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb04.one_epoch_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def one_epoch(step, images, batch_size, latent_size):
    """Train on every image once, in an order and with noise that are drawn anew.

    step: called as step(x, eps) for one batch, x (b, pixels) and eps (b, latent_size),
    drawn from N(0, I); it moves the weights and returns the batch's mean loss, ().
    images: (N, pixels). batch_size: images a step; the last batch may be smaller.
    Returns the mean of the loss over the N images, a tensor ().
    Judged besides: what step was called with.
    """
    total = 0.0
    for rows in torch.randperm(len(images)).split(batch_size):
        eps = torch.randn(len(rows), latent_size)
        total += len(rows) * step(images[rows], eps)
    return total / len(images)


class _Step:
    """Keeps what it is called with; answers with the losses it was given, and then with 0."""

    def __init__(self, *losses: float):
        self.losses, self.calls = losses, []

    def __call__(self, x, eps):
        self.calls.append((x.detach().clone(), eps.detach().clone() if isinstance(eps, torch.Tensor) else None))
        number = len(self.calls)
        return torch.tensor(self.losses[number - 1] if number <= len(self.losses) else 0.0)

    def __repr__(self):
        return f"a step that returns {', then '.join(f'{loss:g}' for loss in self.losses)}"


SEEN = "what step was called with"
FACTS = (
    "not every image comes exactly once, as it is",
    "the number of steps is not that of the batches",
    "the images come in the order in which they are stored, in its reverse, or rotated",
    "the same images come together as in the file: only the batches, or each within itself, are shuffled",
    "ε does not have the size (b, latent_size) in every step",
    "some images of a step get the same ε",
    "the latents of an image share their numbers of ε",
    "some steps get the same ε",
    "the mean of ε is not 0",
    "the standard deviation of ε is not 1",
)


def _seen(value, arguments):
    step, images, batch_size, latent_size = arguments
    given = [x for x, _ in step.calls if x.dim() == 2]
    x = torch.cat(given) if given else images[:0]
    sizes_fit = all(eps is not None and eps.shape == (len(x), latent_size) for x, eps in step.calls)
    noise = [eps for _, eps in step.calls if eps is not None and eps.numel()]
    numbers = torch.cat([eps.flatten() for eps in noise] or [images.new_zeros(1)])
    starts = torch.stack([eps.flatten()[0] for eps in noise]) if noise else numbers
    flat = [eps.reshape(len(eps), -1) for eps in noise if eps.dim()]
    many = numbers.numel() > 300 and len(numbers.unique()) > 100  # a few numbers show nothing
    rows = [_rows(one, images) for one, _ in step.calls if one.dim() == 2 and one.shape[1:] == images.shape[1:]]
    order = torch.cat(rows or [torch.arange(0)])
    steps = (order[1:] - order[:-1]) % max(1, len(images))
    stored = {frozenset(part.tolist()) for part in torch.arange(len(images)).split(batch_size)}
    known = (
        len(x) == len(images) and torch.equal(x[x[:, 0].argsort()], images[images[:, 0].argsort()]),
        len(step.calls),
        # Four images may come in their order, or together, by chance.
        len(x) < 10 or not ((steps == 1).all() or (steps == len(images) - 1).all()),
        len(x) < 10 or len(step.calls) == 1 or {frozenset(part.tolist()) for part in rows} != stored,
        sizes_fit,
        all(len(eps[:, 0].unique()) == len(eps) for eps in flat),
        all(len(eps[0].unique()) == eps.shape[1] for eps in flat),
        len(starts.unique()) == len(starts),
        not many or numbers.mean().abs() < 0.25,
        not many or 0.84 < numbers.std() < 1.17,
    )
    return tuple(torch.tensor(float(fact)) for fact in known)


def _anew(runs):
    """The first probe is run first and last; the last two probes before that have as many images."""
    first, again = (run[0].calls for run in (runs[0], runs[-1]))
    if all(torch.equal(a, b) for (_, a), (_, b) in zip(first, again, strict=True)):
        return (
            "Within an epoch all is right. But a second epoch gets the very numbers of the first for ε, as from a seed of its own. "
            "The decoder would learn these few: draw anew in every epoch."
        )
    orders = [_rows(torch.cat([x for x, _ in step.calls]), images) for step, images, *_ in runs[-3:-1]]
    if torch.equal(*orders):
        return (
            "Within an epoch all is right. But a second epoch has the order of the first, as from a seed of its own. "
            "Shuffle anew in every epoch."
        )


def _rows(x, images):
    """Which of the images these are."""
    return (x[:, None] == images).all(dim=2).int().argmax(dim=1)


def _oracle(step, images, batch_size, latent_size):
    sizes = [min(batch_size, len(images) - start) for start in range(0, len(images), batch_size)]
    return torch.tensor(sum(size * loss for size, loss in zip(sizes, step.losses, strict=True)) / len(images))


def _loader(step, images, batch_size, latent_size):
    losses, sizes = [], []
    for (x,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size, shuffle=True):
        losses.append(step(x, torch.randn(x.shape[0], latent_size)))
        sizes.append(x.shape[0])
    return (torch.stack(losses) * torch.tensor(sizes)).sum() / sum(sizes)


EXERCISE = Exercise(
    notebook="04",
    goal="Write the loop around the step: once through all images, shuffled, each with noise of its own.",
    reference=one_epoch,
    oracle=_oracle,
    then="A mean over images does not depend on how they were cut into batches, so that curves of other batch sizes compare.",
    again="the training of section 4.6.",
    effect=_seen,
    effect_name=SEEN,
    facts=FACTS,
    across=_anew,
    hints=(
        "Which images does one step get? How do you see to it that each image comes once, and in another order each "
        "time?",
        "`torch.randperm(N).split(batch_size)` gives row numbers, batch by batch. The last batch may be smaller: its "
        "mean counts for fewer images.",
        "For each batch of rows: `eps = torch.randn(len(rows), latent_size)`; `total += len(rows) * step(images[rows], "
        "eps)`. Return `total / N`.",
    ),
    probes=(
        (_Step(8.0, 2.0), torch.tensor([[1.0], [2.0], [3.0], [4.0]]), 3, 2),
        (_Step(12.0, 8.0, 4.0, 10.0), gaussian(32, 2, seed=71), 9, 20),
        (_Step(6.0, 4.0), gaussian(32, 3, seed=72), 16, 20),
    ),
    alternatives=(_loader,),
    mistakes=MISTAKES,
)
