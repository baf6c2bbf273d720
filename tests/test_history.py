"""The records of a run, and their curves."""

import matplotlib.figure
from stripes import fit, small, stripes


def test_history_plots_the_bound_and_its_terms():
    history = fit(small(), stripes(), 4, stripes(50, seed=1))
    figure = history.plot()
    assert isinstance(figure, matplotlib.figure.Figure) and len(figure.axes) == 3
    by_title = {axis.get_title(): axis for axis in figure.axes}
    for title, key in {"the bound": "elbo", "reconstruction term": "reconstruction", "KL term": "kl"}.items():
        training_curve, held_out = by_title[title].get_lines()
        assert list(training_curve.get_xdata()) == [1, 2, 3, 4]
        assert list(training_curve.get_ydata()) == [getattr(e, key) for e in history.epochs]
        assert list(held_out.get_ydata()) == [getattr(e, f"held_out_{key}") for e in history.epochs]
        assert "nats" in by_title[title].get_ylabel() and by_title[title].get_xlabel() == "epoch"
    same_figure = matplotlib.figure.Figure()
    assert history.plot(same_figure) is same_figure and history.plot(same_figure) is same_figure
    assert len(same_figure.axes) == 3


def test_history_without_held_out_images_has_one_curve_each():
    figure = fit(small(), stripes(), 2).plot()
    assert [len(axis.get_lines()) for axis in figure.axes] == [1, 1, 1]
