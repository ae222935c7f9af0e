"""B15: of a photo nothing is kept but its pixels; sounds lose what is written about them."""

from collections.abc import Callable
from io import BytesIO
from typing import Final

import pytest
from PIL import Image, PngImagePlugin

from survey.domain.file_kinds import LONGEST_EDGE, FileKind
from survey.files.looking import look
from tests.hostile.making import m4a, mp3, voice
from tests.support.pictures import exif, photo, picture, saved

_XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><GPSLatitude>51,37.85N</GPSLatitude></x:xmpmeta>'
)
_PROFILE: Final = b"profile of Ann Byrne's camera".ljust(128, b"\0")
_TOLD: Final = (b"Exif", b"GPS", b"51.63", b"51,37", b"Ann Byrne", b"xmp", b"ICC", b"profile")


def _notes() -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Location", "51.6309 N, Ann Byrne")
    notes.add_itxt("XML:com.adobe.xmp", _XMP.decode(), zip=True)
    notes.add_text("Comment", "Ann Byrne", zip=True)
    return notes


def _webp() -> bytes:
    return saved(picture(), "WEBP", exif=exif(), xmp=_XMP, icc_profile=_PROFILE)


def _two_frames() -> bytes:
    return saved(
        picture(),
        "GIF",
        save_all=True,
        append_images=[Image.new("RGB", (64, 48), "green")],
        comment=b"Ann Byrne",
    )


PHOTOS: Final = {
    "JPEG with EXIF and a comment": ("a.jpg", photo, FileKind.JPEG),
    "JPEG with XMP and a profile": (
        "a.jpeg",
        lambda: saved(picture(), "JPEG", xmp=_XMP, icc_profile=_PROFILE),
        FileKind.JPEG,
    ),
    "JPEG with a film behind it": ("a.jpg", lambda: photo() + b"GPS 51.63", FileKind.JPEG),
    "JPEG of two pictures": (
        "a.jpg",
        lambda: saved(picture(), "MPO", save_all=True, append_images=[picture()], exif=exif()),
        FileKind.JPEG,
    ),
    "JPEG for print": (
        "a.jpg",
        lambda: saved(picture().convert("CMYK"), "JPEG", exif=exif()),
        FileKind.JPEG,
    ),
    "PNG with texts": (
        "a.png",
        lambda: saved(picture(), "PNG", pnginfo=_notes(), exif=exif(), icc_profile=_PROFILE),
        FileKind.PNG,
    ),
    "WebP with EXIF and XMP": ("a.webp", _webp, FileKind.JPEG),
    "GIF with a comment": ("a.gif", _two_frames, FileKind.PNG),
    "photo without a name": ("", photo, FileKind.JPEG),
}


@pytest.mark.parametrize(("name", "make", "kind"), PHOTOS.values(), ids=PHOTOS)
def test_a_photo_keeps_its_pixels_and_nothing_else(
    name: str, make: Callable[[], bytes], kind: FileKind
) -> None:
    """B15."""
    came = make()
    assert any(told in came or kind is FileKind.PNG for told in _TOLD)

    found = look(name, came)

    assert found.kind is kind
    assert not [told for told in _TOLD if told in found.content]
    with Image.open(BytesIO(found.content)) as kept:
        # Nothing but what the format itself needs.
        assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        assert not kept.getexif()
        assert kept.size == (64, 48)
        assert getattr(kept, "n_frames", 1) == 1
        red, blue = (kept.convert("RGB").getpixel(at) for at in ((8, 24), (56, 24)))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 200 > 100 > red[2]
    assert blue[2] > 200 > 100 > blue[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_before_the_mark_that_says_so_is_gone(orientation: int) -> None:
    found = look("a.jpg", saved(picture(), "JPEG", exif=exif(orientation=orientation)))

    with Image.open(BytesIO(found.content)) as kept:
        lies = orientation >= 5
        assert kept.size == ((48, 64) if lies else (64, 48))
        width, height = kept.size
        first = kept.getpixel((width // 2, 4) if lies else (4, height // 2))
    assert isinstance(first, tuple)
    red_first = orientation in (1, 4, 5, 6)
    assert first[0 if red_first else 2] > 200


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16")])
def test_a_large_picture_is_kept_as_large_as_is_read(kind: str, mode: str) -> None:
    found = look(f"a.{kind.lower()}", saved(Image.new(mode, (4000, 1000)), kind))

    with Image.open(BytesIO(found.content)) as kept:
        assert kept.size == (LONGEST_EDGE, LONGEST_EDGE // 4)


def test_what_shows_through_stays_so_in_a_screenshot() -> None:
    through = Image.new("RGBA", (8, 8), (255, 0, 0, 0))

    found = look("a.png", saved(through, "PNG"))

    with Image.open(BytesIO(found.content)) as kept:
        assert kept.getpixel((4, 4)) == (255, 0, 0, 0)


def test_a_voice_message_keeps_its_sound_and_loses_where_it_was_recorded() -> None:
    came = voice()

    found = look("", came)

    assert (found.name, found.kind) == ("voice.ogg", FileKind.OGG)
    assert len(found.content) == len(came)
    assert found.content.endswith(came[-100:])
    assert not [told for told in (b"LOCATION", *_TOLD) if told in found.content]
    again = look("a.ogg", found.content)
    assert again.content == found.content


def test_the_page_of_emptied_comments_has_a_sum_that_fits() -> None:
    empty = voice(comment=b"").replace(b"Recorder of Ann Byrne", bytes(21))
    assert b"Ann Byrne" not in empty

    first = look("a.ogg", voice()).content
    page = first[first.index(b"OggS", 4) : first.rindex(b"OggS")]
    stated, unsummed = page[22:26], page[:22] + bytes(4) + page[26:]
    remainder = 0
    for byte in unsummed:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x104C11DB7 if remainder & 0x80000000 else 0)
    assert int.from_bytes(stated, "little") == remainder


def test_music_and_memos_lose_their_notes_and_nothing_else() -> None:
    came = mp3()
    found = look("a.mp3", came)
    assert found.content == came[came.index(b"\xff\xfb") : -128]

    memo = look("a.m4a", m4a())
    assert len(memo.content) == len(m4a())
    assert memo.content.endswith(m4a()[-100:])
    assert not [told for told in (b"+51", *_TOLD) if told in memo.content]
