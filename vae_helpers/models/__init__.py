"""The models of the course, each a pair of conditional distributions: P(X|z), the decoder, and Q(z|X), the encoder.

Notebook 01 motivates the decoder, notebook 02 the encoder, notebook 04 has the learner write both, and notebook 07 lets
both depend on something that is known. What every other room asks of a model is `Model`.
"""

from vae_helpers.contract import Generative, Model, check_images
from vae_helpers.models.conditional import ConditionalVAE
from vae_helpers.models.linear_gaussian import LinearGaussian
from vae_helpers.models.vae import VAE, diagonal_gaussian, mlp
from vae_helpers.one_dimension import Curve

__all__ = [
    "VAE",
    "ConditionalVAE",
    "Curve",
    "Generative",
    "LinearGaussian",
    "Model",
    "check_images",
    "diagonal_gaussian",
    "mlp",
]
