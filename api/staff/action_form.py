"""What the form of an action asks and keeps, and what its page says of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.responses import Response

from api.staff.case_desk import PATH as CASES
from api.staff.case_desk import Names, looker_of, names_for
from api.staff.listing import Link
from api.staff.matter_fields import Field, Look, Typed, Wrong, as_typed, times_of
from api.staff.matters import filled, matter_form, services_for, told_so_far
from api.staff.problem_form import PATH as PROBLEMS
from api.staff.shell import Crumb, Desk, Fault
from api.web.results import STATES
from survey.domain.access import Action as Doing
from survey.domain.announcements import Announcement
from survey.domain.case_records import Action, ActionState, LinkKind
from survey.domain.language import N_
from survey.domain.problems import ActionSaid
from survey.errors import NotFound

PATH: Final = "/staff/actions"
TITLE: Final = N_("Actions")

_TEXTS: Final = ("title", "service", "owner", "baseline", "expected", "realised", "meeting")
_LINKS: Final = {
    LinkKind.CASE: "cases",
    LinkKind.PROBLEM: "problems",
    LinkKind.MEASURE: "measures",
    LinkKind.QUESTION: "questions",
    LinkKind.GROUP: "groups",
}
_LANGUAGES: Final = ("en", "cy")


async def fields_of(desk: Desk) -> list[Field]:
    names = await names_for(desk, [], accounts=False)
    services = services_for(desk, names, Doing.WORK_CASES)
    problems = await desk.app.problems.listed(looker_of(desk), open_only=False)
    return [
        Field("title", N_("What is to be done")),
        Field("service", N_("Service"), Look.CHOICE, options=services),
        Field("owner", N_("Who answers for it")),
        Field("due_on", N_("Due on"), Look.DAY),
        Field(
            "state",
            N_("State"),
            Look.CHOICE,
            options=[(state.value, desk.say(words)) for state, words in STATES.items()],
        ),
        Field("meeting", N_("Meeting that asked for it"), hint=N_("Where one did.")),
        Field("meeting_on", N_("Day of the meeting"), Look.DAY),
        Field("baseline", N_("How it was before"), Look.AREA),
        Field("expected", N_("What is expected of it"), Look.AREA),
        Field(
            "realised",
            N_("What came of it"),
            Look.AREA,
            hint=N_("Anybody reads it once this is told."),
        ),
        Field(
            "said_en",
            N_("You said"),
            Look.AREA,
            hint=N_("Anybody reads it. Name no school and no person."),
            language="en",
        ),
        Field("did_en", N_("We did"), Look.AREA, hint=N_("Anybody reads it."), language="en"),
        Field("said_cy", N_("You said, in Welsh"), Look.AREA, language="cy"),
        Field("did_cy", N_("We did, in Welsh"), Look.AREA, language="cy"),
        Field(
            "cases",
            N_("Reports that it is about"),
            Look.AREA,
            hint=N_("References such as P-4TK2. Their reporters are told."),
        ),
        Field(
            "problems",
            N_("Problem that it is about"),
            Look.CHOICE,
            hint=N_("Everybody who reports it is told."),
            options=[
                ("", desk.say(N_("None"))),
                *((str(each.problem.id), each.problem.title) for each in problems),
            ],
        ),
        Field(
            "measures",
            N_("Figures that it is about"),
            Look.AREA,
            hint=N_(
                "Such as service-satisfaction/satisfaction, one on each line. What is published of "
                "it stands beside, and who was asked in the last year is told by e-mail."
            ),
        ),
        Field(
            "questions",
            N_("Questions that it is about"),
            Look.AREA,
            hint=N_("Such as member-it/email_works. Who was asked is told by e-mail."),
        ),
        Field(
            "groups",
            N_("Groups that are told"),
            Look.AREA,
            hint=N_("Roles in the list of people, one on each line, such as schools forum."),
        ),
    ]


def said_of(typed: Typed, fields: Sequence[Field], desk: Desk) -> ActionSaid:
    """Raises: Wrong."""
    days, _ = times_of(typed, fields, desk.app.settings.zone)
    due_on = days["due_on"]
    if due_on is None:
        raise Wrong([("due_on", "required")])
    state = typed["state"]
    return ActionSaid(
        **{name: typed[name] for name in _TEXTS},
        due_on=due_on,
        state=ActionState(state) if state in set(ActionState) else ActionState.PLANNED,
        meeting_on=days["meeting_on"],
        said={each: typed[f"said_{each}"] for each in _LANGUAGES},
        did={each: typed[f"did_{each}"] for each in _LANGUAGES},
        links=tuple(
            (kind, line.strip())
            for kind, name in _LINKS.items()
            for line in _lines(typed[name], words=kind is LinkKind.CASE)
        ),
    )


def kept_of(said: ActionSaid, one: Action) -> ActionSaid:
    """With what the form does not ask for: the unit, and problems beside the one that it shows."""
    more = [each for each in one.links if each[0] is LinkKind.PROBLEM][1:]
    return replace(said, unit=one.unit, links=(*said.links, *more))


def _lines(text: str, *, words: bool) -> list[str]:
    found = text.replace(",", " ").split() if words else text.splitlines()
    return [each for each in found if each.strip()]


def typed_from(one: Action, desk: Desk) -> Typed:
    zone = desk.app.settings.zone
    typed = {name: str(getattr(one, name)) for name in _TEXTS} | {"state": one.state.value}
    typed |= as_typed(one.due_on, "due_on", zone) | as_typed(one.meeting_on, "meeting_on", zone)
    for language in _LANGUAGES:
        typed[f"said_{language}"] = one.said.get(language, "")
        typed[f"did_{language}"] = one.did.get(language, "")
    for kind, name in _LINKS.items():
        keys = [key for each, key in one.links if each is kind]
        typed[name] = "\n".join(keys[:1] if kind is LinkKind.PROBLEM else keys)
    return typed


async def form_page(
    desk: Desk,
    typed: Typed,
    *,
    one: Action | None = None,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    """Of a new action, or of one that is there."""
    stands: Sequence[tuple[str, object]] = ()
    if one is not None and status != 200:
        stands = await facts_of(one, await names_for(desk, [], accounts=False), desk)
    return matter_form(
        desk,
        typed,
        await fields_of(desk),
        title=N_("Change what is said of it") if one else N_("Plan an action"),
        under=Crumb(desk.say(TITLE), PATH),
        one=Crumb(one.title, f"{PATH}/{one.id}") if one else None,
        revision=one.revision if one else None,
        stands=stands,
        faults=faults,
        status=status,
    )


async def workable(action: UUID, desk: Desk) -> Action:
    """One that they may work. Raises: NotFound."""
    one = await desk.app.actions.get(action, looker_of(desk))
    desk.caller.require(Doing.WORK_CASES, service=one.service)
    return one


async def facts_of(
    one: Action, names: Names, desk: Desk, announced: Announcement | None = None
) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        (N_("State"), desk.say(STATES[one.state])),
        (N_("Service"), names.service(one.service)),
        (N_("Who answers for it"), one.owner),
        (N_("Due on"), one.due_on),
        (N_("Meeting that asked for it"), one.meeting),
        (N_("Day of the meeting"), one.meeting_on),
        (N_("How it was before"), one.baseline),
        (N_("What is expected of it"), one.expected),
        (N_("What came of it"), one.realised),
        (N_("Done"), one.done_at),
        (N_("It is about"), [await _link(kind, key, desk) for kind, key in one.links] or None),
        (N_("Told"), one.told_at),
        told_so_far(announced, desk),
    ]
    return filled(rows, desk)


async def _link(kind: LinkKind, key: str, desk: Desk) -> Link | str:
    if kind is LinkKind.CASE:
        return Link(key, f"{CASES}/{key}")
    if kind is LinkKind.PROBLEM:
        try:
            found = await desk.app.problems.one(UUID(key), looker_of(desk))
        except NotFound:
            return desk.say(N_("a problem of another service"))
        return Link(found.title, f"{PROBLEMS}/{key}")
    if kind is LinkKind.GROUP:
        return desk.say(N_("the group {name}")).format(name=key)
    return key
