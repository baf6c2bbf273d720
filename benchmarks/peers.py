"""Beside two well-known libraries, on one network and one data set: `python -m benchmarks.peers`.

pythae (Chadebec, Vincent and Allassonnière 2022) and Pyro (Bingham et al. 2019) are installed from PyPI into an
environment of their own, which sees this one's torch. Each contestant is a process of its own, with torch's own number
of threads.

Training: all start from the weights of `VAE(20, (400,))` and see MNIST's gray pixels. `training.fit` runs as in
`benchmarks.train`; the peers, with Adam at 1e-3 and batches of 128, until the end of the first epoch at which the test
loss is as low. The loss is looked at off the clock, by one function for all.

Likelihood: log P(X) of 1,000 test digits under `mnist-16d` by importance samples, `likelihood.importance_sampled` beside
pythae's `get_nll`. Memory is the most that the process held.

Lines a learner reads: of the modules that hold model, objective and loop, as Python prints them without comments and
docstrings.
"""

import argparse
import ast
import inspect
import json
import os
import resource
import subprocess
import sysconfig
import tempfile
import time
import venv
from pathlib import Path

import torch

from benchmarks.train import OUR_EPOCHS, test_loss, timed, train_ours
from vae_helpers import data, likelihood, objective, training, weights
from vae_helpers.models import VAE, vae

PEERS = ("pythae", "pyro-ppl")
MOST_EPOCHS, DIGITS, SAMPLES = 20, 1000, 1000


class Reached(Exception):
    """The loss to reach is reached."""


class Clock:
    """Seconds from its start, less those spent in `look`, and the test loss when last looked at."""

    def __init__(self, model: VAE, target: float):
        self.model, self.target, self.images = model, target, data.load("mnist").test_images
        self.epochs, self.off, self.start = 0, 0.0, time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self.start - self.off

    def look(self) -> None:
        """An epoch is over."""
        began = time.perf_counter()
        self.epochs += 1
        self.loss = test_loss(self.model, self.images)
        self.off += time.perf_counter() - began
        if self.loss <= self.target:
            raise Reached


def lines(*modules) -> int:
    """Of code, as Python prints it without comments and docstrings."""
    count = 0
    for module in modules:
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
                node.body = node.body[1:] or [ast.Pass()]
        count += sum(1 for line in ast.unparse(tree).splitlines() if line.strip())
    return count


def course_model() -> VAE:
    return VAE(latent_size=20, hidden_sizes=(400,))


# ---- contestants: what each tells, as a dictionary -------------------------------------------------------------------


def train_course(_: float) -> dict:
    model, seconds = timed(train_ours, OUR_EPOCHS)
    loss = test_loss(model, data.load("mnist").test_images)
    return {"epochs": OUR_EPOCHS, "seconds": seconds, "loss": loss, "lines": lines(vae, objective, training)}


def train_pythae(target: float) -> dict:
    import pythae.models.base.base_model
    import pythae.models.vae.vae_model
    import pythae.trainers.base_trainer.base_trainer
    from pythae.data.datasets import BaseDataset
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    class Look(TrainingCallback):
        def on_epoch_end(self, training_config, **_):
            clock.look()

    model, images = course_model(), data.load("mnist").train_images
    with tempfile.TemporaryDirectory() as place:
        how = BaseTrainerConfig(
            output_dir=place, num_epochs=MOST_EPOCHS, learning_rate=1e-3, per_device_train_batch_size=128, no_cuda=True
        )
        clock = Clock(model, target)
        trainer = BaseTrainer(
            in_pythae(model), BaseDataset(images, torch.zeros(len(images))), training_config=how, callbacks=[Look()]
        )
        return reached(clock, trainer.train) | {
            "lines": lines(
                pythae.models.vae.vae_model, pythae.models.base.base_model, pythae.trainers.base_trainer.base_trainer
            )
        }


def in_pythae(model: VAE):
    """The same networks as a model of pythae."""
    from pythae.models import VAE as Peer
    from pythae.models import VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.network = model.encoder

        def forward(self, x):
            mu, logvar = self.network(x).chunk(2, dim=-1)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.network = model.decoder

        def forward(self, z):
            return ModelOutput(reconstruction=self.network(z).sigmoid())

    config = VAEConfig(input_dim=(784,), latent_dim=model.latent_size, reconstruction_loss="bce")
    return Peer(config, Encoder(), Decoder())


def train_pyro(target: float) -> dict:
    import pyro.infer.elbo
    import pyro.infer.svi
    import pyro.infer.trace_elbo
    from pyro.distributions import Bernoulli, Normal

    model, images = course_model(), data.load("mnist").train_images

    def generate(x):
        pyro.module("decoder", model.decoder)
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", Normal(x.new_zeros(20), x.new_ones(20)).expand([len(x), 20]).to_event(1))
            pyro.sample("x", Bernoulli(logits=model.decoder(z), validate_args=False).to_event(1), obs=x)

    def guide(x):
        pyro.module("encoder", model.encoder)
        with pyro.plate("images", len(x)):
            mu, logvar = model.encoder(x).chunk(2, dim=-1)
            pyro.sample("z", Normal(mu, (logvar / 2).exp()).to_event(1))

    def train():
        svi = pyro.infer.SVI(generate, guide, pyro.optim.Adam({"lr": 1e-3}), pyro.infer.Trace_ELBO())
        loader = torch.utils.data.DataLoader(images, batch_size=128, shuffle=True)
        for _ in range(MOST_EPOCHS):
            for x in loader:
                svi.step(x)
            clock.look()

    clock = Clock(model, target)
    return reached(clock, train) | {"lines": lines(pyro.infer.svi, pyro.infer.trace_elbo, pyro.infer.elbo)}


def reached(clock: Clock, train) -> dict:
    try:
        train()
    except Reached:
        pass
    return {"epochs": clock.epochs, "seconds": clock.seconds(), "loss": clock.loss}


def digits() -> torch.Tensor:
    return data.binarize(data.load("mnist").test_images[:DIGITS])


def likelihood_course(samples: float) -> dict:
    """By two runs, whose differences give the estimate's error."""
    model, x, start = weights.load("mnist-16d"), digits(), time.perf_counter()
    first = likelihood.importance_sampled(model, x, int(samples))
    seconds = time.perf_counter() - start
    apart = first - likelihood.importance_sampled(model, x, int(samples))
    return {"seconds": seconds, "value": first.mean().item(), "error": apart.std().item() / (2 * len(x)) ** 0.5}


def likelihood_pythae(samples: float) -> dict:
    peer, x, start = in_pythae(weights.load("mnist-16d")), digits(), time.perf_counter()
    with torch.no_grad():
        value = peer.get_nll(x, n_samples=int(samples), batch_size=100)
    return {"seconds": time.perf_counter() - start, "value": float(value)}


CONTESTANTS = {
    one.__name__: one for one in (train_course, train_pythae, train_pyro, likelihood_course, likelihood_pythae)
}


# ---- the whole -------------------------------------------------------------------------------------------------------


def environment(place: Path) -> Path:
    """A new environment with the peers in it; its Python."""
    venv.create(place, with_pip=True)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", ask], capture_output=True, encoding="utf-8", check=True).stdout.strip()
    Path(packages, "course.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS], check=True)
    return python


def told(python: Path, name: str, number: float) -> dict:
    """What a contestant tells, and the most memory its process held, in GB."""
    command = [str(python), "-m", "benchmarks.peers", "--one", name, str(number)]
    root = Path(__file__).parents[1]
    quiet = os.environ | {"PYTHONPATH": str(root), "TQDM_DISABLE": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True, cwd=root, env=quiet)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, number = arguments.one
        found = CONTESTANTS[name](float(number))
        print(json.dumps(found | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))
        return
    if data.load("mnist").name != "mnist":
        raise SystemExit("this benchmark needs MNIST: set VAE_COURSE_DATA")
    with tempfile.TemporaryDirectory() as place:
        python = environment(Path(place, "peers"))
        print(
            "| | epochs | seconds | test loss, nats/image | memory, GB | lines a learner reads |\n|---|---|---|---|---|---|"
        )
        target = 0.0
        for name, title in [
            ("train_course", "`training.fit`"),
            ("train_pythae", "pythae"),
            ("train_pyro", "Pyro's `SVI`"),
        ]:
            one = told(python, name, target)
            target = target or one["loss"]
            print(
                f"| {title} | {one['epochs']} | {one['seconds']:.1f} | {one['loss']:.2f} | {one['memory']:.1f} "
                f"| {one['lines']} |", flush=True,
            )  # fmt: skip
        print("\n| | samples | seconds | log P(X), nats/image | memory, GB |\n|---|---|---|---|---|")
        for name, title, samples in [
            *(
                ("likelihood_course", "`importance_sampled`", samples)
                for samples in (SAMPLES // 10, SAMPLES, 10 * SAMPLES)
            ),
            ("likelihood_pythae", "pythae's `get_nll`", SAMPLES),
        ]:
            one = told(python, name, samples)
            error = f" ± {one['error']:.3f}" if "error" in one else ""
            print(
                f"| {title} | {samples:,} | {one['seconds']:.1f} | {one['value']:.3f}{error} | {one['memory']:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
