"""The charts' arithmetic in the page: ticks, round ends, and places on a canvas. DragQ's module holds all of it."""

import pytest

RANGES = [[-6, 0], [0, 0.44], [-3.5, 3.5], [0, 1e-7], [-4000, 123], [0.3, 0.9], [-1.5, 15]]


def test_ticks_by_hand(page):
    low, high = page("drag_q", "ranges.map(([low, high]) => ticks(low, high, 5))", ranges=[[-6, 0], [0, 0.44]])
    assert low == [-6, -4, -2, 0] and high == [0, 0.1, 0.2, 0.3, 0.4]


def test_ticks_are_multiples_of_one_round_step_within_the_range(page):
    for (low, high), at in zip(
        RANGES, page("drag_q", "ranges.map(([low, high]) => ticks(low, high, 5))", ranges=RANGES), strict=True
    ):
        step = (at[-1] - at[0]) / (len(at) - 1)
        assert float(f"{step:.0e}") == pytest.approx(step) and f"{step:.0e}"[0] in "125"
        assert at == pytest.approx([step * round(v / step) for v in at], abs=1e-9 * step)
        assert low - 1e-6 * step <= at[0] < low + step and high - step < at[-1] <= high + 1e-6 * step
        assert 2 <= len(at) <= 6


def test_round_ends(page):
    values = [-5.2, -0.055, 0, 3.1, -999.0, 1e-3, 0.7, 1.3, 4.9, 12.0, 61.0]
    ends = page("drag_q", "values.map(roundEnd)", values=values)
    assert ends == pytest.approx([-6, -0.06, 0, 4, -1000, 1e-3, 0.8, 1.5, 5, 15, 80])


def test_bars_fit_their_axis(page):
    lists = [[0, 0, -1, 0], [0.45, 7.72, -1, -1.16, 10.2], [3300, -2.5], [-0.5, 0.5, 0]]
    scales = page("drag_q", "lists.map((values) => barEnds(values, [0, 1]))", lists=lists)
    assert scales == [[-1, 1], [-1.5, 15], [-3, 4000], [-0.5, 1]]
    singles = [[v] for v in (0, 0.7, 1.3, 4.9, 12.0, 61.0)]
    ends = page("drag_q", "lists.map((values) => barEnds(values, [-1, 1]))", lists=singles)
    assert ends == [[-1, 1], [-1, 1], [-1, 1.5], [-1, 5], [-1, 15], [-1, 80]]


def test_places_on_a_chart_and_back(page):
    make = "((plot) => {0})(chart({{width: 200, height: 100}}, {{left: 30, right: 10, top: 5, bottom: 15}}, [-4, 4], [0, 2]))"
    corners = page(
        "drag_q", make.format("[plot.toX(-4), plot.toX(4), plot.toY(0), plot.toY(2), plot.right, plot.floor]")
    )
    assert corners == [30, 190, 85, 5, 190, 85]
    values = [-4, -1.3, 0, 0.7, 5]
    back = page(
        "drag_q", make.format("values.map((v) => [plot.fromX(plot.toX(v)), plot.fromY(plot.toY(v))])"), values=values
    )
    assert back == [pytest.approx([v, v]) for v in values]
    moved = page("drag_q", make.format("(plot.y = [0, 4], [plot.toY(4), plot.toY(2)])"))
    assert moved == [5, 45]
