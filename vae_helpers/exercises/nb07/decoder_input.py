"""What a conditional decoder is given: every draw of z with the y that it belongs to."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def decoder_input(z, y):
    """The decoder's input for several draws of each image's z: z first, then y.

    z: draws, (S, B, L): S for each of B images. y: conditions, (B, C), a row an image.
    Returns (S, B, L + C).
    """
    return torch.cat([z, y.expand(len(z), -1, -1)], dim=2)


def _stacked(z, y):
    return torch.stack([torch.cat([draw, y], dim=1) for draw in z])


def _oracle(z, y):
    draws, images, latents = z.shape
    result = torch.empty(draws, images, latents + y.shape[1])
    for s in range(draws):
        for b in range(images):
            result[s, b, :latents], result[s, b, latents:] = z[s, b], y[b]
    return result


EXERCISE = Exercise(
    notebook="07",
    goal="Condition the decoder: give every draw of $z$ the $y$ that it belongs to.",
    reference=decoder_input,
    alternatives=(_stacked,),
    oracle=_oracle,
    then="That is all that conditioning takes: a network is told y. No formula of the decoder changes.",
    again="the draws below the hints.",
    hints=(
        "`z` has a dimension more than `y`: the draws. All $S$ draws of image $b$ need the same row, `y[b]`.",
        "`y.expand(S, -1, -1)` is `y`, seen $S$ times along a new first dimension, (S, B, C).",
        "`torch.cat` of `z` and the expanded `y` along the last dimension.",
    ),
    probes=(
        (torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]]), torch.tensor([[10.0], [20.0]])),
        (gaussian(3, 4, 2, seed=711), gaussian(4, 5, seed=712)),
        (gaussian(4, 4, 3, seed=713), gaussian(4, 2, seed=714)),
        (gaussian(1, 3, 2, seed=715), gaussian(3, 1, seed=716)),
    ),
    mistakes=(
        Mistake("y first",
                "y comes first and z after it. The decoder was trained with z first.",
                edit=(("dim=2)", "dim=2).roll(y.shape[1], dims=2)"),)),
        Mistake("the first condition for all",
                "Every image gets the condition of the first. Image b needs its own row, y[b].",
                edit=(("y.expand", "y[:1].expand_as(y).expand"),)),
        Mistake("repeat_interleave",
                "The conditions are mixed up: y.repeat_interleave(S, 0) puts S copies of a row one after the other, and after the reshape draw s of image b sits beside another image's y.",
                edit=(("y.expand(len(z), -1, -1)", "y.repeat_interleave(len(z), 0).reshape(len(z), *y.shape)"),)),
        Mistake("flat",
                "Draws and images have become one dimension, (S·B, L + C). Keep them apart: (S, B, L + C).",
                edit=(("dim=2)", "dim=2).flatten(0, 1)"),)),
        Mistake("images first",
                "Your dimensions are (B, S, L + C). The draws come first.",
                edit=(("dim=2)", "dim=2).transpose(0, 1)"),)),
        Mistake("only the first draw",
                "Only the first draw is used. All S are wanted: (S, B, L + C).",
                edit=(("dim=2)", "dim=2)[0]"),)),
        Mistake("averaged",
                "The draws are averaged first. Each goes through the decoder on its own.",
                edit=(("cat([z,", "cat([z.mean(dim=0, keepdim=True),"), ("len(z), -1", "1, -1"), ("dim=2)", "dim=2)[0]"),)),
        Mistake("average of the draws in each",
                "Every draw is replaced by the average of all. Draw s goes in as it is, z[s].",
                edit=(("cat([z,", "cat([z.mean(dim=0, keepdim=True).expand_as(z),"),)),
        Mistake("average of the images in each",
                "The draws are averaged over the images, dimension 1. Each image keeps its own z.",
                edit=(("cat([z,", "cat([z.mean(dim=1, keepdim=True).expand_as(z),"),)),
        Mistake("first draw for all",
                "Every draw is the first one. Draw s goes in as it is, z[s].",
                edit=(("cat([z,", "cat([z[:1].expand_as(z),"),)),
        Mistake("draws mixed up",
                "The z are mixed up: a reshape of z to (B, S, L) does not exchange draws and images, it counts through all rows anew. permute or transpose exchanges them.",
                edit=(("cat([z,", "cat([z.reshape(len(y), len(z), -1).transpose(0, 1),"),)),
        Mistake("draws in reverse",
                "The draws come in reverse order. Draw s goes in at place s.",
                edit=(("cat([z,", "cat([z.flip(0),"),)),
        Mistake("zeros",
                "The places of y hold zeros: the decoder is told nothing.",
                edit=(("y.expand", "(0 * y).expand"),)),
        Mistake("z alone",
                "y is missing: this is an unconditional decoder's input.",
                edit=(("torch.cat([z, y.expand(len(z), -1, -1)], dim=2)", "z * 1"),)),
        Mistake("y alone",
                "z is missing: nothing is left that could vary.",
                edit=(("torch.cat([z, y.expand(len(z), -1, -1)], dim=2)", "y.expand(len(z), -1, -1) * 1"),)),
        Mistake("in reverse",
                "The conditions come in reverse order. Draw z[s, b] belongs to y[b].",
                edit=(("y.expand", "y.flip(0).expand"),)),
        Mistake("the neighbor's condition",
                "Every image gets the condition of the image before it. Image b needs its own row, y[b].",
                edit=(("y.expand", "y.roll(1, 0).expand"),)),
        Mistake("the next condition",
                "Every image gets the condition of the image after it. Image b needs its own row, y[b].",
                edit=(("y.expand", "y.roll(-1, 0).expand"),)),
        Mistake("a condition a draw",
                "The conditions go with the draws: draw s of every image gets y[s]. They go with the images: draw z[s, b] belongs to y[b].",
                edit=(("y.expand(len(z), -1, -1)", "y[torch.arange(len(z)) % len(y)][:, None].expand(-1, len(y), -1)"),)),
        Mistake("added to the latents",
                "y is added to z. Put it beside z: the decoder should see both.",
                edit=(("cat([z,", "cat([z + y.sum(dim=1)[None, :, None],"),)),
        Mistake("conditions averaged",
                "Every image gets the average condition. Image b needs its own row, y[b].",
                edit=(("y.expand", "y.mean(dim=0, keepdim=True).expand_as(y).expand"),)),
    ),
)  # fmt: skip
