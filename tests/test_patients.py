"""The broken runs of notebook 06."""

import pytest

from vae_helpers import data, patients


@pytest.fixture(params=["strokes", "mnist"])
def digits(request):
    if request.param == "mnist":
        request.getfixturevalue("mnist")
    return data.load(request.param, n={"strokes": 6000, "mnist": 20_000}[request.param])


def test_held_out_digits_are_500_others(digits):
    held_out = patients.watched(digits)
    assert len(held_out) == 500
    rest = {image.numpy().tobytes() for image in digits.train_images[3000:]}
    assert all(image.numpy().tobytes() in rest for image in held_out)


def test_the_broken_runs_of_notebook_06_show_what_their_diagnosis_says(digits):
    collapsed, overfitted, unpriced = (patients.patient(name, digits).epochs[-1] for name in "ABC")
    assert collapsed.kl < 0.05 and collapsed.held_out_kl < 0.05
    assert abs(collapsed.elbo - collapsed.held_out_elbo) < 10
    assert overfitted.elbo > overfitted.held_out_elbo + 10 and overfitted.kl < 40
    assert unpriced.kl > 80 and unpriced.reconstruction > collapsed.reconstruction + 50
    assert abs(unpriced.elbo - unpriced.held_out_elbo) < 20
