"""Pictures made by code, with what cameras and programs write into them."""

from io import BytesIO
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

NORTH = 51.6309


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture whose left half is red and whose right half is blue."""
    drawn = Image.new(mode, (width, height), "blue")
    drawn.paste("red", (0, 0, width // 2, height))
    return drawn


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a file of this kind."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(*, orientation: int = 1) -> Image.Exif:
    """What a phone writes: its make, how it was held, and where it was."""
    notes = Image.Exif()
    notes[Base.Make.value] = "Camera of Ann Byrne"
    notes[Base.Orientation.value] = orientation
    notes.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef.value: "N",
            GPS.GPSLatitude.value: (51.0, 37.0, 51.24),
            GPS.GPSLongitudeRef.value: "W",
            GPS.GPSLongitude.value: (0.0, 12.0, 14.0),
        }
    )
    return notes


def photo() -> bytes:
    """A JPEG as a phone sends it as a file."""
    return saved(picture(), "JPEG", exif=exif(), comment=b"Ann Byrne's desk")
