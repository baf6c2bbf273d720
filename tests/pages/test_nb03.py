"""What notebook 03 shows: its figures, and the target of its challenge."""

import torch
from matplotlib.figure import Figure

from vae_helpers.pages import nb03

Z = torch.linspace(-3, 3, 31)
P = torch.distributions.Normal(0.0, 1.0).log_prob(Z).exp()


def test_figures_are_figures():
    assert isinstance(nb03.pull(Z, Z, Z), Figure)
    assert isinstance(nb03.two_fits(Z, P, P, P, ("a", "b")), Figure)
    assert isinstance(nb03.both_directions(Z, P, P, Z, P, P), Figure)


def test_dimensions_are_sorted_and_inactive_ones_gray():
    kl, information = torch.tensor([0.0, 2.0, 1.0]), torch.tensor([0.0, 1.5, 1.0])
    (axis,) = nb03.dimensions(kl, information, kl > 0.5).axes
    assert [bar.get_height() for bar in axis.patches] == [2.0, 1.0, 0.0, 1.5, 1.0, 0.0]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["2", "3", "1"]
    assert (
        axis.patches[0].get_facecolor()[:3]
        == axis.patches[1].get_facecolor()[:3]
        != axis.patches[2].get_facecolor()[:3]
    )


def verdict(estimate):
    return nb03.steadiness(estimate, repeats=1000).splitlines()[-1]


def test_the_challenge_measures():
    assert verdict(lambda log_q, log_p: None).startswith("Not attempted yet")
    assert "shape ()" in verdict(lambda log_q, log_p: log_q - log_p)
    steady = verdict(lambda log_q, log_p: ((log_p - log_q).exp() - 1 + log_q - log_p).mean())
    assert steady.startswith("✓ Unbiased, never negative")
    plain = verdict(lambda log_q, log_p: (log_q - log_p).mean())
    assert "sometimes negative" in plain and "not steady enough" in plain and "wrong on average" not in plain
    assert "wrong on average" in verdict(lambda log_q, log_p: 0.5 * (log_q - log_p).square().mean())
    assert "wrong on average" in verdict(lambda log_q, log_p: torch.tensor(0.0))


def test_the_solution_in_the_hints_reaches_the_target():
    namespace = {"torch": torch}
    exec(nb03.HINTS[-1][1].removeprefix("```python\n").removesuffix("```"), namespace)
    assert verdict(namespace["steady_kl"]).startswith("✓")
