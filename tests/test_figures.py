"""The still figures: every file of images/ is drawn by code, at its size."""

from pathlib import Path

from PIL import Image

from vae_helpers import figures

ROOT = Path(__file__).parents[1]


def test_every_image_of_the_course_is_drawn_by_code(tmp_path):
    figures.main(str(tmp_path))
    drawn = {path.name: Image.open(path).size for path in tmp_path.iterdir()}
    kept = {path.name: Image.open(path).size for path in (ROOT / "images").iterdir()}
    assert drawn == kept and len(kept) == len(figures.FIGURES)
    assert all(dpi >= 190 for dpi in Image.open(ROOT / "images" / "vae.png").info["dpi"])  # sharp at twice its size
