"""The site, built once, and Chromium with the network off to read it."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def site_packages(lacking):
    """What `docs.build` needs is installed."""
    from docs import build

    if package := build.missing():
        lacking(f"tests of the site need {package}: pip install -r requirements-site.txt")


@pytest.fixture(scope="session")
def site(site_packages, tmp_path_factory):
    """The folder of the site: $VAE_COURSE_SITE, or made here, which runs all notebooks and takes some minutes."""
    from docs.build import build

    if given := os.environ.get("VAE_COURSE_SITE"):
        return Path(given).resolve()
    out = tmp_path_factory.mktemp("site") / "out"
    build(out)
    return out


@pytest.fixture
def offline(chromium):
    """offline(width=1280, ...): a context of the shared Chromium, without a network."""
    contexts = []

    def make(width=1280, height=900, **settings):
        settings = {
            "viewport": {"width": width, "height": height},
            "reduced_motion": "reduce",
            "offline": True,
        } | settings
        contexts.append(chromium.browser.new_context(**settings))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()
