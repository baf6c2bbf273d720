"""How much the codes say about X: the part of the KL term that is information."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb03.information_mistakes import MISTAKES
from vae_helpers.exercises.numbers import LOG_2PI, gaussian


def information(z, mu, logvar):
    """The information I(X; z) between N images and their codes, in nats.

    z: one draw from each Q(z|X), (N, L). mu, logvar: mean and log-variance of each
    Q(z|X), (N, L); L up to 200. Returns (). q(z) is the average of all N densities,
    the image's own among them, and log q(z) is taken at the draw; log Q(z|X) at the
    draw, or averaged exactly.
    """
    away = (z[:, None] - mu) ** 2 / logvar.exp()  # (N, N, L): draw i, Q of image j
    log_q = -0.5 * (away + logvar + math.log(2 * math.pi)).sum(dim=2)  # (N, N)
    own = log_q.diagonal()
    aggregate = torch.logsumexp(log_q, dim=1) - math.log(len(z))
    return (own - aggregate).mean()


def _by_softmax(z, mu, logvar):
    q = torch.distributions.Normal(mu, (logvar / 2).exp())
    log_q = q.log_prob(z[:, None]).sum(dim=2)
    share = torch.log_softmax(log_q, dim=1).diagonal()  # of each image in its own draw
    return share.mean() + math.log(len(z))


def _with_the_entropy(z, mu, logvar):
    """E_Q[log Q(z|X)] in closed form."""
    q = torch.distributions.Normal(mu, (logvar / 2).exp())
    log_q = q.log_prob(z[:, None]).sum(dim=2)
    aggregate = torch.logsumexp(log_q, dim=1) - math.log(len(z))
    own = -0.5 * (1 + logvar + math.log(2 * math.pi)).sum(dim=1)
    return (own - aggregate).mean()


def _oracle(z, mu, logvar):
    total = 0.0
    for i in range(len(z)):
        logs = []
        for m, v in zip(mu.double(), logvar.double(), strict=True):
            away = (z[i].double() - m) / v.exp().sqrt()
            logs.append(float((-0.5 * away**2 - v / 2 - 0.5 * LOG_2PI).sum()))
        most = max(logs)
        total += logs[i] - most - math.log(sum(math.exp(log - most) for log in logs) / len(logs))
    return torch.tensor(total / len(z))


def _encoded(n, size, spread, logvar, seed):
    mu = spread * gaussian(n, size, seed=seed)
    logvar = logvar + 0.3 * gaussian(n, size, seed=seed + 1)
    return mu + (logvar / 2).exp() * gaussian(n, size, seed=seed + 2), mu, logvar


EXERCISE = Exercise(
    notebook="03",
    goal="Estimate, from one draw per image, how much of the KL term is information about X.",
    reference=information,
    alternatives=(_by_softmax,),
    also_right=(_with_the_entropy,),
    oracle=_oracle,
    hints=(
        "For draw $i$ you need $N$ densities: of $z_i$ under the Q of every image $j$. That is an (N, N) table of "
        "logarithms. Where in it stands $\\log Q(z_i|X_i)$?",
        "The average of densities is no average of logarithms: $\\log q(z_i)$ is log-mean-exp along row $i$. With 200 "
        "dimensions `exp` alone overflows or gives 0: `torch.logsumexp`.",
        "`log_q[i, j]` is $\\log N(z_i\\,|\\,\\mu_j, \\sigma_j^2)$ with $\\sigma_j^2 = e^{\\text{logvar}_j}$, summed "
        "over the dimensions; then the mean over $i$ of `log_q[i, i]` minus (the logsumexp over $j$ of `log_q[i, j]`, "
        "minus $\\log N$).",
    ),
    then="It can never be more than log N: draw ten images, then five hundred, and watch it in 3.8.",
    again="the cell below the hints, and those of 3.8.",
    probes=(
        (torch.tensor([[0.0], [3.0]]), torch.tensor([[0.0], [2.0]]), torch.zeros(2, 1)),
        _encoded(5, 3, 1.0, 0.5, 21),
        _encoded(4, 2, 3.0, -2.0, 31),
        _encoded(3, 200, 0.05, 0.0, 41),
        _encoded(3, 200, 0.005, -8.0, 51),
    ),
    mistakes=MISTAKES,
)
