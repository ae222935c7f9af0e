"""/staff/people: leaving, coming back, wanting no surveys: asked first, with the consequence."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.people_changes import MEANWHILE, crumbs_to
from api.staff.people_list import PATH, may_with_all, the_person
from api.staff.shell import Desk, Fault, staffed
from api.staff.structure_words import revision_of
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.people import Person
from survey.domain.retention import LEFT_DAYS
from survey.errors import ChangedMeanwhile, NotFound

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_PEOPLE))]

_ONE: Final = f"{PATH}/{{person:uuid}}"


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that is confirmed on a page of its own, with its consequence.

    `done` tells whether it was done before. `change` is by how many the people of each of their
    units grow. `whole` says that it is for those alone who look after all units of the person.
    """

    title: str
    button: str
    said: str
    consequences: tuple[str, ...]
    do: Callable[[Desk, UUID, int], Awaitable[Person]]
    done: Callable[[Person], bool]
    change: int = 0
    whole: bool = False


_STEPS: Final[Mapping[str, _Step]] = {
    "deactivate": _Step(
        N_("They have left"),
        N_("Yes, they have left"),
        "person_left",
        (
            N_("Nobody asks them any more, and links to join that were not used stop working."),
            N_("Answers that they gave stay in the figures."),
            N_("You can bring them back for %(days)d days. Then their record is deleted."),
        ),
        lambda desk, person, revision: desk.app.people.deactivate(
            person, expected_revision=revision, by=desk.actor
        ),
        lambda person: person.ended_at is not None,
        change=-1,
        whole=True,
    ),
    "bring-back": _Step(
        N_("Bring them back"),
        N_("Bring them back"),
        "person_back",
        (N_("They can be asked again, for the schools and departments of before."),),
        lambda desk, person, revision: desk.app.people.bring_back(
            person, expected_revision=revision, by=desk.actor
        ),
        lambda person: person.ended_at is None,
        change=1,
        whole=True,
    ),
    "opt-out": _Step(
        N_("Send them no surveys"),
        N_("Send them no surveys"),
        "person_opted_out",
        (
            N_("They are asked nothing more, in chat or by e-mail, from now on."),
            N_("They can change their mind at any time by telling you."),
        ),
        lambda desk, person, _: desk.app.people.opt_out(person, by=desk.actor),
        lambda person: person.opted_out_at is not None,
    ),
    "opt-in": _Step(
        N_("Ask them again"),
        N_("They want to be asked again"),
        "person_opted_in",
        (N_("Do this only when they have told you so."),),
        lambda desk, person, _: desk.app.people.opt_in(person, by=desk.actor),
        lambda person: person.opted_out_at is None,
    ),
}


@router.get(f"{_ONE}/deactivate")
@router.get(f"{_ONE}/bring-back")
@router.get(f"{_ONE}/opt-out")
@router.get(f"{_ONE}/opt-in")
async def ask(desk: Editor, person: UUID) -> Response:
    """What a step would change, in numbers, before it is done."""
    found, step = await the_person(desk, person, Action.EDIT_PEOPLE), _step_of(desk)
    if step.done(found):
        return desk.go(f"{PATH}/{person}")
    return await _step_page(desk, found, step)


@router.post(f"{_ONE}/deactivate")
@router.post(f"{_ONE}/bring-back")
@router.post(f"{_ONE}/opt-out")
@router.post(f"{_ONE}/opt-in")
async def do(desk: Editor, person: UUID) -> Response:
    """Do it, once: pressing again changes nothing."""
    found, step = await the_person(desk, person, Action.EDIT_PEOPLE), _step_of(desk)
    form = await desk.form()
    if step.whole and not may_with_all(desk.caller, Action.EDIT_PEOPLE, found):
        raise NotFound("person")
    if not step.done(found):
        try:
            await step.do(desk, person, revision_of(form))
        except ChangedMeanwhile:
            now = await the_person(desk, person, Action.EDIT_PEOPLE)
            return await _step_page(desk, now, step, [Fault("meanwhile", desk.say(MEANWHILE))])
    return desk.go(f"{PATH}/{person}", step.said)


async def _step_page(
    desk: Desk, person: Person, step: _Step, faults: Sequence[Fault] = ()
) -> Response:
    names = {unit.key: unit.name for unit in await desk.app.organisation.known_units()}
    async with desk.app.begin.read() as work:
        counted = [(unit, await work.people.count([unit])) for unit in person.units]
        chats = len(await work.chats.of_person(person.id))
        account = await work.accounts.by_person(person.id)
    return desk.page(
        "staff/person_confirm.html",
        desk.say(step.title),
        crumbs=crumbs_to(desk, person),
        faults=faults,
        status=409 if faults else 200,
        person=person,
        button=desk.say(step.button),
        consequences=[desk.say(each) % {"days": LEFT_DAYS} for each in step.consequences],
        rows=[(names.get(unit, unit), number, number + step.change) for unit, number in counted],
        changes=bool(step.change),
        chats=chats,
        signs_in=account is not None and account.ended_at is None and step.change < 0,
        beyond=step.whole and not may_with_all(desk.caller, Action.EDIT_PEOPLE, person),
        danger=step.change < 0,
        back=f"{PATH}/{person.id}",
    )


def _step_of(desk: Desk) -> _Step:
    return _STEPS[desk.request.url.path.rpartition("/")[2]]
