"""What notebook 05 counts of covered digits: how wide and how split P(z|what is left) becomes, and what Q does."""

import torch
from torch import Tensor

from vae_helpers import likelihood, objective
from vae_helpers.widgets import cover_the_digit

POINTS = 121  # of the grid of z along each axis: 1/15 apart
ROW, COLUMN = torch.arange(784) // 28, torch.arange(784) % 28
COVERS = {  # 1 where a pixel is covered, (784,)
    "nothing": ROW < 0,
    "top half": ROW < 14,
    "three quarters": (ROW < 14) | (COLUMN >= 14),
}


def peaks(density: Tensor) -> Tensor:
    """How many peaks stand on each plane, (B, 121, 121): a quarter or more from higher points, a twentieth of the top or more."""
    highest = torch.nn.functional.max_pool2d(density[:, None], 9, stride=1, padding=4)[:, 0]
    tops = (density == highest) & (density >= density.amax(dim=(1, 2), keepdim=True) / 20)
    return tops.flatten(1).sum(dim=1)


@torch.no_grad()
def cover_table(model, x: Tensor) -> list[dict]:
    """For each way to cover the digits x (B, 784), means over them: of sds, of Q's hold on the posterior, of its peaks."""
    z = cover_the_digit.grid(POINTS)
    lefts = {name: (~covered).float() for name, covered in COVERS.items()}  # (784,)
    log_p = {name: [] for name in COVERS}  # log P(what is left|z), (B, G) in parts
    for part in z.split(likelihood.AT_ONCE):
        logits = model.decoder(part)  # (G, 784), of this part
        paper = -torch.nn.functional.softplus(logits)  # log P(Xᵢ = 0|z)
        for name, left in lefts.items():
            log_p[name].append((x * left) @ logits.T + paper @ left)
    rows, log_prior = [], model.prior.log_prob(z)  # (G,)
    for name, left in lefts.items():
        posterior = (torch.cat(log_p[name], dim=1) + log_prior).softmax(dim=1)
        mean = posterior @ z
        variance = (posterior @ z**2 - mean**2).mean(dim=1).clamp(min=0)
        mu, sigma = objective.mean_and_sigma(model.encode(x * left))
        far = ((z - mu[:, None]) / sigma[:, None]).square().sum(dim=2)  # (B, G)
        rows.append({
            "cover": name, "posterior": variance.sqrt().mean().item(), "q": sigma.square().mean(dim=1).sqrt().mean().item(),
            "held": (posterior * (far <= 4)).sum(dim=1).mean().item(),
            "peaks": peaks(posterior.reshape(-1, POINTS, POINTS)).float().mean().item(),
        })  # fmt: skip
    return rows


def cover_in_words(model, x: Tensor) -> str:
    """The table as text."""
    lines = [f"{'covered':16}{'sd of P(z|left)':>16}{'peaks':>8}{'sd of Q':>10}   of P(z|left) within 2 sd of Q"]
    for row in cover_table(model, x):
        lines.append(
            f"{row['cover']:16}{row['posterior']:16.3f}{row['peaks']:8.2f}{row['q']:10.3f}   {row['held']:4.0%}"
        )
    return "\n".join([*lines, f"means over {len(x)} digits; were Q the posterior, the last column would say 86%"])
