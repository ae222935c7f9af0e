"""Links and codes to join the chat: for a school, as slips or rows; for one person, also sent."""

import asyncio
from collections.abc import Sequence
from gettext import NullTranslations
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.printing import slips as printing
from api.printing.links import as_csv, as_sheet
from api.staff.people_list import PATH as PEOPLE
from api.staff.people_list import the_person
from api.staff.shell import Crumb, Desk, staffed
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.people import JOIN_DAYS, Person
from survey.domain.records import Unit
from survey.errors import Conflict, NotFound
from survey.locales import translations
from survey.services.joining import PersonalLink

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_PEOPLE))]

_UNIT: Final = "/staff/units/{unit}"
_PERSON: Final = f"{PEOPLE}/{{person:uuid}}"
_TITLE: Final = N_("Slips to join the chat: %(unit)s")


@router.get(f"{_UNIT}/slips")
async def slips(desk: Editor, unit: str) -> Response:
    """For how many people there would be slips; nothing is made yet."""
    found = await _the(desk, unit)
    number = await desk.app.joining.count(found.key)
    said: NullTranslations = translations(desk.language)
    counted = said.ngettext(
        "There is %(number)d person who can be asked.",
        "There are %(number)d people who can be asked.",
        number,
    )
    return desk.page(
        "staff/slips.html",
        desk.say(_TITLE) % {"unit": found.name},
        crumbs=[
            Crumb(desk.say(N_("Schools, departments and teams")), "/staff/units"),
            Crumb(found.name, f"/staff/units/{found.key}"),
        ],
        unit=found,
        number=number,
        counted=counted % {"number": number},
        possible=desk.app.joining.possible,
        days=JOIN_DAYS,
    )


@router.post(f"{_UNIT}/slips")
async def sheet(desk: Editor, unit: str) -> Response:
    """New links, as slips to print."""
    found, made = await _make(desk, unit)
    told = as_sheet(made, unit=found.name, settings=desk.app.settings, language=desk.language)
    content = await asyncio.to_thread(printing.pdf, told)
    return _file(content, "application/pdf", f"slips-{found.key}.pdf")


@router.post(f"{_UNIT}/links.csv")
async def links(desk: Editor, unit: str) -> Response:
    """New links, as rows."""
    found, made = await _make(desk, unit)
    return _file(as_csv(made), "text/csv; charset=utf-8", f"links-{found.key}.csv")


@router.post(f"{_PERSON}/slip")
async def slip(desk: Editor, person: UUID) -> Response:
    """A new link of one person, as a slip to print. Raises: NotFound, where they cannot join."""
    found = await _who_may_join(desk, person)
    made = await desk.app.joining.make_for(found.id, by=desk.actor)
    place = made.units[0].name if made.units else desk.app.settings.organisation
    told = as_sheet([made], unit=place, settings=desk.app.settings, language=desk.language)
    content = await asyncio.to_thread(printing.pdf, told)
    return _file(content, "application/pdf", "slip.pdf")


@router.post(f"{_PERSON}/send-link")
async def send_link(desk: Editor, person: UUID) -> Response:
    """A new link of one person, in a letter. Raises: NotFound, where they cannot join."""
    found = await _who_may_join(desk, person)
    await desk.app.joining.send_link(found.id, by=desk.actor)
    return desk.go(f"{PEOPLE}/{found.id}", "link_sent")


async def _who_may_join(desk: Desk, person: UUID) -> Person:
    """Raises: NotFound, also where the caller may not change them or there is no bot to join."""
    found = await the_person(desk, person, Action.EDIT_PEOPLE)
    await desk.form()
    if not desk.app.joining.possible:
        raise NotFound("bot")
    return found


async def _make(desk: Desk, unit: str) -> tuple[Unit, Sequence[PersonalLink]]:
    """Raises: NotFound; Conflict, where everybody has left since the page was shown."""
    found = await _the(desk, unit)
    await desk.form()
    if not desk.app.joining.possible:
        raise NotFound("bot")
    made = await desk.app.joining.make(found.key, by=desk.actor)
    if not made:
        raise Conflict("nobody may be asked")
    return found, made


async def _the(desk: Desk, unit: str) -> Unit:
    """Raises: NotFound, also where the caller may not change its people."""
    desk.caller.require(Action.EDIT_PEOPLE, unit=unit)
    for each in await desk.app.organisation.units():
        if each.key == unit:
            return each
    raise NotFound("unit")


def _file(content: bytes, media_type: str, name: str) -> Response:
    """To keep and not to show; no browser or proxy stores it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
