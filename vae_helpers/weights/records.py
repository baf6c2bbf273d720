"""What every recipe of shipped models does around its training: MNIST or nothing, and figures kept in one file."""

import json
from collections.abc import Iterable
from pathlib import Path

from vae_helpers import data, storage


def mnist() -> data.Digits:
    """MNIST. SystemExit without it: the shipped models are trained and measured on no other digits."""
    digits = data.load("mnist")
    if digits.name != "mnist":
        raise SystemExit("the shipped models are trained and measured on MNIST, which could not be had")
    return digits


def keep(path: Path, order: Iterable[str], name: str, figures: dict) -> dict[str, dict]:
    """Put a model's figures into a JSON file beside those of others, in the given order; returns all."""
    recorded = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    recorded[name] = figures
    recorded = {one: recorded[one] for one in order if one in recorded}
    with storage.replacing(path) as beside:
        beside.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    return recorded
