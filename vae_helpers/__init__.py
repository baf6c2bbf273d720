"""Reference implementation and helpers of a hands-on course on variational autoencoders.

Randomness enters in one of two ways, and never through torch's global generator. What is a step of a larger computation
takes a `generator: torch.Generator | None`, so that steps can share one: the terms of the formula in `objective` and
`likelihood`, and `data.draw_pixels`. What is whole in itself takes a `seed: int` and gives the same each time: a data
set, a model's first weights, a training run, a measurement, a figure.
"""
