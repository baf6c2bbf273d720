"""Training in several processes under `torchrun`: each holds a part of the images, and together they take `fit`'s steps.

Every process draws the order and ε of the whole batch from the same generator, and uses the rows of its own images. So
the numbers drawn do not depend on how many processes there are, and neither, but for rounding, does the run.
"""

import math
import os
import signal
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from vae_helpers import objective
from vae_helpers.checkpoint import Run, Settings, facts_of
from vae_helpers.contract import Model
from vae_helpers.history import Epoch, History
from vae_helpers.measure import refuse_nan
from vae_helpers.training import begin


class Stopped(Exception):
    """The run cannot go on, because a process has left it."""

    def __init__(self):
        super().__init__("a process of this run died or was told to stop, and the others stopped with it")


class Ranks:
    """The processes of one run, as one of them sees them.

    Attributes:
        rank: this process's number, from 0.
        size: how many there are.
        device: the one this process computes on.
    """

    def __init__(self, device: torch.device):
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(device)
        self.device = device
        self._store, self.rank, self.size = next(dist.rendezvous("env://"))
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, store=self._store, rank=self.rank, world_size=self.size)

    def speaks(self, what: str) -> bool:
        """Whether this process is the first to ask; so one says what all of them know."""
        return self._store.add(what, 1) == 1

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes."""
        dist.all_reduce(values)
        return values

    def table(self, *numbers: int) -> list[list[int]]:
        """What each process has to say, a row each."""
        rows = torch.zeros(self.size, len(numbers), dtype=torch.int64, device=self.device)
        rows[self.rank] = torch.tensor(numbers)
        return self.sum(rows).tolist()

    def fingerprint(self, images: Tensor, n: int) -> str:
        """That of `checkpoint.facts_of` for all n images in order of rank, handed on from process to process."""
        total = 0
        for rank in range(self.size):
            if rank == self.rank:
                total = zlib.crc32(images.cpu().numpy(), total)
            total = self.table(total)[rank][0]
        return f"{(n, images.shape[1])} {total:08x}"


@contextmanager
def together(device: torch.device) -> Iterator[Ranks]:
    """Join the processes that `torchrun` started.

    Raises:
        Stopped: in every process that is left, if one dies or is told to stop.
    """

    def told_to_stop(number, frame):
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)  # there is a line yet to print
        raise Stopped

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told_to_stop)
    ranks = Ranks(device)
    try:
        yield ranks
    except RuntimeError as problem:
        told = str(problem)
        if isinstance(problem, torch.OutOfMemoryError) or not (
            "gloo" in told or "NCCL" in told or "Connection" in told
        ):
            raise
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped from None
    finally:
        dist.destroy_process_group()


class Objective(nn.Module):
    """The two terms of the bound for given ε, as the forward pass that DistributedDataParallel asks for."""

    def __init__(self, model: Model):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor, eps: Tensor) -> Tensor:
        """E_Q[log P(X|z)] by one draw, and D[Q‖P(z)], of images (B, D) with ε (B, L): (2, B), in nats."""
        q = self.model.encode(x)
        mu, sigma = objective.mean_and_sigma(q)
        z = mu + sigma * eps  # (10)
        refuse_nan(z.sum())
        return torch.stack([self.model.decode(z).log_prob(x), objective.kl(q, self.model.prior)])


def fit(
    ranks: Ranks, model: Model, images: Tensor, epochs: int, *, batch_size: int = 256, learning_rate: float = 3e-3,
    seed: int = 0, checkpoint: str | os.PathLike, progress: bool = True,
) -> History:  # fmt: skip
    """`training.fit` on the images that all processes hold, the first ones those of rank 0.

    Args:
        ranks: the processes.
        model: the same in each, on its device.
        images: this process's, (n, D), on its device; a process may have none.
        epochs, batch_size, learning_rate, seed: as in `training.fit`; a batch is of all processes together.
        checkpoint: a file in a folder that all processes see. Rank 0 writes it, and any number of processes go on from it.
        progress: whether rank 0 shows a progress bar.
    Raises:
        ValueError, FloatingPointError: as `training.fit` does, in every process.
    """
    if len(images):
        model.check(images)
    counts = [row[0] for row in ranks.table(len(images))]
    first, n = sum(counts[: ranks.rank]), sum(counts)
    settings = Settings(epochs, batch_size, learning_rate, 1.0, False, seed)
    steps, writes = math.ceil(n / batch_size), ranks.rank == 0
    run = begin(model, settings, steps * epochs, ranks.device)
    facts = facts_of(settings, model, images, None) | {"images": ranks.fingerprint(images, n)}
    run.resume(Path(checkpoint), facts)
    done = len(run.history.epochs)
    bound = DistributedDataParallel(Objective(model), broadcast_buffers=False, gradient_as_bucket_view=True)
    with tqdm(total=steps * epochs, initial=steps * done, disable=not (progress and writes), unit="batch") as bar:
        for _ in range(done, epochs):
            run.history.epochs.append(_epoch(ranks, run, bound, images, first, n, bar))
            run.keep_if_best()
            if writes:
                run.keep(Path(checkpoint), facts, bar.write)
            bar.set_postfix_str(str(run.history.epochs[-1]))
    run.restore_best()
    return run.history


def _epoch(ranks: Ranks, run: Run, bound: nn.Module, images: Tensor, first: int, n: int, bar: tqdm) -> Epoch:
    """One pass over all n images, of which this process holds those from number `first` on."""
    start, totals = time.perf_counter(), torch.zeros(2, device=ranks.device)
    order = torch.randperm(n, generator=run.generator, device=ranks.device)
    for rows in order.split(run.settings.batch_size):
        eps = torch.randn(1, len(rows), run.model.latent_size, generator=run.generator, device=ranks.device)[0]
        mine = (rows >= first) & (rows < first + len(images))
        x, eps = images[rows[mine] - first], eps[mine]
        if len(x) == 0:  # this process must take part in the step all the same
            x, eps = images.new_zeros(1, run.model.data_size), eps.new_zeros(1, run.model.latent_size)
        terms = bound(x, eps) * mine.any()  # (2, b)
        reconstruction, kl = terms
        loss = (kl - reconstruction).sum() / len(rows)
        run.optimizer.zero_grad()
        (loss * ranks.size).backward()  # the gradients' mean over processes is then that of the batch's mean
        run.optimizer.step()
        run.schedule.step()
        totals += terms.detach().sum(dim=1)
        bar.update()
    ranks.sum(totals)
    refuse_nan(totals.sum())
    return Epoch(time.perf_counter() - start, *(totals / n).tolist())
