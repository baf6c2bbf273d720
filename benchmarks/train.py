"""Seconds to the same test loss: `training.fit` beside the usual recipe for a VAE on MNIST.

`python -m benchmarks.train` trains one after the other on the CPU, with torch's own number of threads, and prints a
table. The usual recipe is that of the examples that come with PyTorch: a DataLoader over torchvision's MNIST, Adam at
1e-3, batches of 128, one hidden layer of 400, 20 latent dimensions, gray pixels. Ours has layers of the same sizes, one
tensor in place of the loader, batches of 200, a decoder that begins at the mean picture, and a one-cycle learning rate
up to 1e-2: it needs fewer epochs. Both clocks run from before the data are read until after the last step; no test digit
is looked at meanwhile, and one function measures both models afterwards. They are trained in turn, five times; seconds
and ratio are medians, with their range. After each, the products of a step's matrices are timed alone: the last column
is their share of our seconds.
"""

import argparse
import math
import os
import statistics
import time

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Independent, Normal
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from vae_helpers import data, measure, mnist, training
from vae_helpers.models import VAE

USUAL_EPOCHS = 10
ROUNDS = 5
OUR_BATCH = 200
OUR_EPOCHS = 3  # the fewest that reach the usual recipe's loss; `--search` finds it


class Usual(nn.Module):
    """784-400-(20, 20)-400-784 with ReLU; from `check` on, what `measure` asks of a model."""

    prior = Independent(Normal(torch.zeros(20), torch.ones(20)), 1)

    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = functional.relu(self.fc1(x))
        mu, logvar = self.fc21(hidden), self.fc22(hidden)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(functional.relu(self.fc3(z)))), mu, logvar

    def check(self, images: Tensor) -> None:
        """Any of 784 pixels will do."""

    def encode(self, x: Tensor) -> Independent:
        hidden = functional.relu(self.fc1(x))
        return Independent(Normal(self.fc21(hidden), torch.exp(0.5 * self.fc22(hidden))), 1)

    def decode(self, z: Tensor) -> Independent:
        return Independent(Bernoulli(logits=self.fc4(functional.relu(self.fc3(z))), validate_args=False), 1)


def train_usual(root: str, epochs: int) -> Usual:
    torch.manual_seed(0)
    model = Usual()
    digits = datasets.MNIST(root, train=True, transform=transforms.ToTensor())
    loader = DataLoader(digits, batch_size=128, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for images, _ in loader:
            x = images.view(-1, 784)
            optimizer.zero_grad()
            mean, mu, logvar = model(x)
            kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
            loss = functional.binary_cross_entropy(mean, x, reduction="sum") + kl
            loss.backward()
            optimizer.step()
    return model


def train_ours(epochs: int, seed: int = 0) -> VAE:
    model = VAE(latent_size=20, hidden_sizes=(400,), seed=seed)
    images = data.load("mnist").train_images
    model.start_at(images.mean(dim=0))
    training.fit(model, images, epochs, batch_size=OUR_BATCH, learning_rate=1e-2, seed=seed, progress=False)
    return model


def test_loss(model: nn.Module, images: Tensor) -> float:
    """Minus the bound in nats per image, the mean over gray test digits with ten draws of z each."""
    return -measure.evaluate(model, images, samples=10).elbo.mean().item()


def products(model: VAE, batch_size: int, repeats: int = 100) -> float:
    """Seconds of one step's matrix products by themselves: no step takes less.

    Of each layer the output, the gradient of its weights, and, but for the pixels' own layer, that of its input.
    """
    total = 0.0
    for layer in (layer for layer in model.modules() if isinstance(layer, nn.Linear)):
        x, out = torch.randn(batch_size, layer.in_features), torch.randn(batch_size, layer.out_features)
        weight = layer.weight.detach()
        calls = [lambda: x @ weight.T, lambda: out.T @ x, lambda: out @ weight]  # noqa: B023  called before they change
        for call in calls if layer is not model.encoder[0] else calls[:2]:
            call()
            start = time.perf_counter()
            for _ in range(repeats):
                call()
            total += (time.perf_counter() - start) / repeats
    return total


def ranged(values: list[float], digits: int = 1) -> str:
    """Median, and least and most."""
    least, most = (f"{each:.{digits}f}" for each in (min(values), max(values)))
    return f"{statistics.median(values):.{digits}f} ({least} to {most})"


def timed(call, *arguments) -> tuple[nn.Module, float]:
    start = time.perf_counter()
    model = call(*arguments)
    return model, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", action="store_true", help="only find the fewest epochs of ours that are enough")
    arguments = parser.parse_args()
    digits = data.load("mnist")
    if digits.name != "mnist":
        raise SystemExit("this benchmark needs MNIST: set VAE_COURSE_DATA")
    root = os.environ.get("VAE_COURSE_DATA") or str(mnist.cache_folder())
    if arguments.search:
        usual_loss = test_loss(train_usual(root, USUAL_EPOCHS), digits.test_images)
        print(f"usual recipe: {usual_loss:.2f} nats/image after {USUAL_EPOCHS} epochs", flush=True)
        for epochs in range(1, USUAL_EPOCHS + 1):
            losses = [test_loss(train_ours(epochs, seed), digits.test_images) for seed in range(3)]
            print(f"fit, {epochs} epochs, three seeds: {', '.join(f'{loss:.2f}' for loss in losses)}", flush=True)
            if max(losses) <= usual_loss:
                return
        raise SystemExit("no number of epochs up to the usual recipe's was enough")
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}\n", flush=True)
    seconds, losses, shares = ([], []), ([], []), []
    for number in range(ROUNDS):
        for which, (call, *given) in enumerate([(train_usual, root, USUAL_EPOCHS), (train_ours, OUR_EPOCHS, number)]):
            model, took = timed(call, *given)
            seconds[which].append(took)
            losses[which].append(test_loss(model, digits.test_images))
        steps = OUR_EPOCHS * math.ceil(len(digits.train_images) / OUR_BATCH)
        shares.append(100 * steps * products(model, OUR_BATCH) / took)
    ratios = [usual / ours for usual, ours in zip(*seconds, strict=True)]
    print("| | epochs | seconds | test loss, nats/image | ratio | matrix products, % |\n|---|---|---|---|---|---|")
    for which, (name, epochs) in enumerate([("the usual recipe", USUAL_EPOCHS), ("`training.fit`", OUR_EPOCHS)]):
        ratio, share = (ranged(ratios), ranged(shares, 0)) if which else ("1", "")
        print(f"| {name} | {epochs} | {ranged(seconds[which])} | {ranged(losses[which], 2)} | {ratio} | {share} |")
    as_good = "as good a" if max(losses[1]) <= min(losses[0]) else "NOT always as good a"
    print(f"\n{as_good} loss, {statistics.median(ratios):.1f} times sooner (reach: 12).")


if __name__ == "__main__":
    main()
