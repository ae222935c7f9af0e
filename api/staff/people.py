"""/staff/people: who may be asked, found, shown and changed."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff import people_list
from api.staff.listing import Link
from api.staff.people_list import PATH, SHOWN, may, may_with_all, the_person
from api.staff.shell import Crumb, Desk, staffed
from survey.domain.access import Action, may_somewhere
from survey.domain.language import N_, date_in_words
from survey.domain.local_time import local_of
from survey.domain.people import Person
from survey.locales import SPOKEN

router = APIRouter(include_in_schema=False)

Reader = Annotated[Desk, Depends(staffed(Action.READ_PEOPLE))]

_TITLE: Final = N_("People")

_COUNTED: Final = 10_000
"""Counting more of those who match would take longer than everything else on the page."""


@router.get(PATH)
async def people(desk: Reader) -> Response:
    """Those whom the caller may see: found, sorted, fifty a page."""
    asked = people_list.asked_by(desk.request.query_params, desk.caller, desk.say)
    units = await desk.app.organisation.known_units()
    async with desk.app.begin.read() as work:
        after = await work.people.get(asked.after) if asked.after else None
        found = await work.people.find(
            text=asked.text,
            units=asked.units,
            ended=asked.ended,
            opted_out=asked.opted_out,
            sort=asked.sort,
            descending=asked.listing.descending,
            after=after,
            limit=asked.listing.size,
        )
        number = await work.people.count(
            asked.units,
            text=asked.text,
            ended=asked.ended,
            opted_out=asked.opted_out,
            most=_COUNTED,
        )
    names = {unit.key: unit.name for unit in units}
    reached = people_list.reach(desk.caller, Action.READ_PEOPLE)
    return desk.page(
        "staff/people.html",
        desk.say(_TITLE),
        listing=asked.listing,
        rows=[people_list.row(person, names, desk.say) for person in found.people],
        number=number,
        or_more=number == _COUNTED,
        next=asked.listing.address(after=str(found.people[-1].id)) if found.more else "",
        further=after is not None,
        units=[
            ("", desk.say(N_("All"))),
            *people_list.unit_options(units, reached),
        ],
        shows=[(show.value, desk.say(text)) for show, text in SHOWN.items()],
        partly=reached is not None,
        may_edit=may_somewhere(desk.caller.grants, Action.EDIT_PEOPLE),
        may_upload=desk.caller.may(Action.EDIT_PEOPLE),
    )


@router.get(f"{PATH}/{{person:uuid}}")
async def one(desk: Reader, person: UUID) -> Response:
    """All that is held of somebody."""
    found = await the_person(desk, person, Action.READ_PEOPLE)
    names = {unit.key: unit.name for unit in await desk.app.organisation.known_units()}
    async with desk.app.begin.read() as work:
        chats = len(await work.chats.of_person(person))
    refused = await desk.app.bounces.since(person)
    zone = desk.app.settings.zone
    editing = may(desk.caller, Action.EDIT_PEOPLE, found)
    return desk.page(
        "staff/person.html",
        found.name,
        crumbs=[Crumb(desk.say(_TITLE), PATH)],
        person=found,
        facts=_facts(desk, found, names, chats, editing=editing),
        refused=refused and date_in_words(local_of(refused, zone).date(), desk.language),
        editing=editing,
        whole=may_with_all(desk.caller, Action.EDIT_PEOPLE, found),
        rights=may_with_all(desk.caller, Action.RIGHTS, found),
        joins=editing and found.may_be_asked and desk.app.joining.possible,
        sends=bool(found.email) and desk.app.letters.can_send,
        here=f"{PATH}/{person}",
    )


def _facts(
    desk: Desk, person: Person, names: Mapping[str, str], chats: int, *, editing: bool
) -> list[tuple[Any, ...]]:
    """What is held, as (name, value) or (name, value, where it is changed)."""
    _ = desk.say
    edit, move = f"{PATH}/{person.id}/edit", f"{PATH}/{person.id}/move"
    units = [
        Link(names[unit], f"/staff/units/{unit}")
        if unit in names and desk.caller.may(Action.READ_UNITS, unit=unit)
        else names.get(unit, unit)
        for unit in person.units
    ]
    facts: list[tuple[Any, ...]] = [
        (_("Reference"), person.key),
        (_("Name"), person.name, edit),
        (_("Schools or departments"), units or None, move),
        (_("E-mail address"), person.email, edit),
        (_("Language"), SPOKEN.get(person.language or "", person.language), edit),
        (_("Roles"), "\n".join(person.roles) or None, edit),
        *((name, text, edit) for name, text in person.attributes.items()),
        (_("Joined in chat"), _("Yes") if chats else _("No")),
        (_("Added"), person.created_at),
    ]
    if person.opted_out_at is not None:
        facts.append((_("Wants no surveys since"), person.opted_out_at))
    if person.ended_at is not None:
        facts.append((_("Left"), person.ended_at))
    return facts if editing else [fact[:2] for fact in facts]
