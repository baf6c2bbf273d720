"""A stack of bits, onto which a VAE puts images and latents and off which it takes them: what bits-back coding moves.

The coder underneath is constriction's ANS (asymmetric numeral systems). Notebook 06 walks one image through a `Stack`.
"""

import copy
import math
import zlib

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution

from vae_helpers.buckets import (
    BUCKETS,
    CENTERS,
    PIXEL,
    PIXELS,
    POSTERIOR,
    PRIOR,
    buckets_of,
    parameters,
    probabilities,
)  # fmt: skip
from vae_helpers.checks import a, diagonal, floats, takes, whole
from vae_helpers.coder import AnsCoder

# Below a text lies a cushion of random words, the same for every text: the digits that are drawn of its last bits take
# some of them as well, and drawing the first digit needs more bits at once than a short text has.
CUSHION = 24  # words


class Stack:
    """A stack of bits. Latents and images are popped off it and pushed onto it; each verb has one that undoes it.

    Args:
        words: how many random words of 32 bits lie on it from the start, 2 or more.
        seed: fixes them, and those borrowed later.

    Attributes:
        borrowed: random bits put under the stack so far because there was too little on it to pop.
    """

    @takes(words=whole(2), seed=whole(0, 2**63))
    def __init__(self, words: int = 2, seed: int = 0):
        self._random, self.borrowed = np.random.default_rng(seed), 0
        self._coder = AnsCoder(self._lent(words))

    @property
    def bits(self) -> float:
        """Bits on the stack; the top word counts by its logarithm, so that every push and pop shows exactly."""
        words, top = self._coder.pos()
        return 32 * words + math.log2(top)

    @takes(q=diagonal)
    def pop_z(self, q: Distribution) -> Tensor:
        """Take latents z ~ Q off the stack: (B, L), float64, each the center of its bucket."""
        mu, sigma = parameters(q)
        while True:
            coder = self._coder.clone()
            buckets = coder.decode(POSTERIOR, mu, sigma)
            # A coder that has touched bottom keeps fewer than 2 words. It goes on as if there were zeros below, which
            # choose z in Q's far tail, and the receiver, who does find bits there, would lose track.
            if coder.num_words() >= 2:
                self._coder = coder
                return torch.from_numpy(CENTERS[buckets]).reshape(q.mean.shape)
            self._borrow(1 + len(buckets) // 12)  # a few times until it suffices: a little more than needed at most

    @takes(q=diagonal, z=floats("(B, L)"))
    def unpop_z(self, q: Distribution, z: Tensor) -> None:
        """Undo `pop_z`: put the bits back that had chosen z."""
        if z.shape != q.mean.shape:
            raise ValueError(f"z must have the shape of Q, {tuple(q.mean.shape)}, not {tuple(z.shape)}")
        self._coder.encode_reverse(buckets_of(z), POSTERIOR, *parameters(q))

    @takes(p=PIXELS, x=floats("(B, D)"))
    def push_x(self, p: Distribution, x: Tensor) -> None:
        """Put images (B, D) of exactly 0 and 1 onto the stack under P(X|z), as `model.decode(z)` gives it."""
        if x.shape != p.mean.shape or not ((x == 0) | (x == 1)).all():
            wanted = f"{tuple(p.mean.shape)} and every pixel exactly 0 or 1; data.binarize(images) draws such pixels"
            raise ValueError(f"these images, {tuple(x.shape)}, cannot be coded: their shape must be {wanted}")
        self._coder.encode_reverse(x.detach().cpu().numpy().ravel().astype(np.int32), PIXEL, probabilities(p))

    @takes(p=PIXELS)
    def unpush_x(self, p: Distribution) -> Tensor:
        """Undo `push_x`: the images (B, D), float64. ValueError as `unpush_z`."""
        pixels = self._popped(PIXEL, probabilities(p))
        return torch.from_numpy(pixels.astype(np.float64)).reshape(p.mean.shape)

    @takes(z=floats("(B, L)"))
    def push_z(self, z: Tensor) -> None:
        """Put latents (B, L) that `pop_z` gave onto the stack under P(z), log₂ BUCKETS bits a dimension."""
        self._coder.encode_reverse(buckets_of(z), PRIOR)

    @takes(batch=whole(), latent_size=whole())
    def unpush_z(self, batch: int, latent_size: int) -> Tensor:
        """Undo `push_z`: the latents (batch, latent_size), float64.

        Raises:
            ValueError: if there are fewer bits on the stack than that takes.
        """
        if batch * latent_size * math.log2(BUCKETS) > self.bits:
            raise ValueError(f"{batch} × {latent_size} latents take more bits than lie on this stack, {self.bits:.0f}")
        return torch.from_numpy(CENTERS[self._popped(PRIOR, batch * latent_size)]).reshape(batch, latent_size)

    def _popped(self, model, what) -> np.ndarray:
        """Symbols off the stack. One that was pushed lies on 2 words or more, or it could not have been popped before."""
        coder = self._coder.clone()
        symbols = coder.decode(model, what)
        if coder.num_words() < 2:
            raise ValueError(f"what is to be popped takes more bits than lie on this stack, {self.bits:.0f}")
        self._coder = coder
        return symbols

    def to_bytes(self) -> bytes:
        """All words, little endian, the bottom of the stack first."""
        return self._coder.get_compressed().astype("<u4").tobytes()

    @classmethod
    @takes(data=a((bytes, bytearray), "the bytes that to_bytes returned"))
    def from_bytes(cls, data: bytes) -> "Stack":
        """The stack that `to_bytes` wrote.

        Raises:
            ValueError: for other bytes.
        """
        if len(data) < 8 or len(data) % 4 or data[-4:] == bytes(4):
            raise ValueError(
                f"these {len(data)} bytes are no stack: it has two words of 4 bytes or more, the last not 0"
            )
        stack = cls()
        stack._coder, stack.borrowed = AnsCoder(np.frombuffer(data, "<u4").astype(np.uint32)), 0
        return stack

    @classmethod
    @takes(text=a(str, "a text"))
    def from_text(cls, text: str) -> "Stack":
        """A stack with a text on it, whitened, on top of a cushion of CUSHION random words.

        Whitened: its bytes are combined (XOR) with random ones that everybody knows. Letters use few of the 256 bytes, and
        what is popped off a stack is drawn from P only if the bits on it look random.
        """
        data = text.encode()
        data = zlib.crc32(data).to_bytes(4, "little") + data
        top = len(data).to_bytes(4, "little")  # never 0, which no coder may have on top
        return cls.from_bytes(_random_bytes(4 * CUSHION, 1) + _whitened(data + bytes(-len(data) % 4)) + top)

    def to_text(self) -> str:
        """The text of `from_text`, once all that was popped has been put back.

        Raises:
            ValueError: for a stack on which no text lies. A wrong text is never returned.
        """
        words, top = self.to_bytes()[:-4], self.to_bytes()[-4:]
        data = _whitened(words[4 * CUSHION :])[: int.from_bytes(top, "little")]
        if (
            words[: 4 * CUSHION] != _random_bytes(4 * CUSHION, 1)
            or zlib.crc32(data[4:]).to_bytes(4, "little") != data[:4]
        ):
            raise ValueError("no text lies on this stack: something popped was not put back as it was, or not in order")
        return data[4:].decode()

    def __deepcopy__(self, memo: dict) -> "Stack":
        """A stack with the same bits on it, which goes its own way: a coder of constriction has a clone only."""
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        own = {name: value for name, value in vars(self).items() if name != "_coder"}
        other.__dict__.update(copy.deepcopy(own, memo), _coder=self._coder.clone())
        return other

    def __repr__(self) -> str:
        return f"a stack of {self.bits:.1f} bits"

    def _borrow(self, words: int) -> None:
        """Put random words under the stack. They stay in the blob, and the receiver need not know how many they are."""
        self._coder = AnsCoder(np.concatenate([self._lent(words), self._coder.get_compressed()]))

    def _lent(self, words: int) -> np.ndarray:
        """Random words, counted as borrowed."""
        self.borrowed += 32 * words
        return self._random.integers(1, 2**32, words, dtype=np.uint32)


def _random_bytes(count: int, seed: int) -> bytes:
    return np.random.default_rng(seed).bytes(count)


def _whitened(data: bytes) -> bytes:
    """Its own inverse."""
    return bytes(a ^ b for a, b in zip(data, _random_bytes(len(data), 2), strict=True))
