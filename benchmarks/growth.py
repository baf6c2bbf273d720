"""How costs grow, one quantity at a time: `python -m benchmarks.growth`.

From a middle case one quantity is made larger and larger. For training that is one epoch of `training.fit` on 15,000 images
in batches of 256, with one hidden layer of 400 and 20 latents; for `likelihood.importance_sampled`, 100 images under that
network. Their pixels are random, which cost what others cost. Every case is a process of its own, with one thread and with
two: the median of three runs, and the most memory that it held beyond the images. The last column is the power by which the
cost grew since the line above, with two threads: 1 is in proportion, 0 is for nothing. The plot, growth.svg, is drawn from
the same figures.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

from vae_helpers import likelihood, training
from vae_helpers.models import VAE

MIDDLE = {"images": 15_000, "batch": 256, "width": 400, "latents": 20, "samples": 0}
GROWING = {  # what is drawn from it all: the quantity, its values, and what the case is otherwise
    "images": ("images in the data set", [7_500, 15_000, 30_000, 60_000], {}),
    "batch": ("batch size", [32, 64, 128, 256, 512, 1024], {}),
    "width": ("width of the hidden layers", [100, 200, 400, 800, 1600], {}),
    "latents": ("dimensions of z", [2, 8, 32, 128, 512], {}),
    "samples": ("importance samples", [100, 300, 1000, 3000, 10_000], {"images": 100}),
}
THREADS, REPEATS = (1, 2), 3
PLOT = Path(__file__).with_name("growth.svg")


def one(case: dict) -> dict:
    """Seconds and memory of one case, in this process."""
    images = torch.rand(case["images"], 784)
    # The first optimizer loads parts of torch, which all cases hold.
    training.fit(VAE(1, (1,)), images[:1], 1, progress=False)
    seconds, before = [], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(REPEATS):
        model = VAE(case["latents"], (case["width"],))
        start = time.perf_counter()
        if case["samples"]:
            likelihood.importance_sampled(model, images, case["samples"])
        else:
            training.fit(model, images, 1, batch_size=case["batch"], progress=False)
        seconds.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"seconds": statistics.median(seconds), "megabytes": memory / 1000}


def measured(case: dict, threads: int) -> dict:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.growth", "--one", json.dumps(case)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def power(values: list[float], costs: list[float]) -> float:
    """p of cost ~ value ** p between the last two."""
    return math.log(costs[-1] / costs[-2]) / math.log(values[-1] / values[-2])


def draw(found: dict[str, list[list[float]]]) -> None:
    """Seconds by each quantity, on logarithmic axes, with a line in proportion."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(found), figsize=(15, 3), layout="constrained")
    for axis, (name, seconds) in zip(axes, found.items(), strict=True):
        title, values, _ = GROWING[name]
        for threads, line in zip(THREADS, seconds, strict=True):
            axis.loglog(values, line, "o-", label=f"{threads} thread{'s' * (threads > 1)}")
        axis.loglog(
            values, [seconds[-1][-1] * value / values[-1] for value in values], ":", color="gray", label="in proportion"
        )
        axis.set_xlabel(title)
        axis.set_xticks(values, [f"{value:,}" for value in values], rotation=30)
        axis.minorticks_off()
    axes[0].set_ylabel("seconds")
    axes[0].legend()
    figure.savefig(PLOT, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(json.loads(arguments.one))))
        return
    found = {}
    for name, (title, values, otherwise) in GROWING.items():
        head = [title, *(f"{threads} thread{'s' * (threads > 1)}, s" for threads in THREADS), "memory, MB", "power"]
        print(f"\n| {' | '.join(head)} |\n{'|---' * len(head)}|", flush=True)
        found[name] = seconds = [[] for _ in THREADS]
        for number, value in enumerate(values):
            cases = [measured(MIDDLE | otherwise | {name: value}, threads) for threads in THREADS]
            for line, case in zip(seconds, cases, strict=True):
                line.append(case["seconds"])
            grown = f"{power(values[: number + 1], seconds[-1]):.2f}" if number else ""
            told = [f"{value:,}", *(f"{case['seconds']:.2f}" for case in cases), f"{cases[-1]['megabytes']:.0f}", grown]
            print(f"| {' | '.join(told)} |", flush=True)
    draw(found)


if __name__ == "__main__":
    main()
