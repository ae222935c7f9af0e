"""The fields of the forms of what staff do with a report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Final

from api.staff.case_words import REASONS, Say
from survey.case_labels import PRIORITIES, VERDICTS, WEIGHTS
from survey.domain import case_acts
from survey.domain.case_owners import Proposed
from survey.domain.case_records import Problem
from survey.domain.cases import Case
from survey.domain.language import N_

Typed = Mapping[str, str]

END_OF_DAY: Final = time(17)


class Look(StrEnum):
    """How a field is asked for."""

    AREA = "area"
    LINE = "line"
    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an act's form; `value` is what stands in it before anybody types."""

    name: str
    label: str
    look: Look = Look.AREA
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What the forms of one case need to know besides the case.

    `owners` and `services` are (id or key, name); `problems` are those that are open.
    """

    say: Say
    owners: Sequence[tuple[str, str]]
    services: Sequence[tuple[str, str]]
    problems: Sequence[Problem]
    proposed: Proposed
    now: datetime
    moment: Callable[[datetime], datetime]


def message(hint: str = "", label: str = N_("Message to the reporter")) -> Callable[..., Field]:
    def make(_: Case, around: Around) -> Field:
        return Field("text", around.say(label), hint=around.say(hint) if hint else "")

    return make


def why(label: str) -> Callable[[Case, Around], Field]:
    """The reason of something that only staff read."""

    def make(_: Case, around: Around) -> Field:
        return Field("text", around.say(label), hint=around.say(_ONLY_STAFF))

    return make


def sure(label: str) -> Callable[[Case, Around], Field]:
    """What is ticked before something is done that is not undone by undoing it."""
    return lambda _, around: Field("sure", around.say(label), Look.TICK)


_ONLY_STAFF: Final = N_("Only staff read it. It stands in the timeline.")
OPTIONAL: Final = N_("You may leave it empty.")
PLAIN: Final = N_("In plain words. They read exactly this.")


def only(*fields: Callable[[Case, Around], Field]) -> Callable[[Case, Around], Sequence[Field]]:
    return lambda case, around: [each(case, around) for each in fields]


def day_field(_: Case, around: Around) -> Field:
    return Field("day", around.say(N_("Day")), Look.DATE)


def time_field(_: Case, around: Around) -> Field:
    return Field("time", around.say(N_("Time")), Look.TIME, value=END_OF_DAY.isoformat("minutes"))


def assign_fields(case: Case, around: Around) -> Sequence[Field]:
    say, proposed = around.say, around.proposed
    hint = say(N_("Those whose roles let them work on it."))
    if case.owner is None and not case.team and proposed.said:
        hint += " " + say(N_("The service names %(owner)s.")) % {"owner": proposed.said}
    owner = case.owner or proposed.account
    team = case.team or ("" if case.owner else proposed.team)
    return [
        Field(
            "owner",
            say(N_("Who looks after it")),
            Look.CHOICE,
            hint,
            [("", say(N_("Nobody"))), *around.owners],
            str(owner) if owner else "",
        ),
        Field("team", say(N_("Team")), Look.LINE, say(OPTIONAL), value=team),
    ]


def sort_fields(case: Case, around: Around) -> Sequence[Field]:
    say = around.say
    unsaid = ("", say(N_("Not said")))
    degrees = [unsaid, *((str(each), str(each)) for each in range(1, case_acts.MOST + 1))]

    def of(words: Mapping[Any, str]) -> list[tuple[str, str]]:
        return [(each.value, say(text)) for each, text in words.items()]

    return [
        Field("service", say(N_("Service")), Look.CHOICE, "", around.services, case.service),
        Field("system", say(N_("System")), Look.LINE, value=case.system),
        Field("priority", say(N_("Priority")), Look.CHOICE, "", of(PRIORITIES), case.priority),
        Field(
            "weight",
            say(N_("Weight")),
            Look.CHOICE,
            say(N_("Reporters of problems of substance are asked again after four weeks.")),
            [unsaid, *of(WEIGHTS)],
            case.weight or "",
        ),
        Field("cause", say(N_("Cause")), Look.LINE, value=case.cause),
        Field(
            "impact",
            say(N_("Impact, 1 to 5")),
            Look.CHOICE,
            say(N_("Impact times likelihood of 12 or more puts it on the list of risks.")),
            degrees,
            str(case.impact or ""),
        ),
        Field(
            "likelihood",
            say(N_("Likelihood, 1 to 5")),
            Look.CHOICE,
            "",
            degrees,
            str(case.likelihood or ""),
        ),
        Field(
            "verdict",
            say(N_("What the provider says")),
            Look.CHOICE,
            "",
            [unsaid, *of(VERDICTS)],
            case.provider_verdict or "",
        ),
    ]


def link_fields(case: Case, around: Around) -> Sequence[Field]:
    options = [("", around.say(N_("None")))]
    options += [(str(each.id), each.title) for each in around.problems]
    value = str(case.problem) if case.problem else ""
    return [Field("problem", around.say(N_("Known problem")), Look.CHOICE, "", options, value)]


def reason_field(_: Case, around: Around) -> Field:
    options = [(key, around.say(text)) for key, text in REASONS.items()]
    return Field("reason", around.say(N_("Reason")), Look.CHOICE, "", options, "not_ours")
