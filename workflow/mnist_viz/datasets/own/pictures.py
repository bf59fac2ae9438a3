"""One picture: from the bytes of a file to the pixels that a network sees."""

import hashlib
import io
import warnings
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
GREY = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N"})
DEEP = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
ORIENTATION = 0x0112  # in Exif
SIDEWAYS = (5, 6, 7, 8)
PNG = b"\x89PNG\r\n\x1a\n"
WHITE = (255, 255, 255, 255)


class PictureError(ValueError):
    """A picture that can't be decoded; the message says why, not which one."""


class Look(NamedTuple):
    """What a picture is like."""

    sha256: str
    """Of the file."""
    height: int
    """As it is looked at, turned by what a camera has noted."""
    width: int
    channels: int
    """1 or 3."""


def look(content: bytes) -> Look:
    """What the picture of a file is like, mostly by its first bytes. Raises PictureError."""
    with _opened(content) as image:
        try:
            turned = image.getexif().get(ORIENTATION, 1) in SIDEWAYS
            width, height = image.size[::-1] if turned else image.size
            grey = image.mode in GREY or (image.mode in ("P", "PA") and _grey_palette(image)) or _grey_png(content)
        except Exception as error:  # the decoders raise whatever they like
            raise PictureError(str(error) or type(error).__name__) from error
        return Look(hashlib.sha256(content).hexdigest(), height, width, 1 if grey else 3)


def decode(content: bytes, size: tuple[int, int], channels: int) -> np.ndarray:
    """The pixels uint8 [H, W], or [H, W, 3], of the picture of a file.

    It is the first frame, turned upright, transparent parts white, 16 bits scaled to 8. For one channel colours become
    their luminance, for three grey is repeated. It is scaled, bilinearly with antialiasing, until its short side fits
    into `size` (height, width), and the rest is cut off on both sides. Raises PictureError.
    """
    with _opened(content) as image:
        try:
            whole = _eight_bits(ImageOps.exif_transpose(image))
        except PictureError:
            raise
        except Exception as error:  # the decoders raise whatever they like
            raise PictureError(str(error) or type(error).__name__) from error
    return np.asarray(_fitted(whole.convert("L" if channels == 1 else "RGB"), *size))


def _opened(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the size, and of Exif that is odd: what can't be read raises later
            return Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PictureError("it is no picture of a known format") from error
    except Exception as error:
        raise PictureError(str(error) or type(error).__name__) from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture in mode L or RGB, or another that becomes these without a loss of its own."""
    if image.mode == "F":
        raise PictureError("its pixels are floats, whose range is not known; save it with 8 or 16 bits")
    if image.mode in DEEP:
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise PictureError("its pixels have more than 16 bits, whose range is not known; save it with 8 or 16 bits")
        levels = ((values * 255 + 0x7FFF) // 0xFFFF).astype(np.uint8)
        if isinstance(clear := image.info.get("transparency"), int):
            levels[values == clear] = WHITE[0]
        return Image.fromarray(levels)
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        own = image.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", own.size, WHITE), own)
        return flat.convert("L" if image.mode in GREY else "RGB")
    return image.convert("L") if image.mode in GREY else image.convert("RGB")


def _grey_palette(image: Image.Image) -> bool:
    palette = image.convert("RGB").getcolors(256) or []
    return all(isinstance(colour, tuple) and len(set(colour)) == 1 for _, colour in palette)


def _grey_png(content: bytes) -> bool:
    """Whether a file is a PNG of grey and alpha, which Pillow gives as colours where it has 16 bits."""
    return content.startswith(PNG) and content[25:26] == b"\x04"


def _fitted(image: Image.Image, height: int, width: int) -> Image.Image:
    """Scaled until it covers the size, and cut in the middle."""
    share = max(height / image.height, width / image.width)
    tall, wide = max(height, round(image.height * share)), max(width, round(image.width * share))
    if (wide, tall) != image.size:
        image = image.resize((wide, tall), Image.Resampling.BILINEAR)
    left, top = (wide - width) // 2, (tall - height) // 2
    return image.crop((left, top, left + width, top + height))


def fitted(pixels: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """Pixels uint8 [H, W] or [H, W, 3] as `decode` gives those of a file."""
    return np.asarray(_fitted(Image.fromarray(pixels).convert("L" if channels == 1 else "RGB"), *size))
