"""A folder of pictures as one tensor: any size, color or gray; what cannot be used is named, skipped and counted.

Only the decoders of the formats in `ENDINGS` are ever asked, and none of them runs what a file says.
"""

import os
import stat
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageOps
from torch import Tensor

from vae_helpers.checks import flag, floats, named, path, share, takes, whole

ENDINGS = {
    ".png": ("PNG",), ".jpg": ("JPEG", "MPO"), ".jpeg": ("JPEG", "MPO"), ".gif": ("GIF",), ".bmp": ("BMP",),
    ".webp": ("WEBP",), ".tif": ("TIFF",), ".tiff": ("TIFF",), ".pgm": ("PPM",), ".ppm": ("PPM",),
}  # fmt: skip
FORMATS = sorted({names[0] for names in ENDINGS.values()})  # an MPO opens as the JPEG that it begins with
TOO_MANY_PIXELS = 100_000_000
NAMED = 20  # skipped files and remarks that are printed; the rest is counted
TILE = 56  # pixels of a picture's side in a contact sheet, at least


class _Unusable(Exception):
    """A file that is skipped, and why."""


@dataclass(frozen=True)
class Pictures:
    """What `load` found.

    Attributes:
        images: (N, D) float32 in [0, 1]; D = side², or 3·side² in color, channels last.
        files: the N pictures' names within the folder, in the order of `images`.
        skipped: why each file that gave no picture gave none, by name.
        remarks: what is worth knowing of files that were read, by name.
        listed: how many files the whole folder holds.
        listing: checksum of all their names.
    """

    images: Tensor
    files: tuple[str, ...]
    skipped: dict[str, str]
    remarks: dict[str, str]
    listed: int
    listing: int

    def __str__(self) -> str:
        lines = [f"{len(self.images):,} pictures read, {len(self.skipped):,} files skipped"]
        told = [f"    skipped {name!r}: {why}" for name, why in self.skipped.items()]
        told += [f"    {name!r}: {remark}" for name, remark in self.remarks.items()]
        more = [f"    and {len(told) - NAMED:,} more"] if len(told) > NAMED else []
        return "\n".join(lines + told[:NAMED] + more)


@takes(folder=path, side=whole(high=10_000), color=flag, ink=flag, part=share)
def load(
    folder: str | os.PathLike, side: int = 28, color: bool = False, ink: bool = False, part: tuple[int, int] = (0, 1)
) -> Pictures:
    """Every picture in a folder and the folders in it, in the order of their names.

    A picture is turned as its camera says, laid on white where it is transparent, cut to a square around its center
    and resized. Names that begin with a dot are passed over.

    Args:
        folder: where to look.
        side: pixels along each side of the square.
        color: red, green and blue, in place of gray.
        ink: 1 = dark, as in the course's digits; otherwise 1 = bright.
        part: (k, n): only the k-th of n parts of the files, counted from 0, is opened.
    Returns:
        Pictures. A part may hold none.
    Raises:
        ValueError: if there is no such folder or, asked for whole, no picture in it; it says what was looked for.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder" if folder.exists() else f"there is no folder {folder}")
    k, n = part
    names, skipped = _listed(folder)
    listed, listing = len(names), zlib.crc32("\0".join(names).encode("utf-8", "surrogateescape"))
    names = names[k * listed // n : (k + 1) * listed // n]
    skipped, remarks, pixels = skipped if k == 0 else {}, {}, {}
    for name in names:
        try:
            pixels[name], remark = _read(folder / name, side, color)
            remarks |= {name: remark} if remark else {}
        except _Unusable as why:
            skipped[name] = str(why)
    size = side * side * (3 if color else 1)
    images = torch.from_numpy(np.stack([*pixels.values()]) if pixels else np.zeros((0, size), np.uint8)).float() / 255
    found = Pictures(1 - images if ink else images, tuple(pixels), skipped, remarks, listed, listing)
    if n == 1 and not pixels:
        raise ValueError(none_in(folder, listed, found))
    return found


def none_in(folder: Path, listed: int, found: Pictures) -> str:
    """The line about a folder without pictures: what was looked for, and what became of the files there were."""
    first = "".join(f"; {name!r} {why}" for name, why in list(found.skipped.items())[:3])
    return f"no picture in {folder}: looked for {', '.join(ENDINGS)}, among {listed:,} files there{first}"


def _listed(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Names within the folder, sorted, and the folders that could not be looked into."""
    closed: dict[str, str] = {}

    def refused(problem: OSError) -> None:
        closed[os.path.relpath(problem.filename, folder)] = f"this folder may not be read ({problem.strerror})"

    names = []
    for place, inner, files in os.walk(folder, onerror=refused):
        inner[:] = [name for name in inner if not name.startswith(".")]
        names += [(Path(place) / name).relative_to(folder).as_posix() for name in files if name[0] != "."]
    return sorted(names), closed


def _read(path: Path, side: int, color: bool) -> tuple[np.ndarray, str]:
    """A picture's bytes (D,), and a remark or "".

    Raises:
        _Unusable: for whatever reason.
    """
    if path.suffix.lower() not in ENDINGS:
        raise _Unusable(f"its name does not end as a picture's does, but in {path.suffix!r}")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _Unusable("is no plain file")
        if status.st_size == 0:
            raise _Unusable("is empty: 0 bytes")
        with warnings.catch_warnings():  # the size in the header is looked at here, before anything is decoded
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as picture:
                remark = _looked_at(path, picture)
                return _pixels(picture, side, color), remark
    except _Unusable:
        raise
    except FileNotFoundError:
        raise _Unusable("is no longer there") from None
    except Image.UnidentifiedImageError:
        raise _Unusable("is not a picture, whatever its name says") from None
    except Image.DecompressionBombError:
        raise _Unusable("has more than 100 megapixels") from None
    except Exception as problem:  # decoders of ten formats, on bytes from anywhere: each has errors of its own
        known = isinstance(problem, OSError) and problem.strerror
        why = f"may not be read ({problem.strerror})" if known else f"is damaged ({type(problem).__name__}: {problem})"
        raise _Unusable(why) from None


def _looked_at(path: Path, picture: Image.Image) -> str:
    """What the header says that is worth a remark, or reason enough not to decode."""
    width, height = picture.size
    if width * height >= TOO_MANY_PIXELS:
        raise _Unusable(
            f"has {width * height / 1e6:,.0f} megapixels ({width}×{height}); only less than 100 are decoded"
        )
    if picture.format not in ENDINGS[path.suffix.lower()]:
        raise _Unusable(f"has the wrong ending: it holds a {picture.format}, not what {path.suffix!r} says; rename it")
    if picture.mode in ("I", "F"):
        raise _Unusable(f"holds numbers (mode {picture.mode!r}) of which none is known to be white")
    frames = getattr(picture, "n_frames", 1)
    many = frames > 1 and picture.format != "MPO"  # an MPO is a camera's JPEG with previews behind it
    return f"has {frames} frames; the first is taken" if many else ""


def _pixels(picture: Image.Image, side: int, color: bool) -> np.ndarray:
    """The present frame as a square of bytes, (D,)."""
    mode = "RGB" if color else "L"
    picture.draft(mode, (2 * side, 2 * side))  # a JPEG need not be decoded much finer than it will be shown
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(ImageOps.fit(picture.convert(mode), (side, side))).reshape(-1)


@takes(rows=named, side=whole(high=10_000), color=flag, ink=flag)
def sheet(rows: dict[str, Tensor], side: int, color: bool = False, ink: bool = False) -> Image.Image:
    """A contact sheet: rows of pictures (n, D) as `load` gives them, each under its name."""
    step, line, gap = -(-TILE // side) * side + 4, 14, 6
    width = max(step * max(map(len, rows.values())) + 4, *(6 * len(name) + 12 for name in rows))
    board = Image.new("RGB", (width, len(rows) * (line + step + gap)), "white")
    for row, (name, images) in enumerate(rows.items()):
        floats("(n, D)")("rows", images, {"D": side * side * (3 if color else 1)})
        top = row * (line + step + gap)
        ImageDraw.Draw(board).text((4, top + 2), name, fill="black")
        bright = (1 - images if ink else images).detach().cpu().clamp(0, 1).mul(255).round().to(torch.uint8)
        for column, image in enumerate(bright.reshape(-1, side, side, *([3] if color else [])).numpy()):
            tile = Image.fromarray(image).resize((step - 4,) * 2, Image.Resampling.NEAREST)
            board.paste(tile, (4 + column * step, top + line))
    return board
