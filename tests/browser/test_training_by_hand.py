"""Stopping a training with the toolbar's button, and running its cell again."""

import re

from hands import eventually
from steps import start


def test_stop_button_and_running_again_lose_nothing(browser_session, scratch):
    setup = """import torch
from vae_helpers import data, models, training
digits = data.load("strokes", n=3000)
def train(**settings):
    model = models.VAE(2, (256,), seed=0)
    held_out = digits.test_images
    return model, training.fit(model, digits.train_images, 30, held_out=held_out, batch_size=100, **settings)"""
    cell = 'model, history = train(checkpoint="run.safetensors")'
    (browser_session[2] / "run.safetensors").unlink(missing_ok=True)
    with scratch("training", setup, cell) as notebook:
        page, output = notebook.page, notebook.page.locator(".jp-Cell").nth(1).locator(".jp-Cell-outputArea")

        def ended():
            page.wait_for_function("window.ran", timeout=120_000)
            cells = "jupyterapp.shell.currentWidget.content.model.toJSON().cells"
            kinds = f"{cells}.flatMap((cell) => cell.outputs.map((o) => o.output_type))"
            assert "error" not in page.evaluate(kinds), page.evaluate(f"JSON.stringify({cells})")

        def batches():  # by the progress bar: 30 a epoch
            done = re.search(r"(\d+)/900", output.inner_text())
            return int(done[1]) if done else 0

        start(page, 0)
        ended()
        start(page, 1)  # stopped when the batches of three epochs show in the progress bar, with 27 to go
        eventually(lambda: batches() >= 90, True, seconds=60)
        page.locator("[data-jp-item-name=interrupt] button, [data-jp-item-name=interrupt] jp-button").first.click()
        ended()
        stopped = re.search(r"Stopped after (\d+) of 30 epochs", output.inner_text())
        seconds = notebook.value("[epoch.seconds for epoch in history.epochs]")
        assert stopped and 2 <= len(seconds) == int(stopped[1]) < 30
        assert notebook.value("history.interrupted")
        assert notebook.value("model.encode(digits.test_images).mean.isfinite().all().item()")
        start(page, 1)
        ended()
        again = notebook.value("[epoch.seconds for epoch in history.epochs]")
        # Epochs come back with the seconds they took before: they were not run again. The button may have come between
        # the end of an epoch and its checkpoint; then that one is.
        kept = len(seconds) - 1
        assert again[:kept] == seconds[:kept] and len(again) == 30 and not notebook.value("history.interrupted")
        notebook.python("straight, whole = train(progress=False)")
        assert notebook.value("len(whole.epochs)") == 30
        same = "all(torch.equal(a, b) for a, b in zip(model.parameters(), straight.parameters(), strict=True))"
        assert notebook.value(same)
