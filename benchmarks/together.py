"""Two notebooks that train at once: `python -m benchmarks.together`.

Each run is a process of its own that imports the package, then torch, and trains a VAE on drawn digits by `training.fit`
for two epochs. It is timed alone and beside a second one, with the package's setting of how long waiting threads spin, and
with torch's own. Seconds are those of `fit`, the median of three; of two at once, the slower one's.
"""

import os
import statistics
import subprocess
import sys

RUN = """
import time
import vae_helpers
from vae_helpers import data, training
from vae_helpers.models import VAE
images = data.load("strokes", seed=0).train_images
vae = VAE(latent_size=20, hidden_sizes=(400,))
start = time.perf_counter()
training.fit(vae, images, epochs=2, progress=False)
print(time.perf_counter() - start)
"""
SETTINGS = {"the package's": {}, "torch's own": {"GOMP_SPINCOUNT": "30000000000"}}


def seconds(count: int, setting: dict[str, str]) -> float:
    """The slowest of `count` runs that start together."""
    ours = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    runs = [
        subprocess.Popen([sys.executable, "-c", RUN], env=ours | setting, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    return max(float(run.communicate()[0].split()[-1]) for run in runs)


def main() -> None:
    print("| waiting threads spin | one alone, s | each of two, s | ratio |\n|---|---|---|---|")
    for name, setting in SETTINGS.items():
        one, two = (statistics.median(seconds(count, setting) for _ in range(3)) for count in (1, 2))
        print(f"| {name} | {one:.1f} | {two:.1f} | {two / one:.1f} |", flush=True)


if __name__ == "__main__":
    main()
