"""Personal links as a file: CSV to merge into a letter, or slips to print."""

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import StringIO
from typing import Final

from api.printing.slips import Sheet, Slip
from survey.locales import SPOKEN
from survey.services.joining import PersonalLink
from survey.settings import Settings

COLUMNS: Final = ("key", "name", "unit", "link", "code")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def as_csv(links: Iterable[PersonalLink]) -> bytes:
    """One row for each, in UTF-8; several units are joined with "|"."""
    written = StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for each in links:
        units = "|".join(unit.key for unit in each.units)
        cells = (each.person.key, each.person.name, units, each.address, each.code)
        rows.writerow(map(_as_text, cells))
    return written.getvalue().encode("utf-8", "replace")


def as_sheet(
    links: Sequence[PersonalLink], *, unit: str, settings: Settings, language: str
) -> Sheet:
    """The slips of one person or more, each in their language where we speak it; else in that of
    the sheet."""
    expires = min(each.expires_at for each in links)
    return Sheet(
        unit=unit,
        organisation=settings.organisation,
        bot=settings.bot_username,
        until=expires.astimezone(settings.zone).date() - timedelta(days=1),
        language=language,
        slips=[
            Slip(
                name=each.person.name,
                place=", ".join(unit.name for unit in each.units),
                link=each.address,
                code=each.code,
                language=_spoken(each.person.language, language),
            )
            for each in links
        ],
    )


def _spoken(wanted: str | None, otherwise: str) -> str:
    return wanted if wanted in SPOKEN else otherwise


def _as_text(cell: str) -> str:
    """The cell, so that no spreadsheet computes it; on one line."""
    flat = " ".join(cell.split())
    return f"'{flat}" if cell.startswith(_FORMULA) or flat.startswith(_FORMULA) else flat
