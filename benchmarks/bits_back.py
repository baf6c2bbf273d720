"""Lossless compression of the MNIST test digits: bits-back coding beside the usual compressors, and beside the bound.

`python -m benchmarks.bits_back` compresses the 10,000 test digits, black and white, with `bits_back` and the shipped
model `mnist-16d` on two CPU threads, gets them back, compares them bit for bit, and prints a table. Bits per pixel count
the whole blob: its header, its checksum and the bits borrowed for the first image are in it; the model's weights are
not, no more than gzip's program is. The clock runs over whole calls of `compress` and `decompress`, after one call of
each with 200 digits.
"""

import math
import time

import torch

from vae_helpers import bits_back, data, measure, weights

MODEL, THREADS = "mnist-16d", 2
# Townsend, Bird and Barber 2019 (arXiv 1901.04866): the test digits, binarized with other random numbers than here, and
# a VAE with 40 latent dimensions and hidden layers of 100.
PUBLISHED = 0.19


def timed(call, *arguments) -> tuple:
    start = time.perf_counter()
    result = call(*arguments)
    return result, time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(THREADS)
    digits = data.load("mnist")
    if digits.name != "mnist":
        raise SystemExit("this benchmark needs MNIST: set VAE_COURSE_DATA")
    model, x = weights.load(MODEL), data.binarize(digits.test_images, seed=0)
    bits_back.decompress(model, bits_back.compress(model, x[:200]))
    blob, seconds = timed(bits_back.compress, model, x)
    images, seconds_back = timed(bits_back.decompress, model, blob)
    if not torch.equal(images, x):
        raise SystemExit("the images did not come back")
    rate = 8 * len(blob) / x.numel()
    bound = -measure.evaluate(model, x, samples=10).elbo.double().mean().item() / math.log(2) / x.shape[1]
    print(f"{len(x)} digits, {len(blob)} bytes, {THREADS} threads, torch {torch.__version__}\n")
    print("| | bits/pixel | images/s to compress | images/s to decompress |\n|---|---|---|---|")
    for name, bits in bits_back.baselines(x).items():
        print(f"| {name} | {bits:.4f} | | |")
    print(f"| bits-back ANS, the paper's VAE, as published | {PUBLISHED} | | |")
    print(f"| `bits_back`, `{MODEL}` | {rate:.4f} | {len(x) / seconds:.0f} | {len(x) / seconds_back:.0f} |")
    print(f"| minus the bound of `{MODEL}`, in bits | {bound:.4f} | | |")
    print(f"\nAll came back bit for bit; {100 * (rate / bound - 1):.2f} % above the bound.")


if __name__ == "__main__":
    main()
