"""A VAE of your own pictures, from the command line.

    python -m vae_helpers.train --images FOLDER --out model.safetensors
    torchrun --nproc-per-node=2 -m vae_helpers.train --images FOLDER --out model.safetensors

Ctrl-C stops it, and the same command goes on. docs/your_own_pictures.md tells the rest.
"""

import argparse
import contextlib
import math
import os
import sys
from pathlib import Path

import torch

from vae_helpers import pictures, ranks, storage, training, weights
from vae_helpers.history import History
from vae_helpers.models import VAE

COLUMNS = 12  # pictures in a row of the contact sheet


def arguments() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_helpers.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="FOLDER", help="pictures of any size, in it and its folders")
    add("--out", type=Path, required=True, help="the model, a .safetensors file; the contact sheet lies beside it")
    add("--latent", type=int, default=16, help="dimensions of z (16)")
    add("--epochs", type=int, default=20, help="passes over the pictures (20)")
    add("--side", type=int, default=28, help="pixels along each side of the square that is trained on (28)")
    add("--color", action="store_true", help="red, green and blue, in place of gray")
    add("--ink", action="store_true", help="1 = dark: for drawings on paper, to be shown by the course's explorers")
    add("--likelihood", choices=["gaussian", "bernoulli"], default="gaussian", help="of the pixels")
    add("--sigma", type=float, default=0.1, help="of the Gaussian likelihood, where 1 is from black to white (0.1)")
    add("--batch-size", type=int, default=64, help="pictures a step, of all processes together (64)")
    add("--learning-rate", type=float, default=1e-3, help="the highest of the cycle (0.001)")
    add("--seed", type=int, default=0, help="fixes the first weights, the order of pictures and ε")
    add("--device", default="auto", help="cpu, cuda or mps; auto takes a GPU if there is one")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Run the command; whatever stops it is told in one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a file on Windows may have no letter for ε
    options = arguments().parse_args(argv)
    us, trouble = None, (ValueError, FloatingPointError, OSError, ranks.Stopped)
    try:
        device = _device(options.device, several := int(os.environ.get("WORLD_SIZE", 1)) > 1)
        with ranks.together(device) if several else contextlib.nullcontext() as us:
            _train(options, device, us)
    except KeyboardInterrupt:
        sys.exit("train: stopped; nothing new was written")
    except trouble as problem:
        one = us is None or us.speaks("trouble")  # of several processes one tells it
        below = "" if us is None else "\n"  # another process's progress bar may stand in this line
        sys.exit(f"{below}train: {_told(problem, options)}" if one else 1)


def checkpoint_of(out: Path) -> Path:
    """Where a run that will end in the file `out` is kept until it has ended."""
    return out.with_suffix(".checkpoint")


def _told(problem: Exception, options: argparse.Namespace) -> str:
    if not isinstance(problem, ranks.Stopped):
        return str(problem)
    kept = checkpoint_of(options.out)
    rest = f"{kept} holds what the epochs that ended have learned; the same command goes on from there"
    return f"{problem}. {rest if kept.exists() else 'No epoch had ended; the same command begins again'}."


def _device(name: str, several: bool) -> torch.device:
    """The device to train on; with several processes, that of each is chosen by `ranks`."""
    if name == "auto":
        mps = torch.backends.mps.is_available() and not several
        name = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as problem:
        raise ValueError(f"there is no device {name!r} here: {str(problem).splitlines()[0]}") from None


def _train(options: argparse.Namespace, device: torch.device, us: ranks.Ranks | None) -> None:
    """From the folder to the file, in one process or as one of several."""
    out, first = options.out, us is None or us.rank == 0
    if out.suffix != ".safetensors":
        raise ValueError(f"--out must end in .safetensors, not {out.name!r}")
    if options.images.resolve() in out.resolve().parents:
        raise ValueError(f"--out lies in {options.images}, and its contact sheet would be one of the pictures there")
    out.parent.mkdir(parents=True, exist_ok=True)
    look = {"side": options.side, "color": options.color, "ink": options.ink}
    found = pictures.load(options.images, **look, part=(0, 1) if us is None else (us.rank, us.size))
    images, n = found.images.to(device if us is None else us.device), len(found.images)
    if first or found.skipped or found.remarks:
        print(found if us is None else f"process {us.rank} of {us.size}: {found}", flush=True)
    if us is not None:
        n = _agree(us, found, options.images)
    sigma = options.sigma if options.likelihood == "gaussian" else None
    model = VAE(
        options.latent, likelihood=options.likelihood, sigma=sigma, data_size=images.shape[1], seed=options.seed
    )
    model.to(images.device)
    total = images.sum(dim=0)
    model.start_at((total if us is None else us.sum(total)) / n)
    settings = {"batch_size": options.batch_size, "learning_rate": options.learning_rate, "seed": options.seed}
    fit = training.fit if us is None else lambda *a, **k: ranks.fit(us, *a, **k)
    record = look | settings | {"pictures": n, "processes": 1 if us is None else us.size, "epochs": options.epochs}
    try:
        history = fit(model, images, options.epochs, **settings, checkpoint=checkpoint_of(out))
    except FloatingPointError as problem:
        if not checkpoint_of(out).exists():
            raise
        if us is None:
            _leave(out, model, problem.history, images, record)
        kept = f"{checkpoint_of(out)} holds the epochs before; delete it to begin again with other settings"
        raise FloatingPointError(f"{problem} {kept}.") from None
    if not first:
        return
    _leave(out, model, history, images, record)
    if len(history.epochs) < options.epochs:
        print(
            f"{checkpoint_of(out)}: {len(history.epochs)} of {options.epochs} epochs; the same command goes on from there"
        )
        sys.exit(130)
    storage.remove(checkpoint_of(out))  # a run that has ended needs it no more


def _agree(us: ranks.Ranks, found: pictures.Pictures, folder: Path) -> int:
    """How many pictures all processes found together.

    Raises:
        ValueError: if there are none, or the processes did not see the same files.
    """
    table = us.table(found.listed, found.listing, len(found.images), len(found.skipped))
    if len({tuple(row[:2]) for row in table}) > 1:
        raise ValueError(f"the processes see different files in {folder}: it changed while it was read; start again")
    n, skipped = (sum(row[column] for row in table) for column in (2, 3))
    if n == 0:
        raise ValueError(pictures.none_in(folder, found.listed, found))
    if us.rank == 0:
        print(f"together: {n:,} pictures in {us.size} processes, {skipped:,} files skipped", flush=True)
    return n


def _leave(out: Path, model: VAE, history: History, images: torch.Tensor, record: dict) -> None:
    """Write the model and its contact sheet, and say so."""
    if history.best_epoch is None:
        raise KeyboardInterrupt
    done, best = len(history.epochs), history.epochs[history.best_epoch]
    record |= {"bound": best.elbo, "epochs_done": done, "seconds": [epoch.seconds for epoch in history.epochs]}
    weights.write(model, out, record)
    look = {name: record[name] for name in ("side", "color", "ink")}
    _sheet(model, images, record["seed"], look).save(out.with_suffix(".png"))
    print(f"{out}: epoch {history.best_epoch + 1} of {record['epochs']}, {best}")
    print(f"{out.with_suffix('.png')}: pictures, their reconstructions, and new ones")


@torch.no_grad()
def _sheet(model: VAE, images: torch.Tensor, seed: int, look: dict):
    """Pictures from all along the folder, the means of P(X|z) at their codes, and at draws from P(z)."""
    some = images[:: math.ceil(len(images) / COLUMNS)] if len(images) else images.new_zeros(1, model.data_size)
    z = torch.randn(2 * COLUMNS, model.latent_size, generator=torch.Generator().manual_seed(seed)).to(images.device)
    new = model.decode(z).mean
    rows = {
        "pictures": some,
        "reconstructed: the mean of P(X|z) at the mean of Q(z|X)": model.decode(model.encode(some).mean).mean,
    }
    rows |= {"new: the mean of P(X|z) at z drawn from P(z)": new[:COLUMNS], "new, more": new[COLUMNS:]}
    return pictures.sheet(rows, **look)


if __name__ == "__main__":
    main()
