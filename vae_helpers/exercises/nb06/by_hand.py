"""Questions by hand of notebook 06: bits, and free ones."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="net_bits",
        text=(
            "At the z that was popped, log Q(z|X) = {log_q}, log P(X|z) = {log_p_x_given_z} and log P(z) = {log_p_z}, "
            "in nats. By how many bits does the stack grow? (log 2 = {log_2})"
        ),
        arguments={
            "log_q": torch.tensor([1.0]),
            "log_p_x_given_z": torch.tensor([-60.0]),
            "log_p_z": torch.tensor([-4.0]),
        },
        then="In code each image of a batch gets such a number, and real stacks are held against it.",
        unit="bits",
        decimals=1,
    ),
    ByHand(
        name="bits_per_pixel",
        text=(
            "Images of {pixels} pixels have the bounds {elbo}, in nats. How many bits does a pixel take, on average? "
            "(log 2 = {log_2})"
        ),
        arguments={"elbo": torch.tensor([-90.0, -110.0]), "pixels": 784},
        then="The code takes any number of images of any size.",
        unit="bits",
        decimals=3,
    ),
    ByHand(
        name="free_bits_kl",
        text=(
            "Each row of {kl} is an image, each column a latent: what it spends, in nats. The floor is {floor}. How "
            "large is the KL term with free bits?"
        ),
        arguments={"kl": torch.tensor([[0.2, 2.0], [0.5, 0.2]]), "floor": 0.8},
        then="In code gradients must reach what lies above the floor.",
    ),
)
