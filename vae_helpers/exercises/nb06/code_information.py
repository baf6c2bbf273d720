"""How much codes say about their images."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb06.code_information_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def code_information(log_q):
    """How much a code tells about which image it belongs to: I(X; z), the information.

    log_q: entry (i, j) is log Q(zᵢ|Xⱼ), (N, N), in nats, where zᵢ was drawn from
    Q(z|Xᵢ), one draw per image; entries may be as large as 1000, as small as −1000.
    q(z) is the mean of Q(z|X) over the N images. Returns (), in nats.
    """
    log_aggregate = torch.logsumexp(log_q, dim=1) - math.log(len(log_q))
    return (log_q.diagonal() - log_aggregate).mean()


def _oracle(log_q):
    # Bayes' rule: −log of the probability that draw i is given to its own image, compared with 1/N.
    total = 0.0
    rows = log_q.double().tolist()
    for i, row in enumerate(rows):
        total += math.log(len(rows)) - math.log(math.fsum(math.exp(value - row[i]) for value in row))
    return torch.tensor(total / len(rows))


def _codes(mu, sigma, seed):
    mu, sigma = torch.tensor(mu), torch.tensor(sigma)
    z = mu + sigma * gaussian(len(mu), seed=seed)
    return torch.distributions.Normal(mu, sigma).log_prob(z[:, None])


def _by_bayes(log_q):
    given_to_its_own = torch.log_softmax(log_q, dim=1).diagonal()
    return math.log(len(log_q)) + given_to_its_own.mean()


EXERCISE = Exercise(
    notebook="06",
    goal="Measure how much of what z costs says anything about X: `information` of notebook 03, from a table of log-densities that may come from any Q.",
    reference=code_information,
    oracle=_oracle,
    hints=(
        "$q(z)$ is the average of all $Q(z|X_j)$ at the same z. Where in the matrix do the values for one z stand? And "
        "where is the Q that drew it?",
        "One z is one row; its own Q stands on the diagonal. An average of densities whose logarithms you have: "
        "`torch.logsumexp(log_q, dim=1) - math.log(N)`.",
        "`(log_q.diagonal() - log_aggregate).mean()`",
    ),
    then="From N images it can never be more than log N, however much the codes say.",
    again="the cell below the hints.",
    probes=(
        # by hand: q(z) = ½ for both draws; ½ (log 0.8/0.5 + log 0.6/0.5)
        (torch.tensor([[0.8, 0.2], [0.4, 0.6]]).log(),),
        (_codes([0.0, 0.5, 3.0, 3.2], [0.4, 0.8, 0.1, 0.5], seed=91),),
        (_codes([-30.0, 0.0, 0.3, 40.0, 41.0], [0.7, 0.5, 1.0, 1.5, 0.9], seed=92),),
        (_codes([0.0, 0.4, 2.0], [0.3, 0.5, 0.4], seed=93) + torch.tensor([[900.0], [-150.0], [-900.0]]),),
    ),
    alternatives=(_by_bayes,),
    mistakes=MISTAKES,
)
