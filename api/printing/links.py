"""Personal links as a file: CSV to merge into a letter, or slips to print."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from api.printing.cells import csv_of
from api.printing.slips import Sheet, Slip
from survey.locales import SPOKEN
from survey.services.joining import PersonalLink
from survey.settings import Settings

COLUMNS: Final = ("key", "name", "unit", "link", "code")


def as_csv(links: Iterable[PersonalLink]) -> bytes:
    """One row for each, in UTF-8; several units are joined with "|"."""
    return csv_of(
        COLUMNS,
        (
            (
                each.person.key,
                each.person.name,
                "|".join(unit.key for unit in each.units),
                each.address,
                each.code,
            )
            for each in links
        ),
    )


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
