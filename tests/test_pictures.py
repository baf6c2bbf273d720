"""A folder of pictures: what is read and how, and what each kind of bad file gets."""

import os
import shutil
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from vae_helpers import pictures

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Two good pictures, b.png and c/a.png."""
    (tmp_path / "c").mkdir()
    Image.fromarray(NOISE).save(tmp_path / "b.png")
    Image.fromarray(NOISE[:, :, 0]).save(tmp_path / "c" / "a.png")
    return tmp_path


def one(folder, **options):
    """The only picture of a folder, (side, side) or (side, side, 3)."""
    images = pictures.load(folder, side=8, **options).images
    return images.reshape(8, 8, *([3] if options.get("color") else []))


# --- what is read


def test_pictures_of_any_size_come_in_the_order_of_their_names(folder):
    found = pictures.load(folder, side=10)
    assert found.files == ("b.png", "c/a.png") and not found.skipped and not found.remarks
    assert found.images.shape == (2, 100) and found.images.dtype == torch.float32
    assert found.images.min() >= 0 and found.images.max() <= 1
    assert torch.equal(pictures.load(str(folder), side=10).images, found.images)
    assert pictures.load(folder, color=True).images.shape == (2, 28 * 28 * 3)


@pytest.mark.parametrize("ending", sorted(pictures.ENDINGS))
def test_every_ending_is_read(tmp_path, ending):
    Image.new("L" if ending == ".pgm" else "RGB", (30, 20), 51 if ending == ".pgm" else (51, 51, 51)).save(
        tmp_path / f"A{ending.upper()}"
    )
    assert one(tmp_path).numpy() == pytest.approx(0.2, abs=0.02)


def test_color_is_kept_channels_last(tmp_path):
    Image.new("RGB", (9, 9), (255, 0, 51)).save(tmp_path / "a.png")
    torch.testing.assert_close(one(tmp_path, color=True), torch.tensor([1.0, 0.0, 0.2]).expand(8, 8, 3))
    Image.new("L", (9, 9), 51).save(tmp_path / "a.png")
    torch.testing.assert_close(one(tmp_path, color=True), torch.full((8, 8, 3), 0.2))


def test_the_square_around_the_center_is_taken(tmp_path):
    wide = np.zeros((8, 40), np.uint8)
    wide[:, 16:24] = 255
    Image.fromarray(wide).save(tmp_path / "a.png")
    assert one(tmp_path).mean() > 0.95  # a squeezed one would be mostly black
    Image.new("1", (3, 3000), 1).save(tmp_path / "a.png")
    assert one(tmp_path).min() == 1


def test_ink_is_one_minus_bright(folder):
    assert torch.equal(pictures.load(folder, ink=True).images, 1 - pictures.load(folder).images)


def test_a_phone_s_picture_is_turned_upright(tmp_path):
    picture, exif = Image.new("L", (20, 20)), Image.Exif()
    picture.paste(255, (0, 0, 20, 10))  # bright above
    exif[0x0112] = 3  # lying on its head
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert one(tmp_path)[:3].max() < 0.1 < 0.9 < one(tmp_path)[-3:].min()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path, mode):
    Image.new(mode, (9, 9), 0).save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
    assert one(tmp_path).min() == 1


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    Image.fromarray(np.full((9, 9), 2**14, np.uint16)).save(tmp_path / "a.png")
    assert one(tmp_path).numpy() == pytest.approx(0.25, abs=0.01)


def test_a_large_jpeg_is_as_its_png(tmp_path):
    """Its decoder leaves out what will not be shown."""
    smooth = np.add.outer(np.linspace(0, 120, 900), np.linspace(0, 120, 900)).astype(np.uint8)
    for name in ("a.jpg", "b.png"):
        Image.fromarray(smooth).save(tmp_path / name)
    a, b = pictures.load(tmp_path).images
    torch.testing.assert_close(a, b, atol=0.02, rtol=0)


# --- bad files: named, skipped, counted


def spoil(folder, kind):
    """One more file, bad.png unless its name is what is bad; returns what the reason must say."""
    bad, good = folder / "bad.png", folder / "b.png"
    if kind == "empty":
        bad.write_bytes(b"")
        return "0 bytes"
    if kind == "no picture":
        bad.write_text("a letter")
        return "not a picture"
    if kind == "cut short":
        bad.write_bytes(good.read_bytes()[:2000])
        return "damaged"
    if kind == "no picture's ending":
        (folder / "bad.txt").write_text("a letter")
        return "'.txt'"
    if kind == "another's ending":
        Image.fromarray(NOISE).save(bad, format="JPEG")
        return "holds a JPEG, not what '.png' says"
    if kind == "100 megapixels":
        Image.new("1", (10_000, 10_000)).save(bad)
        return "100 megapixels (10000×10000)"
    if kind == "200 megapixels":
        Image.new("1", (20_000, 10_000)).save(bad)
        return "more than 100 megapixels"
    if kind == "a link to nothing":
        bad.symlink_to("nowhere.png")
        return "no longer there"
    if kind == "a pipe":
        os.mkfifo(bad)
        return "no plain file"
    if kind == "floating point":
        Image.fromarray(np.zeros((4, 4), np.float32)).save(folder / "bad.tif")
        return "none is known to be white"
    raise AssertionError(kind)


KINDS = [
    "empty", "no picture", "cut short", "no picture's ending", "another's ending", "100 megapixels", "200 megapixels",
    "a link to nothing", "a pipe", "floating point",
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders, and links need a privilege there")
@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_is_named_skipped_and_counted(folder, kind):
    before = pictures.load(folder)
    why = spoil(folder, kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = pictures.load(folder)
    assert torch.equal(found.images, before.images) and found.files == before.files
    [(name, reason)] = found.skipped.items()
    assert name.startswith("bad.") and why in reason
    assert (
        str(found).startswith("2 pictures read, 1 files skipped") and repr(name) in str(found) and reason in str(found)
    )


def test_100_megapixels_are_refused_before_they_are_decoded(folder, monkeypatch):
    spoil(folder, "100 megapixels")
    decoded = []
    load = Image.Image.load
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: decoded.append(self.size) or load(self))
    with pytest.raises(pictures._Unusable, match="megapixels"):
        pictures._read(folder / "bad.png", 28, False)
    assert decoded == []


def test_a_file_that_disappears_while_the_folder_is_read(folder, monkeypatch):
    read = pictures._read

    def slow(path, *arguments):
        (folder / "c" / "a.png").unlink(missing_ok=True)
        return read(path, *arguments)

    monkeypatch.setattr(pictures, "_read", slow)
    found = pictures.load(folder)
    assert found.files == ("b.png",) and found.skipped == {"c/a.png": "is no longer there"}


def test_what_may_not_be_read(folder, monkeypatch):
    def refuse(path, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(ValueError, match=r"'b.png' may not be read \(Permission denied\)"):
        pictures.load(folder)


def test_a_folder_within_that_may_not_be_read_is_named(folder, monkeypatch):
    scan = os.scandir

    def refuse(place):
        if str(place).endswith("c"):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refuse)
    found = pictures.load(folder)
    assert found.files == ("b.png",) and "may not be read" in found.skipped["c"]


def test_of_an_animation_the_first_frame_is_taken_and_it_is_said(tmp_path):
    frames = [Image.new("L", (9, 9), gray) for gray in (0, 120, 255)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    found = pictures.load(tmp_path)
    assert found.images.max() == 0 and not found.skipped
    assert found.remarks == {"a.gif": "has 3 frames; the first is taken"} and "3 frames" in str(found)


def test_names_that_begin_with_a_dot_are_passed_over(folder):
    (folder / ".DS_Store").write_text("x")
    (folder / ".thumbnails").mkdir()
    shutil.copy(folder / "b.png", folder / ".thumbnails" / "b.png")
    assert pictures.load(folder).files == ("b.png", "c/a.png") and pictures.load(folder).listed == 2


def test_many_bad_files_are_counted_and_the_first_named(folder):
    for number in range(50):
        (folder / f"n{number:02}.txt").write_text("x")
    told = str(pictures.load(folder))
    assert "50 files skipped" in told and "n19.txt" in told and "n20.txt" not in told and "and 30 more" in told


def test_no_picture_at_all_is_one_line_that_says_what_was_looked_for(tmp_path):
    with pytest.raises(ValueError, match=r"no picture in .*looked for \.png, \.jpg.*among 0 files") as empty:
        pictures.load(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match=r"among 1 files there; 'a.txt' its name") as text:
        pictures.load(tmp_path)
    assert "\n" not in str(empty.value) + str(text.value)


def test_no_folder(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        pictures.load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="is not a folder"):
        pictures.load(tmp_path / "file")
    with pytest.raises(ValueError, match="side must be"):
        pictures.load(tmp_path, side=0)


# --- parts


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_parts_are_the_whole_and_open_only_their_own(folder, monkeypatch, n):
    (folder / "bad.png").write_bytes(b"")
    opened, read = [], pictures._read
    monkeypatch.setattr(pictures, "_read", lambda path, *a: opened.append(path.name) or read(path, *a))
    whole, opened[:] = pictures.load(folder), []
    parts = []
    for k in range(n):
        before = len(opened)
        parts.append(pictures.load(folder, part=(k, n)))
        assert len(opened) - before <= -(-3 // n)
    assert opened == ["b.png", "bad.png", "a.png"]
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert [name for part in parts for name in part.skipped] == ["bad.png"]
    assert {(part.listed, part.listing) for part in parts} == {(3, whole.listing)}


# --- contact sheet


@pytest.mark.parametrize("color", [False, True])
def test_a_sheet_shows_each_picture_in_its_brightness(folder, color):
    images = pictures.load(folder, side=28, color=color).images
    board = pictures.sheet({"all": images, "first": images[:1]}, 28, color)
    tile = np.asarray(board.crop((4, 14, 60, 70)))[::2, ::2] / 255
    expected = images[0].reshape(28, 28, 3 if color else 1).expand(28, 28, 3).numpy()
    assert tile == pytest.approx(expected, abs=1e-6)
    inked = pictures.sheet({"all": 1 - images, "first": 1 - images[:1]}, 28, color, ink=True)
    assert np.abs(np.asarray(inked).astype(int) - np.asarray(board)).max() <= 1
