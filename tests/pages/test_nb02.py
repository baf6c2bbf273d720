"""What notebook 02 shows: its figures, its words from numbers, and the target of its challenge."""

import math

import torch
from matplotlib.figure import Figure

from vae_helpers.exercises import catalogue
from vae_helpers.one_dimension import Curve
from vae_helpers.pages import nb02
from vae_helpers.widgets import DragQ

BEST_Q = catalogue()["best_q"].reference
XS = torch.linspace(-1, 1, 5)
FOUND = {  # by search: weights, means and sds that leave at most 0.036 nats
    -1.5: ((0.5787, 0.4213), (-0.5194, -1.4939), (0.1270, 0.3944)),
    1.0: ((0.2754, 0.7246), (1.9568, 0.3197), (0.2562, 0.1048)),
    3.0: ((0.5411, 0.4589), (0.9899, 3.0731), (0.1417, 0.0907)),
}


def test_figures_are_figures():
    z = torch.linspace(-4, 4, 9)
    assert isinstance(nb02.posterior_and_prior(z, z.exp(), z.exp()), Figure)
    assert isinstance(nb02.bounds(XS, -XS, -XS - 1, -XS - 1.5, -XS - 2), Figure)


def test_words_follow_where_the_network_costs():
    loss, best = torch.tensor([0.0, 2.0, 3.5, 0.0, 0.2]), torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0])
    network = torch.tensor([1.0, 0.9, -0.9, -1.0, -1.0])
    words = nb02.where_it_costs(XS, loss, best, network)
    assert words == (
        "X from −0.5 to 0.0: the network costs up to 3.5 nats. The best Q lies near 1.0, the network's travels from 0.9 to −0.9."
    )
    words = nb02.where_it_costs(XS, torch.tensor([0.0, 0.0, 0.0, 2.0, 6.0]), best, torch.full((5,), 2.0))
    assert "stays near 2.0, to the end of the curve" in words and words.startswith("X from 0.5 to 1.0")
    assert nb02.where_it_costs(XS, torch.zeros(5), best, network) == "nowhere does the network cost more than 1 nats"


def test_the_price_of_sharing_in_words():
    separate = torch.zeros(5)
    stepwise = torch.tensor([-4.0, 0.0, 0.0, 0.0, -1.0])
    shared = torch.tensor([-1.0, 0.0, -2.0, 0.0, -1.0])  # loses 4: 2 of them where small steps lose nothing
    words = nb02.sharing(XS, separate, stepwise, shared)
    assert words == (
        "sharing costs most at X = 0.0, 2.0 nats, and gains most at X = −1.0, 3.0 nats\n"
        "of what the network loses, 50% would be saved by small steps for each X, at the X where these do better"
    )


def test_a_gap_is_that_of_two_gaussians():
    z = torch.linspace(-8, 8, 1601, dtype=torch.float64)
    q, p = torch.distributions.Normal(0.5, 0.7), torch.distributions.Normal(0.0, 1.0)
    exact = torch.distributions.kl_divergence(q, p).item()
    assert math.isclose(nb02.gap_of(q.log_prob(z), p.log_prob(z) - 3.0, 0.01), exact, abs_tol=1e-6)


def test_the_challenge_measures():
    assert nb02.two_humps(lambda z, log_joint, spacing: None, BEST_Q).startswith("Not attempted yet")

    def found(z, log_joint, spacing):
        x = min(FOUND, key=lambda x: (nb02.joint(x)[1] - log_joint).abs().max())
        return tuple(torch.tensor(part) for part in FOUND[x])

    text = nb02.two_humps(found, BEST_Q)
    assert "✓ All gaps are at most 0.04 nats" in text and "0.616" in text

    def single(z, log_joint, spacing):
        mean, sd = BEST_Q(z, log_joint, spacing)
        return torch.tensor([0.5, 0.5]), torch.stack([mean, mean]), torch.stack([sd, sd])

    assert "reached for 0 of 3 X" in nb02.two_humps(single, BEST_Q)


def test_the_challenge_refuses_other_forms():
    one, two = torch.ones(1), torch.ones(2)
    wrong = {
        "three things": one,
        "one shape": (two / 2, two, one),
        "not finite": (two / 2, two * math.nan, two),
        "add up to 2": (two, two, two),
        "at least 0.025": (two / 2, two, two / 100),
    }
    for words, answer in wrong.items():
        assert words in nb02.two_humps(lambda *_, answer=answer: answer, BEST_Q)


def test_the_solution_in_the_hints_reaches_the_target():
    namespace = {"torch": torch}
    exec(nb02.HINTS[-1][1].removeprefix("```python\n").removesuffix("```"), namespace)
    assert "✓" in nb02.two_humps(namespace["two_hump_q"], BEST_Q)


def test_the_posterior_that_is_to_be_guessed_lies_where_the_page_says():
    z = torch.linspace(-4, 4, 8001, dtype=torch.float64)
    f = z + 1.2 * torch.sin(2 * z)
    near = z[(f - 2).abs() < 0.3]  # where the band of ±σ reaches X = 2
    low, high = near[near < 2], near[near > 2]
    assert 0.5 < low.min() and low.max() < 1.5 and 2.6 < high.min() and high.max() < 3
    density = (-0.5 * z**2 - 0.5 * ((2 - f) / 0.3) ** 2).exp()
    assert density[(0.5 < z) & (z < 1.5)].sum() > 0.9 * density.sum()
    assert 0.01 < density[z > 2].max() / density.max() < 0.05
    assert round(f[6000].item(), 1) == 1.1 and z[6000] == 2


def test_the_dragged_prediction_keeps_its_answer_out_of_its_picture():
    asked = DragQ(Curve(lambda z: z + 1.2 * torch.sin(2 * z), 0.3), x=2.0, quiz=True)
    assert len(asked.picture().axes) == 1 and not asked.picture().axes[0].collections and "gap" not in asked.describe()
    asked.revealed = True
    assert len(asked.picture().axes) == 2 and asked.picture().axes[0].collections and "gap" in asked.describe()
