"""Files that are never half written, and never read when damaged."""

import json
import os
import subprocess
import sys
import zlib

import pytest
import torch

from vae_helpers import storage


def written(file):
    """A file with a few tensors of several types and some facts."""
    tensors = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor(7), "c": torch.ones(3, dtype=torch.float16)}
    storage.save(file, tensors, {"x": [1, None, "σ"], "checksum": "--------"})
    return tensors


def test_tensors_and_facts_come_back(tmp_path):
    file = tmp_path / "new folder" / "ü 数.file"
    tensors = written(file)
    found, facts = storage.load(file)
    assert facts == {"x": [1, None, "σ"], "checksum": "--------"} and found.keys() == tensors.keys()
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


def test_what_a_killed_writer_left_is_swept_and_another_s_work_is_not(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, other, kin = (tmp_path / f"{name}.part" for name in (f"file.{dead.pid}", f"file.{os.getppid()}", "file.x"))
    for path in (left, other, kin):
        path.touch()
    with storage.replacing(tmp_path / "file") as beside:
        beside.touch()
    assert not left.exists() and other.exists() and kin.exists()


def test_it_is_on_the_disk_before_it_takes_the_place(tmp_path, monkeypatch):
    done = []
    for name in ("fsync", "replace"):
        act = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, act=act, name=name: (done.append(name), act(*a)))
    written(tmp_path / "file")
    assert done == ["fsync", "replace"]


def test_every_flipped_bit_is_noticed(tmp_path, tried):
    """Of the header and of the tensors: no bit of the file may change."""
    file = tmp_path / "file"
    written(file)
    content, taken = file.read_bytes(), []
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        try:
            taken.append((bit, storage.load(file)))
        except ValueError:
            continue
    tried("one bit of a stored file flipped, header and tensors", 8 * len(content), len(taken))
    assert not taken


def test_every_cut_is_noticed(tmp_path, tried):
    file = tmp_path / "file"
    written(file)
    content = file.read_bytes()
    for size in range(len(content)):
        file.write_bytes(content[:size])
        with pytest.raises(storage.Damaged, match="file is damaged"):
            storage.load(file)
    tried("a stored file cut short", len(content), 0)
    file.write_bytes(content + b"\0")
    with pytest.raises(storage.Damaged, match="checksum differs"):
        storage.load(file)


def sealed(header, body=b""):
    """A file with a right checksum and whatever else."""
    header = json.dumps(header, separators=(",", ":")).encode()
    content = len(header).to_bytes(8, "little") + header + body
    return content.replace(storage.BLANK, b'"checksum":"%08x"' % zlib.crc32(content))


@pytest.mark.parametrize(
    ("metadata", "tensors", "words"),
    [
        ({"format": "3"}, {}, "another version of the course: it is of format 3, and this course reads 2"),
        ({"format": None}, {}, "another version of the course: it is of format 1"),
        ({"facts": "{"}, {}, "damaged"),
        ({"facts": None}, {}, "damaged, or not a file that the course wrote"),
        ({}, {"a": {"dtype": "F99", "shape": [], "data_offsets": [0, 0]}}, "damaged"),
        ({}, {"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}, "damaged"),
        ({}, {"a": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 0]}}, "damaged"),
    ],
)
def test_a_well_sealed_file_of_another_kind_is_refused_in_a_sentence(tmp_path, metadata, tensors, words):
    file = tmp_path / "file"
    metadata = {"format": storage.FORMAT, "facts": "{}", "checksum": "--------"} | metadata
    kept = {name: value for name, value in metadata.items() if value is not None}
    file.write_bytes(sealed({"__metadata__": kept} | tensors))
    with pytest.raises(ValueError, match=words):
        storage.load(file)


def test_a_sealed_file_is_read(tmp_path):  # so that the seals above are right
    metadata = {"format": storage.FORMAT, "facts": '{"x": 1}', "checksum": "--------"}
    (tmp_path / "file").write_bytes(sealed({"__metadata__": metadata}))
    assert storage.load(tmp_path / "file") == ({}, {"x": 1})


@pytest.mark.parametrize("where", ["", "nowhere", "file/below", "locked"])
def test_what_cannot_be_read_is_not_called_damaged(tmp_path, where, monkeypatch):
    path = tmp_path / where
    (tmp_path / "file").touch()
    if where == "locked":  # root, as which tests may run, reads everything
        opened = type(path).open

        def refuse(self, *arguments):
            raise PermissionError(13, "Permission denied") if self == path else opened(self, *arguments)

        monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(ValueError, match="cannot be read: ") as told:
        storage.load(path)
    assert not isinstance(told.value, storage.Damaged) and "damaged" not in str(told.value)


def test_what_was_read_stays_though_the_file_is_overwritten_in_place(tmp_path):
    file = tmp_path / "file"
    tensors = written(file)
    found, _ = storage.load(file)
    with file.open("r+b") as same_file:  # as cp and sync clients do
        same_file.write(bytes(file.stat().st_size))
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
