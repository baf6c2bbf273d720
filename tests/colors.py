"""Colors as eyes see them: contrast as WCAG 2 reckons it, differences in L*a*b*, and readers who lack a kind of cone."""

import torch

# What they see, as a matrix on linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.
SEEN = {
    "all": torch.eye(3).tolist(),
    "no L": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no M": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no S": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
LIGHT, DARK = "#FFFFFF", "#111111"  # JupyterLab's papers


def linear(color: str) -> torch.Tensor:
    """(3,), 0 to 1, from #RRGGBB."""
    c = torch.tensor([int(color[i : i + 2], 16) for i in (1, 3, 5)], dtype=torch.float64) / 255
    return torch.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    y, z = (
        linear(color) @ torch.tensor([0.2126, 0.7152, 0.0722], dtype=torch.float64) + 0.05 for color in (one, other)
    )
    return (max(y, z) / min(y, z)).item()


def lab(rgb: torch.Tensor) -> torch.Tensor:
    """CIE L*a*b* (N, 3) of linear RGB (N, 3)."""
    to_xyz = torch.tensor([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                           [0.0193339, 0.1191920, 0.9503041]], dtype=torch.float64)  # fmt: skip
    f = rgb.clamp(0, 1) @ to_xyz.T / torch.tensor([0.95047, 1.0, 1.08883], dtype=torch.float64)
    f = torch.where(f > 216 / 24389, f ** (1 / 3), (24389 / 27 * f + 16) / 116)
    return torch.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], dim=1)
