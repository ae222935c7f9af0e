"""/staff/people: adding somebody, changing what is held of them, moving them to other units.

Whoever saves what somebody else changed meanwhile sees both, and nothing is overwritten.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff import person_form
from api.staff.people_list import PATH, may, reach, the_person, unit_options
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.staff.structure_words import revision_of
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.people import Person
from survey.errors import ChangedMeanwhile, FieldsRejected
from survey.locales import SPOKEN

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_PEOPLE))]

_ADD: Final = f"{PATH}/add"
_ONE: Final = f"{PATH}/{{person:uuid}}"
MEANWHILE: Final = N_("Somebody else changed this meanwhile. Nothing was overwritten")


# --- adding ---


@router.get(_ADD)
async def new(desk: Editor) -> Response:
    """The empty form."""
    return await _form_page(desk, None, {})


@router.post(_ADD)
async def add(desk: Editor) -> Response:
    """Keep somebody new, in a unit within reach."""
    form = await desk.form()
    values = person_form.typed(form, "key", "unit", *person_form.LABELS)
    unit = values["unit"]
    faults = person_form.colon_faults(values, desk.say)
    if not unit and not desk.caller.may(Action.EDIT_PEOPLE):
        faults.append(Fault("unit", desk.say(N_("Choose a school or department from the list"))))
    elif not faults:
        desk.caller.require(Action.EDIT_PEOPLE, unit=unit)
        try:
            person = await desk.app.people.add(
                key=values["key"],
                units=[unit] if unit else [],
                **person_form.arguments(values),
                by=desk.actor,
            )
        except FieldsRejected as rejected:
            faults = person_form.in_words(rejected.faults, desk.say)
        else:
            return desk.go(f"{PATH}/{person.id}", "person_added")
    return await _form_page(desk, None, values, faults)


# --- editing ---


@router.get(f"{_ONE}/edit")
async def edit_form(desk: Editor, person: UUID) -> Response:
    found = await the_person(desk, person, Action.EDIT_PEOPLE)
    return await _form_page(desk, found, person_form.values_of(found))


@router.post(f"{_ONE}/edit")
async def edit(desk: Editor, person: UUID) -> Response:
    found = await the_person(desk, person, Action.EDIT_PEOPLE)
    form = await desk.form()
    mine, before = person_form.typed(form), person_form.base(form)
    if faults := person_form.colon_faults(mine, desk.say):
        return await _form_page(
            desk, found, mine, faults, before=before, revision=revision_of(form)
        )
    said = person_form.arguments(mine)
    if mine["attributes"] == person_form.values_of(found)["attributes"]:
        said["attributes"] = found.attributes  # as the file gave them, line ends and all
    try:
        await desk.app.people.edit(
            person, **said, expected_revision=revision_of(form), by=desk.actor
        )
    except FieldsRejected as rejected:
        faults = person_form.in_words(rejected.faults, desk.say)
        return await _form_page(
            desk, found, mine, faults, before=before, revision=revision_of(form)
        )
    except ChangedMeanwhile:
        now = await the_person(desk, person, Action.EDIT_PEOPLE)
        theirs = person_form.values_of(now)
        return await _form_page(
            desk,
            now,
            person_form.merged(before, mine, theirs),
            [Fault("meanwhile", desk.say(MEANWHILE))],
            differences=person_form.differences(before, mine, theirs, desk.say),
            status=409,
        )
    return desk.go(f"{PATH}/{person}", "person_changed")


async def _form_page(
    desk: Desk,
    person: Person | None,
    values: person_form.Values,
    faults: Sequence[Fault] = (),
    *,
    before: person_form.Values | None = None,
    revision: int = 0,
    **more: Any,
) -> Response:
    """The form; `before` is what stood in it first, where that is not what is kept now."""
    units = await desk.app.organisation.known_units()
    nowhere = [("", desk.say(N_("None")))]
    return desk.page(
        "staff/person_form.html",
        desk.say(N_("Change the details")) if person else desk.say(N_("Add somebody")),
        crumbs=crumbs_to(desk, person),
        faults=faults,
        person=person,
        values=values,
        before=before or (person_form.values_of(person) if person else {}),
        revision=revision or (person.revision if person else 0),
        back=f"{PATH}/{person.id}" if person else PATH,
        units=[*nowhere, *unit_options(units, reach(desk.caller, Action.EDIT_PEOPLE))],
        languages=[("", desk.say(N_("Not known"))), *SPOKEN.items()],
        **more,
    )


# --- moving ---


@router.get(f"{_ONE}/move")
async def move_form(desk: Editor, person: UUID) -> Response:
    found = await the_person(desk, person, Action.EDIT_PEOPLE)
    return await _move_page(desk, found, kept=found.units)


@router.post(f"{_ONE}/move")
async def move(desk: Editor, person: UUID) -> Response:
    """To the ticked units and the one that was picked; those beyond reach stay."""
    found = await the_person(desk, person, Action.EDIT_PEOPLE)
    form = await desk.form()
    ticked, added = form.getlist("unit"), str(form.get("add") or "")
    if added:
        desk.caller.require(Action.EDIT_PEOPLE, unit=added)
    kept = [
        unit
        for unit in found.units
        if unit in ticked or not desk.caller.may(Action.EDIT_PEOPLE, unit=unit)
    ]
    units = [*kept, *([added] if added and added not in kept else [])]
    try:
        moved = await desk.app.people.move(
            person, units=units, expected_revision=revision_of(form), by=desk.actor
        )
    except FieldsRejected as rejected:
        faults = [
            Fault("add", fault.text) for fault in person_form.in_words(rejected.faults, desk.say)
        ]
        return await _move_page(desk, found, kept=kept, added=added, faults=faults)
    except ChangedMeanwhile:
        now = await the_person(desk, person, Action.EDIT_PEOPLE)
        faults = [Fault("meanwhile", desk.say(MEANWHILE))]
        return await _move_page(
            desk, now, kept=now.units, added=added, faults=faults, yours=units, status=409
        )
    seen = may(desk.caller, Action.READ_PEOPLE, moved)
    return desk.go(f"{PATH}/{person}" if seen else PATH, "person_moved")


async def _move_page(
    desk: Desk,
    person: Person,
    *,
    kept: Sequence[str],
    added: str = "",
    faults: Sequence[Fault] = (),
    yours: Sequence[str] = (),
    **more: Any,
) -> Response:
    """The form; `yours` are the units that were wanted where somebody else was faster."""
    units = await desk.app.organisation.known_units()
    names = {unit.key: unit.name for unit in units}
    nothing = [("", desk.say(N_("Nothing more")))]
    return desk.page(
        "staff/person_move.html",
        desk.say(N_("Change schools or departments")),
        crumbs=crumbs_to(desk, person),
        faults=faults,
        person=person,
        theirs=[
            (unit, names.get(unit, unit), unit in kept)
            for unit in person.units
            if desk.caller.may(Action.EDIT_PEOPLE, unit=unit)
        ],
        fixed=[
            names.get(unit, unit)
            for unit in person.units
            if not desk.caller.may(Action.EDIT_PEOPLE, unit=unit)
        ],
        added=added,
        yours=[names.get(unit, unit) for unit in yours],
        now=[names.get(unit, unit) for unit in person.units],
        units=[*nothing, *unit_options(units, reach(desk.caller, Action.EDIT_PEOPLE))],
        back=f"{PATH}/{person.id}",
        **more,
    )


def crumbs_to(desk: Desk, person: Person | None) -> list[Crumb]:
    """The way to a form: about somebody, or about nobody yet."""
    people = Crumb(desk.say(N_("People")), PATH)
    return [people, Crumb(person.name, f"{PATH}/{person.id}")] if person else [people]
