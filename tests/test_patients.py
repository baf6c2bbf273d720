"""The broken runs of notebook 06."""

from vae_helpers import data, patients


def test_the_broken_runs_of_notebook_06_show_what_their_diagnosis_says():
    digits = data.load("strokes", n=6000)
    collapsed, overfitted, unpriced = (patients.patient(name, digits).epochs[-1] for name in "ABC")
    assert collapsed.kl < 0.05 and collapsed.held_out_kl < 0.05
    assert abs(collapsed.elbo - collapsed.held_out_elbo) < 10
    assert overfitted.elbo > overfitted.held_out_elbo + 10 and overfitted.kl < 40
    assert unpriced.kl > 80 and unpriced.reconstruction > collapsed.reconstruction + 50
    assert abs(unpriced.elbo - unpriced.held_out_elbo) < 20
