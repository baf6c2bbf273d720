"""README's picture: the latent plane in use, in both themes. `python -m tools.front_picture` writes docs/explorer.png."""

import io
from pathlib import Path

from PIL import Image

from tools import lab
from tools.alone import show
from vae_helpers import data, weights
from vae_helpers.widgets import LatentPlane

OUT = Path(__file__).parents[1] / "docs" / "explorer.png"
PLACES = [(-0.9, 1.1), (1.35, -0.6)]  # z under the pointer, in the light theme and in the dark one


def photograph(context, z: tuple[float, float], dark: bool) -> Image.Image:
    """The explorer at z, twice as large as on the page."""
    digits = data.load("mnist")
    plane = LatentPlane(
        weights.load("mnist-2d"), data.binarize(digits.test_images[:1500]), digits.test_labels[:1500], z=z
    )
    page = show(context, plane, dark)
    page.evaluate("document.body.style.margin = '0'; document.getElementById('here').style.padding = '12px'")
    shot = page.locator("#here").screenshot()
    page.close()
    return Image.open(io.BytesIO(shot)).convert("RGB")


def main() -> None:
    with lab.chromium(width=640) as context:
        light, dark = (photograph(context, z, shade) for z, shade in zip(PLACES, (False, True), strict=True))
    both = Image.new("RGB", (light.width + dark.width, max(light.height, dark.height)), "#111111")
    both.paste(light, (0, 0))
    both.paste(dark, (light.width, 0))
    both.quantize(256).save(OUT, optimize=True)
    print(OUT, both.size, f"{OUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
