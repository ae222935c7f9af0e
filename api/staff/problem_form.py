"""What the form of a problem asks and keeps, and what its page says of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response

from api.staff.case_desk import Names, names_for
from api.staff.matter_fields import Field, Look, Typed, as_typed, times_of
from api.staff.matters import filled, matter_form, services_for, told_so_far
from api.staff.shell import Crumb, Desk, Fault
from survey.domain.access import Action
from survey.domain.announcements import Announcement
from survey.domain.case_records import Problem, ProblemState
from survey.domain.language import N_
from survey.domain.problems import ProblemSaid

PATH: Final = "/staff/problems"
TITLE: Final = N_("Problems and planned downtime")

STATES: Final[Mapping[ProblemState, str]] = {
    ProblemState.OPEN: N_("Open"),
    ProblemState.WATCHED: N_("Being watched"),
    ProblemState.FIXED: N_("Fixed"),
}
_TEXTS: Final = ("title", "service", "system", "told", "owner", "cause", "plan", "milestone")


async def fields_of(desk: Desk) -> list[Field]:
    names = await names_for(desk, [], accounts=False)
    return [
        Field("title", N_("What it is"), hint=N_("Such as: Payslips are missing on the portal.")),
        Field(
            "service",
            N_("Service"),
            Look.CHOICE,
            options=services_for(desk, names, Action.WORK_CASES),
        ),
        Field("system", N_("System"), hint=N_("Where one is concerned. You may leave it empty.")),
        Field(
            "state",
            N_("State"),
            Look.CHOICE,
            hint=N_("When it is fixed, everybody who reports it is asked whether it is."),
            options=[(state.value, desk.say(words)) for state, words in STATES.items()],
        ),
        Field(
            "planned",
            N_("Kind"),
            Look.CHOICE,
            options=[
                ("", desk.say(N_("A problem"))),
                ("1", desk.say(N_("Planned downtime"))),
            ],
        ),
        Field(
            "told",
            N_("What anybody may read of it"),
            Look.AREA,
            hint=N_(
                "It stands on the page of known problems, and whoever reports it is told once. "
                "Empty, it is not there. Name no school and no person."
            ),
        ),
        Field("update_by", N_("Next update by"), Look.MOMENT),
        Field("begins_at", N_("Downtime begins"), Look.MOMENT),
        Field("ends_at", N_("Downtime ends"), Look.MOMENT),
        Field("owner", N_("Who answers for it")),
        Field("cause", N_("Cause"), Look.AREA, hint=N_("Only staff read it.")),
        Field("plan", N_("Plan"), Look.AREA, hint=N_("Only staff read it.")),
        Field("milestone", N_("Next milestone")),
        Field("milestone_on", N_("Milestone due on"), Look.DAY),
    ]


def said_of(typed: Typed, fields: Sequence[Field], desk: Desk) -> ProblemSaid:
    """Raises: Wrong."""
    days, moments = times_of(typed, fields, desk.app.settings.zone)
    state = typed["state"]
    return ProblemSaid(
        **{name: typed[name] for name in _TEXTS},
        state=ProblemState(state) if state in set(ProblemState) else ProblemState.OPEN,
        planned=typed["planned"] == "1",
        milestone_on=days["milestone_on"],
        update_by=moments["update_by"],
        begins_at=moments["begins_at"],
        ends_at=moments["ends_at"],
    )


def typed_from(one: Problem, desk: Desk) -> Typed:
    zone = desk.app.settings.zone
    typed = {name: str(getattr(one, name)) for name in _TEXTS}
    typed |= {"state": one.state.value, "planned": "1" if one.planned else ""}
    for name in ("milestone_on", "update_by", "begins_at", "ends_at"):
        typed |= as_typed(getattr(one, name), name, zone)
    return typed


async def form_page(
    desk: Desk,
    typed: Typed,
    *,
    one: Problem | None = None,
    cases: Sequence[str] = (),
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    """Of a new problem, or of one that is there; `cases` become part of it."""
    stands: Sequence[tuple[str, object]] = ()
    if one is not None and status != 200:
        stands = facts_of(one, await names_for(desk, [], accounts=False), desk)
    new = N_("Plan downtime") if typed.get("planned") else N_("Note a problem")
    explained = N_("Reports that become part of it: {cases}.")
    return matter_form(
        desk,
        typed,
        await fields_of(desk),
        title=N_("Change what is said of it") if one else new,
        under=Crumb(desk.say(TITLE), PATH),
        one=Crumb(one.title, f"{PATH}/{one.id}") if one else None,
        revision=one.revision if one else None,
        stands=stands,
        kept=[("case", each) for each in cases],
        explained=desk.say(explained).format(cases=", ".join(cases)) if cases else "",
        faults=faults,
        status=status,
    )


def facts_of(
    one: Problem, names: Names, desk: Desk, announced: Announcement | None = None
) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        (N_("State"), desk.say(STATES[one.state])),
        (N_("Service"), names.service(one.service)),
        (N_("System"), one.system),
        (N_("What anybody may read of it"), one.told),
        (N_("Last told"), one.told_at),
        told_so_far(announced, desk),
        (N_("Next update by"), one.update_by),
        (N_("Downtime begins"), one.begins_at),
        (N_("Downtime ends"), one.ends_at),
        (N_("Who answers for it"), one.owner),
        (N_("Cause"), one.cause),
        (N_("Plan"), one.plan),
        (N_("Next milestone"), one.milestone),
        (N_("Milestone due on"), one.milestone_on),
        (N_("Fixed"), one.fixed_at),
        (N_("Came back after it was fixed"), one.recurrences or None),
    ]
    return filled(rows, desk)
