"""What notebook 06 says of bills: which pixels of a digit cost bits, and what a blank page costs beside digits."""

import math

import torch
from torch import Tensor

from vae_helpers import likelihood
from vae_helpers.beyond import full_covariance
from vae_helpers.widgets.itemized_bill import bits, file_bits


def beside_an_edge(x: Tensor) -> Tensor:
    """For pictures (B, 784) of 0 and 1: which pixels have one of the other color next to them, (B, 784)."""
    picture = x.reshape(-1, 28, 28)
    found = torch.zeros_like(picture, dtype=torch.bool)
    for axis in (1, 2):
        first, second = picture.narrow(axis, 0, 27), picture.narrow(axis, 1, 27)
        found.narrow(axis, 0, 27).logical_or_(first != second)
        found.narrow(axis, 1, 27).logical_or_(first != second)
    return found.flatten(1)


def blank_in_words(models: dict, x: Tensor) -> str:
    """The bills of digits (B, 784) and of a blank page under each model, {name: VAE}, and what gzip takes; what the page
    costs under P(X) itself, all z counted; where a digit's bits lie."""
    page, lines = torch.zeros(1, 784), []

    def line(name: str, digits: Tensor, blank: float, own: str = "") -> None:
        share = (digits > blank).float().mean()
        lines.append(f"{name:12}{digits.mean():8.1f}  {blank:10.1f}   {share:20.0%}   {own:>13}".rstrip())

    for name, model in models.items():
        pixels, latents = bits(model, x)
        by_all_z = likelihood.quadrature if model.latent_size <= 2 else full_covariance.log_p_x
        own = f"{-by_all_z(model, page).item() / math.log(2):.1f}"
        line(name, pixels.sum(dim=1) + latents.sum(dim=1), sum(part.sum().item() for part in bits(model, page)), own)
    line("gzip", torch.tensor([file_bits(image)[0] for image in x]).float(), file_bits(page[0])[0])
    edge = beside_an_edge(x)
    share, part = (pixels * edge).sum() / pixels.sum(), edge.float().mean()
    return "\n".join([
        f"{'bits':12}{'digits':>8}  {'blank page':>10}   {'digits that cost more':>20}   −log₂ P(page)", *lines,
        f"{part:.0%} of a digit's pixels lie beside an edge; they carry {share:.0%} of its pixel bits ({name}).",
    ])  # fmt: skip
