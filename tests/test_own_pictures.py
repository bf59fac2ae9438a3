"""Pictures of all kinds as pixels: what is scaled, cut, turned, flattened, and what is refused by name."""

import errno
import io
import os
import random
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_viz.datasets.own import decoding
from mnist_viz.datasets.own.decoding import Job, Target
from mnist_viz.datasets.own.pictures import PictureError, decode, look
from mnist_viz.store.files import WriteError
from tests.pictures import classes, pixels, read_in, save


def file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(height: int, width: int, channels: int = 3, top: int = 256) -> np.ndarray:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(0).integers(0, top, shape).astype(np.uint8 if top == 256 else np.uint16)


def test_a_picture_of_the_size_keeps_its_pixels() -> None:
    for channels in (1, 3):
        array = noise(6, 8, channels)
        assert np.array_equal(decode(file(Image.fromarray(array)), (6, 8), channels), array)


@pytest.mark.parametrize(("height", "width"), [(40, 90), (90, 40), (33, 64), (7, 5), (64, 64), (200, 31)])
def test_the_short_side_fits_and_the_middle_is_kept(height: int, width: int) -> None:
    """Pillow's antialiased bilinear filter, then a cut: as a reference in two lines."""
    image = Image.fromarray(noise(height, width))
    share = max(32 / height, 48 / width)
    wide, tall = max(48, round(width * share)), max(32, round(height * share))
    scaled = np.asarray(image.resize((wide, tall), Image.Resampling.BILINEAR) if (wide, tall) != image.size else image)
    top, left = (tall - 32) // 2, (wide - 48) // 2
    assert np.array_equal(decode(file(image), (32, 48), 3), scaled[top : top + 32, left : left + 48])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright(orientation: int) -> None:
    """As each of Exif's eight orientations says; a picture with a red corner at the top left."""
    upright = np.zeros((8, 12, 3), np.uint8)
    upright[:3, :3, 0] = 255
    turns = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what undoes the turn that Exif asks for
    undo = turns[orientation]
    stored = Image.fromarray(upright)
    stored = stored if undo is None else stored.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = file(stored, "PNG", exif=exif)
    assert (look(content).height, look(content).width) == (8, 12)
    assert np.array_equal(decode(content, (8, 12), 3), upright)


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    values = np.array([[0, 128, 257, 65535], [32768, 1000, 514, 65278]], np.uint16)
    for kind in ("PNG", "TIFF"):
        content = file(Image.fromarray(values), kind)
        assert look(content).channels == 1
        assert decode(content, (2, 4), 1).tolist() == [[0, 0, 1, 255], [128, 4, 2, 254]]


def deep(values: np.ndarray, kind: int, chunks: bytes = b"") -> bytes:
    """A PNG file of 16 bits: `values` uint16 [H, W, channels]; `kind` is PNG's number of the type of colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    height, width = values.shape[:2]
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([16, kind, 0, 0, 0])
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    body = chunk(b"IHDR", head) + chunks + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_sixteen_bits_of_a_colour_are_its_higher_eight() -> None:
    """As Pillow reads them; of grey ones it gives all sixteen."""
    colours = np.array([[[65535, 0, 32768], [255, 256, 1000]]], np.uint16)
    content = deep(colours, 2)
    assert look(content).channels == 3
    assert decode(content, (1, 2), 3).tolist() == [[[255, 0, 128], [0, 1, 3]]]
    clear = np.array([[[0, 0, 0, 0], [65535, 0, 0, 65535]]], np.uint16)
    assert decode(deep(clear, 6), (1, 2), 3).tolist() == [[[255, 255, 255], [255, 0, 0]]]
    grey = np.array([[[0, 65535], [0, 0]]], np.uint16)
    assert look(deep(grey, 4)).channels == 1
    assert decode(deep(grey, 4), (1, 2), 1).tolist() == [[0, 255]]


def test_sixteen_bits_of_grey_can_be_transparent() -> None:
    values = np.array([[[514], [1000]]], np.uint16)
    named = b"tRNS" + (1000).to_bytes(2, "big")
    content = deep(values, 0, (2).to_bytes(4, "big") + named + zlib.crc32(named).to_bytes(4, "big"))
    assert look(content).channels == 1 and decode(content, (1, 2), 1).tolist() == [[2, 255]]


def test_floats_and_more_than_sixteen_bits_are_refused() -> None:
    with pytest.raises(PictureError, match="floats, whose range is not known"):
        decode(file(Image.fromarray(np.ones((3, 3), np.float32)), "TIFF"), (3, 3), 1)
    with pytest.raises(PictureError, match="more than 16 bits"):
        decode(file(Image.fromarray(np.full((3, 3), 70_000, np.int32)), "TIFF"), (3, 3), 1)


def test_what_is_transparent_is_white() -> None:
    half = np.zeros((2, 2, 4), np.uint8)
    half[0, 0] = (255, 0, 0, 255)
    half[0, 1] = (255, 0, 0, 128)
    assert decode(file(Image.fromarray(half)), (2, 2), 3).tolist() == [
        [[255, 0, 0], [255, 127, 127]],
        [[255, 255, 255], [255, 255, 255]],
    ]
    grey = np.array([[[0, 255], [0, 0]]], np.uint8)
    content = file(Image.fromarray(grey, "LA"))
    assert look(content).channels == 1 and decode(content, (1, 2), 1).tolist() == [[0, 255]]


def test_palettes_are_colours_grey_or_transparent() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([250, 10, 20, 0, 0, 0])
    image.putdata([0, 1])
    assert look(file(image)).channels == 3
    assert decode(file(image), (1, 2), 3).tolist() == [[[250, 10, 20], [0, 0, 0]]]
    assert decode(file(image, transparency=1), (1, 2), 3).tolist() == [[[250, 10, 20], [255, 255, 255]]]
    image.putpalette([9, 9, 9, 200, 200, 200])
    assert look(file(image)).channels == 1 and decode(file(image), (1, 2), 1).tolist() == [[9, 200]]


def test_cmyk_becomes_colours() -> None:
    content = file(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG", quality=100)
    assert look(content).channels == 3
    red, green, blue = decode(content, (4, 4), 3)[0, 0]
    assert red > 240 and green < 15 and blue < 15


def test_one_bit_is_black_and_white() -> None:
    image = Image.fromarray(np.array([[True, False]]))
    assert look(file(image)).channels == 1 and decode(file(image), (1, 2), 1).tolist() == [[255, 0]]


def test_colour_becomes_luminance_and_grey_is_repeated() -> None:
    colour, grey = Image.new("RGB", (2, 2), (255, 0, 0)), Image.new("L", (2, 2), 77)
    assert decode(file(colour), (2, 2), 1).tolist() == [[76, 76], [76, 76]]
    assert decode(file(grey), (2, 2), 3)[0, 0].tolist() == [77, 77, 77]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_is_the_picture(kind: str) -> None:
    first, second = Image.new("RGB", (4, 4), (255, 0, 0)), Image.new("RGB", (4, 4), (0, 0, 255))
    content = file(first, kind, save_all=True, append_images=[second], duration=100, loop=0)
    red, _, blue = decode(content, (4, 4), 3)[0, 0]
    assert red > 250 and blue < 5


def test_grey_pictures_among_colours_become_colours(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    save(path / "cat" / "grey.png", colour=9, mode="L")
    found = read_in(tmp_path, path)
    assert found.train.images.shape[1:] == (6, 8, 3)
    assert any((each == 9).all() for each in pixels(found))
    found = read_in(tmp_path, path, channels=1)
    assert found.train.images.shape[1:] == (6, 8)


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    for name, level in (("cat", 5), ("dog", 6)):
        save(tmp_path / "p" / name / "1.png", colour=level, mode="L")
        save(tmp_path / "p" / name / "2.png", colour=level + 10, mode="L")
    assert read_in(tmp_path, tmp_path / "p").train.images.ndim == 3
    assert read_in(tmp_path, tmp_path / "p", channels=3).train.images.ndim == 4


def test_pictures_of_several_sizes_need_one(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    save(path / "cat" / "large.png", size=(30, 20))
    with pytest.raises(ValueError, match=r"2 sizes, as cat/0.png 6x8 and cat/large.png 20x30 .* size: \[64, 64\]"):
        read_in(tmp_path, path)
    assert read_in(tmp_path, path, size=(10, 12)).train.images.shape[1:] == (10, 12, 3)


def test_pictures_that_can_not_be_decoded_are_named_all_at_once(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2}, size=(64, 64))
    whole = file(Image.fromarray(noise(64, 64)), "JPEG")
    (path / "cat" / "cut short.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"1 picture can't be decoded.*\n  cat/cut short\.jpg: .*truncated"):
        read_in(tmp_path, path)
    (path / "dog" / "text.png").write_text("no picture")
    (path / "dog" / "empty.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"2 pictures can't be decoded") as refused:
        read_in(tmp_path, path)
    assert "dog/text.png: it is no picture of a known format" in str(refused.value)


def test_any_bytes_are_decoded_or_refused() -> None:
    whole = [file(Image.fromarray(noise(9, 9)), kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")]
    generator = random.Random(0)
    for content in whole:
        for _ in range(30):
            damaged = bytearray(content[: generator.randrange(1, len(content) + 1)])
            for _ in range(generator.randrange(4)):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            try:
                look(bytes(damaged))
                assert decode(bytes(damaged), (5, 5), 3).shape == (5, 5, 3)
            except PictureError as error:
                assert str(error)


def test_several_processes_give_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = classes(tmp_path / "p", {"cat": 40, "dog": 40})
    one = read_in(tmp_path / "a", path, size=(5, 5))
    monkeypatch.setattr(decoding, "FEW", 0)
    two = read_in(tmp_path / "b", path, processes=2, size=(5, 5))
    assert [each.tobytes() for each in pixels(one)] == [each.tobytes() for each in pixels(two)]
    assert one.contents == two.contents


def test_a_full_disk_is_said_before_anything_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(WriteError, match=r"cannot write .*train\.npy: the disk is full"):
        read_in(tmp_path, classes(tmp_path / "p", {"cat": 2, "dog": 2}))


def test_what_was_decoded_before_an_interruption_is_not_decoded_again(tmp_path: Path) -> None:
    paths = [save(tmp_path / f"{number}.png", colour=(number, 0, 0)) for number in range(4)]
    jobs = [Job([path.name], [path], [number]) for number, path in enumerate(paths)]
    target = Target(tmp_path / "half" / "train.npy", (6, 8), 3)

    def stopped() -> Any:
        yield from jobs[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decoding.decoded(stopped(), 4, target, 1)
    for path in paths[:2]:
        path.unlink()
    images = decoding.decoded(iter(jobs), 4, target, 1)
    assert images[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
