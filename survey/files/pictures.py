"""Pictures, drawn anew: what is kept are their pixels, and nothing else that came with them.

Gone are EXIF, GPS, XMP, comments, text chunks, previews, colour profiles, further frames and
whatever stands behind the end. Turned upright first, since the mark that says so goes too.
"""

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from survey.domain.file_kinds import LONGEST_EDGE, MOST_PIXELS, FileKind, Refusal
from survey.errors import FileRefused

FORMATS: Final = tuple(
    decoder.format for decoder in (JpegImageFile, PngImageFile, WebPImageFile, GifImageFile)
)
"""Decoders that are used at all; what looks like another format is not tried."""

_LARGE_PNG: Final = 4_000_000
"""Bytes from which a picture without loss is kept with some: it is a photo, not a screenshot."""

_FLAT: Final = frozenset(("PNG", "GIF"))
_QUALITY: Final = 85
_HAS_ALPHA: Final = frozenset(("RGBA", "LA", "PA", "La", "RGBa"))


def drawn(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """The picture as it is kept, at most `LONGEST_EDGE` pixels long.

    Raises: FileRefused, and whatever a decoder tells damage by.
    """
    with warnings.catch_warnings():
        # What Pillow warns of, odd metadata and many pixels, is thrown away or refused here.
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(content), formats=FORMATS) as came:
                width, height = came.size
                if width * height > MOST_PIXELS:
                    raise FileRefused(Refusal.PIXELS, name)
                flat = came.format in _FLAT
                # A large JPEG is decoded at a half, quarter or eighth of its size.
                came.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
                return _encoded(_pixels(came), flat=flat)
        except Image.DecompressionBombError:
            raise FileRefused(Refusal.PIXELS, name) from None


def _pixels(came: Image.Image) -> Image.Image:
    """The first frame upright and small, as RGB or RGBA, in an image that knows nothing else."""
    came.load()
    has_alpha = came.mode in _HAS_ALPHA or "transparency" in came.info
    upright = ImageOps.exif_transpose(came)
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    converted = upright.convert("RGBA" if has_alpha else "RGB")
    bare = Image.new(converted.mode, converted.size)
    bare.paste(converted)
    return bare


def _encoded(picture: Image.Image, *, flat: bool) -> tuple[FileKind, bytes]:
    if flat:
        as_png = BytesIO()
        picture.save(as_png, "PNG", compress_level=4)
        if as_png.tell() <= _LARGE_PNG:
            return FileKind.PNG, as_png.getvalue()
    if picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture)
        picture = paper
    as_jpeg = BytesIO()
    picture.save(as_jpeg, "JPEG", quality=_QUALITY)
    return FileKind.JPEG, as_jpeg.getvalue()
