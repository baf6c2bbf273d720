"""Where a grid of latents must be fine: what `likelihood.quadrature` asks between two levels."""

import torch
from torch import Tensor

from vae_helpers.contract import Generative


def bend_at(model: Generative, x: Tensor, z: Tensor, spacing: float) -> Tensor:
    """−spacing² × the Laplacian of log P(X, z) at one z (B, L) for each image (B, D), by differences, (B,)."""
    steps = spacing * torch.eye(model.latent_size, dtype=z.dtype, device=z.device)[:, None]  # (L, 1, L)
    around = torch.cat([z[None], z + steps, z - steps])  # (1 + 2L, B, L)
    log_p = model.decode(around).log_prob(x) + model.prior.log_prob(around)  # (1 + 2L, B)
    return 2 * model.latent_size * log_p[0] - log_p[1:].sum(dim=0)


def refined(kept: Tensor, points: int) -> Tensor:
    """Of a grid of half the spacing, `points` a side, those within one old spacing of the indices `kept`: (G, L)."""
    size = kept.shape[1]
    reach = torch.cartesian_prod(*[torch.arange(-2, 3, device=kept.device)] * size).reshape(-1, size)
    near = (2 * kept[:, None] + reach).flatten(0, 1)
    near = near[((near >= 0) & (near < points)).all(dim=1)]
    one = torch.tensor([points**k for k in range(size - 1, -1, -1)], device=kept.device)
    numbers = (near * one).sum(dim=1).unique()  # each point once, in the order of the grid
    return numbers[:, None] // one % points
