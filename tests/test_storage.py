"""Files that are never half written, and never read when damaged."""

import os

import pytest
import torch

from vae_helpers import storage


def test_tensors_and_facts_come_back(tmp_path):
    file, tensors = tmp_path / "new" / "file", {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor(7)}
    storage.save(file, tensors, {"x": [1, None, "σ"]})
    found, facts = storage.load(file)
    assert facts == {"x": [1, None, "σ"]} and found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


@pytest.mark.parametrize("problem", [OSError("disk full"), KeyboardInterrupt()])
def test_a_write_that_stops_halfway_leaves_the_last_good_file_and_nothing_beside(tmp_path, problem):
    file = tmp_path / "file"
    with storage.replacing(file) as beside:
        beside.write_text("good")
        assert not file.exists()  # until it is whole
    with pytest.raises(type(problem)), storage.replacing(file) as beside:
        beside.write_text("ha")
        raise problem
    assert file.read_text() == "good" and os.listdir(tmp_path) == ["file"]


def test_a_changed_bit_is_noticed(tmp_path):
    file = tmp_path / "file"
    storage.save(file, {"a": torch.zeros(100)}, {})
    content = bytearray(file.read_bytes())
    content[-50] ^= 4
    file.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="checksum differs"):
        storage.load(file)
