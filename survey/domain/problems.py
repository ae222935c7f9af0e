"""Problems, planned downtime and actions: what may be said of them, and when they come back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from survey.domain import case_acts
from survey.domain.case_records import (
    RECURS_WITHIN_DAYS,
    Action,
    ActionState,
    LinkKind,
    Problem,
    ProblemState,
)
from survey.domain.cases import Case, Said
from survey.domain.structure import text_faults
from survey.domain.texts import fault_in
from survey.errors import Fault, FieldsRejected

LONGEST_TEXT: Final = 2_000
"""Characters of what is told, planned, expected and the like."""

RECENT: Final = timedelta(days=7)
"""How long a problem that was fixed is still among the known ones."""

AHEAD: Final = timedelta(days=7)
"""How long before planned downtime begins reporters are shown it."""

_LINES: Final = frozenset({"title", "owner", "system", "milestone", "meeting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSaid:
    """What staff say of a problem; see `Problem`."""

    title: str
    service: str
    system: str = ""
    planned: bool = False
    state: ProblemState = ProblemState.OPEN
    owner: str = ""
    cause: str = ""
    plan: str = ""
    milestone: str = ""
    milestone_on: date | None = None
    told: str = ""
    update_by: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    @classmethod
    def of(cls, problem: Problem) -> "ProblemSaid":
        return cls(**{each.name: getattr(problem, each.name) for each in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSaid:
    """What staff say of an action; see `Action`."""

    title: str
    service: str
    owner: str
    due_on: date
    unit: str = ""
    state: ActionState = ActionState.PLANNED
    baseline: str = ""
    expected: str = ""
    realised: str = ""
    meeting: str = ""
    meeting_on: date | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    did: Mapping[str, str] = field(default_factory=dict)
    links: tuple[tuple[LinkKind, str], ...] = ()

    @classmethod
    def of(cls, action: Action) -> "ActionSaid":
        return cls(**{each.name: getattr(action, each.name) for each in fields(cls)})


def problem_as_said(problem: Problem, said: ProblemSaid, *, at: datetime) -> Problem:
    """The problem with what is said of it now.

    Raises: FieldsRejected ("required", "too_long", "bad_sign", "order").
    """
    faults = [*_text_faults(said, {"title"}), *_time_faults(said)]
    if faults:
        raise FieldsRejected(faults)
    after = replace(problem, **_values(said))
    fixed = after.state is ProblemState.FIXED
    told_anew = after.told != problem.told
    return replace(
        after,
        told_at=at if told_anew and after.told else problem.told_at if after.told else None,
        fixed_at=(problem.fixed_at or at) if fixed else None,
        update_by=None if fixed else after.update_by,
    )


def action_as_said(action: Action, said: ActionSaid, *, at: datetime) -> Action:
    """The action with what is said of it now.

    What was published stays published: its texts can be put right, and not be emptied.

    Raises: FieldsRejected ("required", "too_long", "bad_sign").
    """
    faults = list(_text_faults(said, {"title", "owner"}))
    for name in ("said", "did"):
        texts: Mapping[str, str] = getattr(said, name)
        for language, text in texts.items():
            if fault := fault_in(text, f"{name}_{language}", longest=LONGEST_TEXT):
                faults.append(fault)
        if action.told_at is not None and not any(texts.values()):
            faults.append(Fault((f"{name}_en",), "required", "it is empty"))
    if faults:
        raise FieldsRejected(faults)
    after = replace(action, **_values(said))
    done = after.state is ActionState.DONE
    return replace(
        after,
        said=_filled(said.said),
        did=_filled(said.did),
        done_at=(action.done_at or at) if done else None,
        links=tuple(dict.fromkeys(said.links)),
    )


def raised_again(problem: Problem, *, at: datetime) -> Problem | None:
    """The problem where one of its reports is new, or came back, soon after it was fixed.

    None where it is open anyway, or was fixed so long ago that this is another one.
    """
    if problem.fixed_at is None or at - problem.fixed_at > timedelta(days=RECURS_WITHIN_DAYS):
        return None
    return replace(
        problem, state=ProblemState.OPEN, fixed_at=None, recurrences=problem.recurrences + 1
    )


def is_known(problem: Problem, *, now: datetime) -> bool:
    """Whether anybody may read of it on the page of known problems."""
    if not problem.told:
        return False
    if problem.planned and problem.ends_at is not None:
        return problem.ends_at > now and problem.state is not ProblemState.FIXED
    return problem.fixed_at is None or problem.fixed_at > now - RECENT


def may_join(problem: Problem, *, now: datetime) -> bool:
    """Whether who has the same may say so: it is told, and goes on or begins soon."""
    if not problem.told or problem.state is ProblemState.FIXED:
        return False
    if problem.ends_at is not None and problem.ends_at <= now:
        return False
    return problem.begins_at is None or problem.begins_at <= now + AHEAD


def is_overdue(action: Action, today: date) -> bool:
    return action.due_on < today and action.state in (ActionState.PLANNED, ActionState.UNDER_WAY)


def spoken(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """A text by language as somebody reads it: (its language, the text); English where theirs is
    not there, and else any."""
    for each in (language, "en", *texts):
        if texts.get(each):
            return each, texts[each]
    return language, ""


def _text_faults(said: ProblemSaid | ActionSaid, required: set[str]) -> Iterator[Fault]:
    texts = {
        each.name: value
        for each in fields(said)
        if isinstance(value := getattr(said, each.name), str)
    }
    yield from text_faults(
        [(name, text) for name, text in texts.items() if name in _LINES], required
    )
    for name, text in texts.items():
        if name not in _LINES and (fault := fault_in(text, name, longest=LONGEST_TEXT)):
            yield fault


def told_when_linked(problem: Problem, case: Case) -> tuple[Said, ...]:
    """What whoever reported a case is told as it becomes part of a problem: how that stands."""
    more_by = problem.update_by or problem.ends_at
    waits = case.state.open and not case.state.to_be_judged
    if not waits or not problem.told or problem.state is ProblemState.FIXED or more_by is None:
        return ()
    return (case_acts.planned(more_by, problem.told),)


def _time_faults(said: ProblemSaid) -> Iterator[Fault]:
    if said.planned:
        for name in ("begins_at", "ends_at"):
            if getattr(said, name) is None:
                yield Fault((name,), "required", "say when")
        if said.begins_at and said.ends_at and said.ends_at <= said.begins_at:
            yield Fault(("ends_at",), "order", "it ends before it begins")
        return
    for name in ("begins_at", "ends_at"):
        if getattr(said, name) is not None:
            yield Fault((name,), "not_planned", "only planned downtime begins and ends")
    if said.state is ProblemState.FIXED and not said.told:
        yield Fault(("told",), "required", "say what was done")
    elif said.state is not ProblemState.FIXED and said.told and said.update_by is None:
        yield Fault(("update_by",), "required", "say when more is said")


def _values(said: ProblemSaid | ActionSaid) -> dict[str, Any]:
    return {each.name: getattr(said, each.name) for each in fields(said)}


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}
