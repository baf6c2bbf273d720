"""Notebook 01's figures are figures, and its sentences say what its numbers say."""

import torch
from matplotlib.figure import Figure

from vae_helpers.pages import nb01
from vae_helpers.widgets import CurveInPlane


def test_the_histogram_shows_draws_and_the_density_they_should_have():
    x = torch.rand(500) * 3
    figure = nb01.histogram(x, lambda places: torch.full_like(places, 1 / 3), label="density")
    (axis,) = figure.axes
    assert isinstance(figure, Figure)
    assert axis.lines[0].get_ydata().tolist() == [torch.tensor(1 / 3).item()] * 200
    assert abs(sum(bar.get_height() * bar.get_width() for bar in axis.patches) - 1) < 1e-6


def test_fitted_curves_follow_their_theta():
    figure = nb01.fitted(torch.zeros(5, 2), {"a": torch.tensor([2.0, 0.0]), "b": torch.tensor([1.5, 1.0])})
    flat, wave = figure.axes[0].lines
    assert abs(torch.tensor(flat.get_ydata())).max() == 0 and torch.tensor(wave.get_ydata()).max() > 1.49
    assert [line.get_label() for line in figure.axes[0].lines] == ["a", "b"]


def test_errors_have_a_line_for_each_dimension():
    figure = nb01.errors_by_draws([10, 100], {2: [1.0, 0.1], 20: [30.0, 9.0]})
    assert [line.get_label() for line in figure.axes[0].lines] == ["2 dimensions", "20 dimensions"]
    assert "nats" in figure.axes[0].get_ylabel()


def test_the_sentence_about_errors_says_how_far_they_fall():
    said = nb01.falls([10, 1000], {2: [2.0, 0.2], 784: [2200.0, 1100.0]})
    assert "100 times as many draws" in said and "1/√S, 10-fold. It falls\n   10-fold in   2 dim" in said
    assert "2-fold in 784 dimensions, from 2,200 to 1,100 nats" in said and max(map(len, said.splitlines())) < 88


def test_estimates_are_as_far_apart_as_the_farthest_two():
    assert nb01.estimates(154.2, [577.0, -3.0]).endswith("154 nats, by others 577, -3: they lie 580 nats apart")


def test_heaps_are_drawn_one_below_the_other_with_the_gap_shaded():
    figure = nb01.heaps({"slope 1": torch.randn(100), "slope 4": torch.randn(100)}, 2.0)
    assert len(figure.axes) == 2
    for axis in figure.axes:
        gap = axis.patches[0].get_extents().transformed(axis.transData.inverted())
        assert abs(gap.x0) < 1e-9 and abs(gap.x1 - 2) < 1e-9


def test_p_of_x_is_highest_inside_the_bends_and_with_a_large_sigma_in_the_middle():
    """What the page says of its explorer."""
    at = torch.linspace(-2.5, 2.5, 161, dtype=torch.float64)
    at = (at[1:] + at[:-1]) / 2  # the middles of the explorer's cells
    for sigma in (0.05, 0.1, 0.25, 0.5, 1):
        density = torch.from_numpy(CurveInPlane(sigma=sigma)._density())
        row, column = divmod(density.argmax().item(), 160)
        highest, middle = at[[column, row]].abs(), density[79:81, 79:81].max()
        if sigma < 1:  # the bends are at z = ±0.92, where f(z) = ±(0.74, 1.2)
            assert 0.5 < highest[0] < 0.75 and 0.8 < highest[1] < 1.21 and density.max() > 1.2 * middle, sigma
        else:
            assert highest.max() < 0.02


def test_the_dragged_prediction_keeps_its_answer_out_of_its_picture():
    asked = CurveInPlane(quiz=True)
    assert len(asked.picture().axes) == 1 and "log P(X)" not in asked.describe()
    asked.revealed = True
    assert len(asked.picture().axes) == 2 and "log P(X)" in asked.describe()


def test_pictures_stand_under_the_outline_of_the_first():
    first, other = torch.zeros(2, 1, 28, 28)
    first[0, 10:20, 10:20], other[0, 4:8, 4:8] = 1.0, 1.0
    figure = nb01.outlined({"X": first, "moved": other})
    assert [axis.get_title() for axis in figure.axes] == ["X", "moved"]
    for axis in figure.axes:
        (outline,) = axis.collections
        low, high = outline.get_paths()[0].get_extents().get_points()
        assert low.tolist() == [9.5, 9.5] and high.tolist() == [19.5, 19.5]
