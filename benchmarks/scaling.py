"""Images a second of `vae_helpers.train` in one process and in two, of one thread each, and the share of ideal scaling.

`python -m benchmarks.scaling` draws a folder of pictures, runs the command on it under torchrun with one and two
processes in turn, three times each, and prints a table. Images a second are those of the median epoch, the first left
out; reading the folder is off the clock. With two processes each takes half of every batch; ideal are twice the images.
Beside them two runs at once that share nothing, each with batches of that half: more than those do, cores and memory
do not give.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from PIL import Image

from vae_helpers import data, storage

PICTURES, EPOCHS, ROUNDS = 4000, 6, 3


def draw(folder: Path) -> None:
    """Drawn digits, as files."""
    for number, image in enumerate(data.load("strokes", n=PICTURES).train_images):
        Image.fromarray((image.reshape(28, 28) * 255).byte().numpy()).save(folder / f"{number:05}.png")


def images_a_second(folder: Path, processes: int, batch_size: int) -> float:
    """Of the median epoch of one run of the command."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "model.safetensors"
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        what = ["-m", "vae_helpers.train", "--images", str(folder), "--out", str(out), "--device", "cpu"]
        how = ["--epochs", str(EPOCHS), "--batch-size", str(batch_size)]
        subprocess.run(
            [*launch, *what, *how], env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True, capture_output=True
        )
        seconds = storage.load(out)[1]["training"]["seconds"]
    return PICTURES / statistics.median(seconds[1:])


def apart(folder: Path, batch_size: int) -> float:
    """Of two runs at once that know nothing of each other, together: what the machine has for two processes."""
    with ThreadPoolExecutor() as both:
        return sum(both.map(lambda _: images_a_second(folder, 1, batch_size), range(2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        draw(folder := Path(place))
        busy = f", load average {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
        print(f"{os.cpu_count()} cores, torch {torch.__version__}{busy}\n")
        print("| batch | 1 process, images/s | 2 processes, images/s | share of ideal | two runs apart, images/s |")
        print("|---|---|---|---|---|", flush=True)
        for batch_size in (64, 256, 1024):
            rates = []
            for _ in range(ROUNDS):  # in turn, so that a busy minute slows all
                one, two = (images_a_second(folder, processes, batch_size) for processes in (1, 2))
                rates.append((one, two, apart(folder, batch_size // 2)))
            one, two, both = map(statistics.median, zip(*rates, strict=True))
            print(f"| {batch_size} | {one:,.0f} | {two:,.0f} | {two / (2 * one):.0%} | {both:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
