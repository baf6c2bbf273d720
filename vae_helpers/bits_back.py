"""Lossless compression of black-and-white images with a VAE: bits-back coding with a stack of bits.

A stack coder (ANS) turns a symbol of probability P into −log₂ P bits on top of its stack, and a stack of random bits
into a random symbol, for as many bits. Townsend, Bird and Barber 2019 (arXiv 1901.04866) code an image X in three steps:

1. pop z under Q(z|X): the bits on the stack choose z, which shrinks the stack by −log₂ Q(z|X);
2. push X under P(X|z);
3. push z under P(z).

The receiver undoes them in reverse, and the last one hands the bits of step 1 back. So an image costs, on average over
z, E_Q[log₂ Q(z|X) − log₂ P(X|z) − log₂ P(z)] bits: minus the bound of equation (5), in bits instead of nats.
Notebook 06 walks one image through a `Stack`; `compress` and `decompress` take the same steps with many at a time.
"""

import bz2
import copy
import gzip
import io
import itertools
import json
import lzma
import math
import struct
import zlib

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vae_helpers import storage
from vae_helpers.checks import a, takes
from vae_helpers.contract import check_images
from vae_helpers.models import VAE
from vae_helpers.stack import BUCKETS, CUSHION, Stack

__all__ = ["BUCKETS", "CUSHION", "Stack", "baselines", "compress", "decompress"]

MAGIC, VERSION = b"VAEz", 1
HEADER = struct.Struct("<4sB3I")  # magic, version, checksum of the model, number of images, their checksum
LARGEST_BATCH = 200
DIFFERENT = "the images did not come out as they went in: this machine rounds the networks differently"
MOST = 10**7  # images in a blob


def _batches(count: int) -> list[slice]:
    """Batches that grow with what is on the stack.

    A batch pops all its z before it pushes anything, and what the stack does not hold must be borrowed. So the first
    holds one image, and each later one an eighth as many as were coded before it, whose bits pay for its z.
    """
    starts = [0]
    while starts[-1] < count:
        starts.append(min(count, starts[-1] + max(1, min(LARGEST_BATCH, starts[-1] // 8))))
    return [slice(start, end) for start, end in itertools.pairwise(starts)]


def _exact(model: VAE) -> tuple[VAE, int]:
    """The model in float64 on the CPU, and a checksum of its sizes and weights."""
    if not isinstance(model, VAE) or model.likelihood != "bernoulli":
        kind = f"a {model.likelihood} one" if isinstance(model, VAE) else type(model).__name__
        raise ValueError(f"bits-back coding here takes a VAE with a Bernoulli likelihood, not {kind}")
    model = copy.deepcopy(model).cpu().double()
    weights = storage.checksum(model.state_dict())
    return model, zlib.crc32(json.dumps(model.config, sort_keys=True).encode(), weights)


def _checksum(x: Tensor) -> int:
    return zlib.crc32(np.packbits(x.numpy().astype(np.uint8), axis=1).tobytes())


@torch.no_grad()
def compress(model: VAE, images: Tensor) -> bytes:
    """A blob from which `decompress`, with the same model, gets the images back exactly.

    Args:
        model: a VAE with a Bernoulli likelihood.
        images: (N, D), every pixel exactly 0 or 1.
    Returns:
        17 bytes that say what it is, the stack, and a checksum of both; about −bound/ln 2 bits an image.
    Raises:
        ValueError: for another model, gray images, or others that the model cannot take.
    """
    model, fingerprint = _exact(model)
    check_images(images, model.data_size, getattr(images, "dtype", None))
    if len(images) > MOST:
        raise ValueError(f"a blob holds at most {MOST:,} images, not {len(images):,}")
    x, stack = images.detach().cpu().double(), Stack()
    for rows in _batches(len(x)):
        z = stack.pop_z(model.encode(x[rows]))
        stack.push_x(model.decode(z), x[rows])
        stack.push_z(z)
    blob = HEADER.pack(MAGIC, VERSION, fingerprint, len(x), _checksum(x)) + stack.to_bytes()
    return blob + zlib.crc32(blob).to_bytes(4, "little")


@torch.no_grad()
def decompress(model: VAE, blob: bytes) -> Tensor:
    """The images that `compress` was given, (N, D) float32.

    Raises:
        ValueError: for a blob that is none, was altered or cut short, or is from another model or a newer course; and if
            the images do not come out as they went in. Wrong images are never returned.
    """
    model, fingerprint = _exact(model)
    if not isinstance(blob, (bytes, bytearray)):
        raise ValueError(f"decompress takes the bytes that compress returned, not {type(blob).__name__}")
    if len(blob) < HEADER.size + 4 or blob[: len(MAGIC)] != MAGIC:
        raise ValueError("these bytes were not written by bits_back.compress, or their beginning is damaged")
    _, version, expected_model, count, expected_images = HEADER.unpack_from(blob)
    if version != VERSION:
        raise ValueError(f"this blob has format version {version}, and this course reads {VERSION}; update the course")
    if zlib.crc32(blob[:-4]).to_bytes(4, "little") != blob[-4:]:
        raise ValueError("this blob was altered or cut short: its checksum differs")
    if fingerprint != expected_model:
        raise ValueError("this blob was written with another model; decompress with the weights that compressed it")
    if not 1 <= count <= MOST:
        raise ValueError(f"this blob says that it holds {count:,} images, which none that compress returned can")
    stack, parts = Stack.from_bytes(bytes(blob[HEADER.size : -4])), []
    for rows in reversed(_batches(count)):
        try:
            z = stack.unpush_z(rows.stop - rows.start, model.latent_size)
            x = stack.unpush_x(model.decode(z))
        except ValueError as problem:
            raise ValueError(f"{DIFFERENT}, or the blob was forged ({problem})") from None
        stack.unpop_z(model.encode(x), z)
        parts.append(x)
    images = torch.cat(parts[::-1])
    if _checksum(images) != expected_images:
        raise ValueError(DIFFERENT)
    return images.float()


@takes(images=a(Tensor, "a tensor of images"))
def baselines(images: Tensor) -> dict[str, float]:
    """Bits per pixel of black-and-white 28×28 images (N, 784) under the usual lossless compressors.

    gzip, bz2 and xz, each at its strongest, get all images in one piece, 8 pixels to a byte. PNG and WebP get one mosaic
    of all images: a file for each would consist mostly of its header.

    Raises:
        ValueError: for images of another shape, or gray ones.
    """
    if (
        images.shape[1:] != (784,)
        or images.is_complex()
        or len(images) == 0
        or not ((images == 0) | (images == 1)).all()
    ):
        raise ValueError(f"images must be (N, 784), every pixel exactly 0 or 1, not {tuple(images.shape)} or gray")
    pixels = images.cpu().numpy().astype(np.uint8).reshape(-1, 28, 28)
    packed = np.packbits(pixels.reshape(-1, 784), axis=1).tobytes()
    side = math.ceil(math.sqrt(len(pixels)))
    mosaic = np.zeros((side * side, 28, 28), np.uint8)
    mosaic[: len(pixels)] = pixels
    mosaic = mosaic.reshape(side, side, 28, 28).swapaxes(1, 2).reshape(28 * side, 28 * side)

    sizes = {"gzip": len(gzip.compress(packed, 9)), "bz2": len(bz2.compress(packed, 9))}
    sizes["xz"] = len(lzma.compress(packed, preset=9 | lzma.PRESET_EXTREME))
    for format, mode, setting in (("PNG", "1", "optimize"), ("WebP", "L", "lossless")):  # WebP has no 1-bit mode
        file = io.BytesIO()
        Image.fromarray(255 * mosaic).convert(mode).save(file, format, **{setting: True})
        sizes[f"{format}, one mosaic"] = file.tell()
    return {name: 8 * count / pixels.size for name, count in sizes.items()}
