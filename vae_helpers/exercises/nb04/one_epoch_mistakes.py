"""The known mistakes of `one_epoch`."""

import torch

from vae_helpers.exercises.engine import Mistake


def _varied(
    order=torch.randperm,
    noise=torch.randn,
    weigh=lambda size: size,
    divide=lambda total, images, calls: total / len(images),
    batches=lambda rows, size: rows.split(size),
):
    """An epoch with one part of another kind."""

    def code(step, images, batch_size, latent_size):
        total, calls = torch.tensor(0.0), 0
        for rows in batches(order(len(images)), batch_size):
            total = total + weigh(len(rows)) * step(images[rows], noise(len(rows), latent_size))
            calls += 1
        return divide(total, images, calls)

    return code


def _same_noise(step, images, batch_size, latent_size):
    eps = torch.randn(batch_size, latent_size)
    order = torch.randperm(len(images)).split(batch_size)
    return sum(len(rows) * step(images[rows], eps[: len(rows)]) for rows in order) / len(images)


def _long_noise(step, images, batch_size, latent_size):
    order = torch.randperm(len(images)).split(batch_size)
    return sum(len(r) * step(images[r], torch.randn(batch_size, latent_size)) for r in order) / len(images)


def _weighted_by_batch_size(step, images, batch_size, latent_size):
    return _varied(weigh=lambda size: batch_size)(step, images, batch_size, latent_size)


def _divided_by_batch_size(step, images, batch_size, latent_size):
    divide = lambda total, images, calls: total / batch_size  # noqa: E731
    return _varied(weigh=lambda size: 1, divide=divide)(step, images, batch_size, latent_size)


def _last(step, images, batch_size, latent_size):
    for rows in torch.randperm(len(images)).split(batch_size):
        loss = step(images[rows], torch.randn(len(rows), latent_size))
    return loss


MISTAKES = (
    Mistake(
        "not shuffled",
        "The images come in the order in which they are stored, or in its reverse. Shuffle them anew in every epoch: batches of one kind "
        "of digit would pull the weights to and fro.",
        _varied(order=torch.arange),
    ),
    Mistake(
        "the same noise",
        "Every batch gets the same noise. Draw ε anew for every step, or the decoder learns those few numbers.",
        _same_noise,
    ),
    Mistake(
        "one ε for a batch",
        "ε does not have the size (b, latent_size): a row for each image of the batch, with a number for each latent.",
        _varied(noise=lambda size, latents: torch.randn(latents)),
    ),
    Mistake(
        "one ε repeated",
        "Every image of a batch gets the same ε. Each needs noise of its own.",
        _varied(noise=lambda size, latents: torch.randn(1, latents).expand(size, latents)),
    ),
    Mistake(
        "batch_size rows of ε",
        "ε has batch_size rows in every call, also in the last, smaller one. It needs as many rows as x.",
        _long_noise,
    ),
    Mistake(
        "weighted by batch_size",
        "You weight every batch by batch_size. The last one is smaller: weight it by the images that it holds.",
        _weighted_by_batch_size,
    ),
    Mistake(
        "divided by batch_size",
        "You divide the sum of the batches' means by batch_size. Weight each mean by its batch's size, and divide by N.",
        _divided_by_batch_size,
    ),
    Mistake(
        "chunk for split",
        "chunk(n) makes n batches; split(n) makes batches of n images.",
        _varied(batches=lambda rows, size: rows.chunk(size)),
    ),
    Mistake(
        "uniform noise",
        "Your noise is not from N(0, 1): torch.rand is even between 0 and 1. torch.randn is normal.",
        _varied(noise=torch.rand),
    ),
    Mistake(
        "no noise",
        "ε is 0 throughout: an autoencoder is trained, and σ never felt.",
        _varied(noise=torch.zeros),
    ),
    Mistake(
        "mean of means",
        "You average the batches' means. The last batch is smaller and counts for fewer images: weight each mean by "
        "the size of its batch.",
        _varied(weigh=lambda size: 1, divide=lambda total, images, calls: total / calls),
    ),
    Mistake(
        "sum over the images",
        "You return the sum over all images. Divide by their number N.",
        _varied(divide=lambda total, images, calls: total),
    ),
    Mistake(
        "sum of means",
        "You add up the batches' means. Weight each by its batch's size, and divide by the number of images.",
        _varied(weigh=lambda size: 1, divide=lambda total, images, calls: total),
    ),
    Mistake(
        "sum of means by N",
        "You divide the sum of the batches' means by the number of images. Each mean stands for as many images as its "
        "batch holds: weight it by that.",
        _varied(weigh=lambda size: 1),
    ),
    Mistake(
        "divided by the batches",
        "You divide by the number of batches. Each loss is weighted by its batch's size already: divide by the number "
        "of images.",
        _varied(divide=lambda total, images, calls: total / calls),
    ),
    Mistake(
        "last loss",
        "You return the last batch's loss. The mean over all N images is wanted.",
        _last,
    ),
    Mistake(
        "last batch dropped",
        "The last, smaller batch is dropped: some images are not trained on.",
        _varied(batches=lambda rows, size: [b for b in rows.split(size) if len(b) == size]),
    ),
    Mistake(
        "only the first batch",
        "Only one batch is trained on. An epoch is all of them.",
        _varied(batches=lambda rows, size: rows.split(size)[:1]),
    ),
    Mistake(
        "image by image",
        "You call step for every image. One call for each batch of batch_size images.",
        _varied(batches=lambda rows, size: rows.split(1)),
    ),
    Mistake(
        "all at once",
        "You call step once, with all images. Cut them into batches of batch_size.",
        _varied(batches=lambda rows, size: [rows]),
    ),
    Mistake(
        "drawn with replacement",
        "Some images come twice and others not at all: torch.randint draws with replacement. torch.randperm shuffles.",
        _varied(order=lambda n: torch.randint(n, (n,))),
    ),
    Mistake(
        "drawn batch by batch",
        "Each batch is drawn by itself, with replacement: some images come twice and others not at all, and the last batch is as large "
        "as the others. torch.randperm(N).split(batch_size) gives every image once.",
        _varied(
            order=lambda n: torch.arange(n),
            batches=lambda rows, size: [torch.randint(len(rows), (size,)) for _ in range(-(-len(rows) // size))],
            divide=lambda total, images, calls: total / calls,
            weigh=lambda size: 1,
        ),
    ),
    Mistake(
        "last batch dropped, mean of means",
        "Two things. The last, smaller batch is dropped, so some images are not trained on. And the batches' means are averaged alike.",
        _varied(
            batches=lambda rows, size: [batch for batch in rows.split(size) if len(batch) == size],
            weigh=lambda size: 1,
            divide=lambda total, images, calls: total / calls,
        ),
    ),
    Mistake(
        "x and ε exchanged",
        "step gets ε first and the images second. It is step(x, eps).",
        edit=(("step(images[rows], eps)", "step(eps, images[rows])"),),
    ),
)
