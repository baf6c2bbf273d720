"""What a stack of bits codes with: latents cut into buckets, and probabilities rounded alike on every machine."""

import math
from statistics import NormalDist

import numpy as np
from torch import Tensor
from torch.distributions import Distribution

from vae_helpers import objective
from vae_helpers.checks import having
from vae_helpers.coder import Bernoulli, CustomModel, Uniform

# Each latent dimension is cut into buckets of equal mass under P(z) = N(0, 1), so that P(z) is uniform over them.
# z stands for its bucket's median. Finer is not better: constriction gives each bucket a probability of 2^-24 or more,
# so the more there are, the more often Q chooses a z far out in its tail, under which X is dear (mnist-16d: 0.03 % above
# the bound with 2^10 buckets, 0.5 % with 2^14). Coarser ones are too wide for narrow Q (mnist-2d: 0.2 % with 2^8).
BUCKETS = 2**10
EDGES = [-math.inf, *(NormalDist().inv_cdf(k / BUCKETS) for k in range(1, BUCKETS)), math.inf]
CENTERS = np.array([NormalDist().inv_cdf((k + 0.5) / BUCKETS) for k in range(BUCKETS)])

# Sender and receiver must code with the same probabilities to the last bit, or every later symbol comes out wrong. So
# both run the same networks on the same batches, in float64, and round what comes out to multiples of 2^-16. Sums in
# another order, as other threads or processors may take them, change the outputs by about 1e-14 (measured with batches
# cut otherwise). The rounding hides that, unless a number lies so close to the middle between two multiples: by a count,
# in one of 10,000 blobs of 10,000 digits. Then the images' checksum differs, and `decompress` says so.
STEPS = 2**16


def _cdf(edge: float, mu: float, sigma: float) -> float:
    """Q's mass below an edge; constriction counts edges in halves, bucket k lies between k − ½ and k + ½."""
    return 0.5 * math.erfc((mu - EDGES[int(edge + 0.5)]) / (sigma * math.sqrt(2)))


def _quantile(mass: float, mu: float, sigma: float) -> float:
    """Roughly inverts `_cdf`, as a start for constriction's exact search."""
    z = mu + sigma * NormalDist().inv_cdf(min(max(mass, 1e-12), 1 - 1e-12))
    return BUCKETS * NormalDist().cdf(z) - 0.5


PIXELS = having("P(X|z), as model.decode(z) gives it", "base_dist", "mean")
PRIOR, PIXEL = Uniform(BUCKETS), Bernoulli(perfect=False)
POSTERIOR = CustomModel(_cdf, _quantile, 0, BUCKETS - 1)


def rounded(values: Tensor) -> np.ndarray:
    """In STEPS, flat. ValueError for numbers that are not finite."""
    if not values.isfinite().all():
        raise ValueError("the model's outputs contain NaN or infinite values, which give no probabilities to code with")
    return np.round(values.detach().cpu().double().numpy().ravel() * STEPS)


def parameters(q: Distribution) -> tuple[np.ndarray, np.ndarray]:
    """μ and σ of Q, flat, rounded."""
    mu, sigma = objective.mean_and_sigma(q)
    return rounded(mu) / STEPS, rounded(sigma).clip(min=1) / STEPS


def probabilities(p: Distribution) -> np.ndarray:
    """P(pixel = 1|z), flat, rounded, never 0 or 1: then every image can be coded, and no pixel costs more than 16 bits.

    Where a model is surer than that and wrong, as with digits foreign to it, a file is shorter than the bound says.
    """
    return rounded(p.mean).clip(1, STEPS - 1) / STEPS


def buckets_of(z: Tensor) -> np.ndarray:
    """The numbers of the buckets that z lie in, flat."""
    return np.searchsorted(EDGES[1:-1], z.detach().cpu().numpy().ravel()).astype(np.int32)
