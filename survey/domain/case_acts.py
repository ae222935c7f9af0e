"""What staff do with a problem report, as entries to be.

Each says who may read it: what the reporter is told is theirs to read, what sorts the work is not.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from survey.domain.cases import Audience, Case, EntryKind, Priority, Said, Side, Verdict, Weight
from survey.domain.texts import trimmed
from survey.errors import Fault, FieldsRejected

LONGEST_NAME: Final = 120
MOST: Final = 5
"""Of impact and of likelihood; each begins at 1."""


def acknowledged(text: str = "") -> Said:
    return Said(kind=EntryKind.ACKNOWLEDGED, side=Side.STAFF, text=trimmed(text))


def assigned(owner: UUID | None, team: str = "") -> Said:
    """To an account, a team, both, or nobody."""
    told = {
        "owner": str(owner) if owner else None,
        "team": trimmed(team, "team", longest=LONGEST_NAME),
    }
    return Said(kind=EntryKind.ASSIGNED, side=Side.STAFF, audience=Audience.STAFF, data=told)


def sorted_(
    case: Case,
    *,
    service: str | None = None,
    system: str | None = None,
    priority: Priority | None = None,
    weight: Weight | None = None,
    cause: str | None = None,
    impact: int | None = None,
    likelihood: int | None = None,
    verdict: Verdict | None = None,
) -> Said | None:
    """What is known of it by now, where that is another than before; None where nothing is.

    `verdict` is the provider's. What is left out stays as it is.

    Raises: FieldsRejected ("too_long", "bad_sign", "range").
    """
    for name, number in (("impact", impact), ("likelihood", likelihood)):
        if number is not None and not 1 <= number <= MOST:
            raise FieldsRejected([Fault((name,), "range", f"give a number from 1 to {MOST}")])
    said: dict[str, Any] = {
        "service": service,
        "system": None if system is None else trimmed(system, "system", longest=LONGEST_NAME),
        "priority": priority and priority.value,
        "weight": weight and weight.value,
        "cause": None if cause is None else trimmed(cause, "cause"),
        "impact": impact,
        "likelihood": likelihood,
    }
    changed = {
        name: value
        for name, value in said.items()
        if value is not None and value != getattr(case, name)
    }
    if verdict is not None and verdict is not case.provider_verdict:
        changed["verdict"] = verdict.value
    return _among_staff(EntryKind.SORTED, changed) if changed else None


def for_few(case: Case, few: bool, reason: str) -> Said | None:
    """Let few see it from now on, or all those again whose roles let them; None where it is so.

    Raises: FieldsRejected ("required", "too_long", "bad_sign"), of the reason.
    """
    text = trimmed(reason, needed=True)
    if case.restricted is few:
        return None
    return replace(_among_staff(EntryKind.SORTED, {"restricted": few}), text=text)


def reply(text: str, files: tuple[UUID, ...] = ()) -> Said:
    """To the reporter. Raises: FieldsRejected."""
    return Said(
        kind=EntryKind.MESSAGE, side=Side.STAFF, text=trimmed(text, needed=not files), files=files
    )


def note(text: str, files: tuple[UUID, ...] = (), audience: Audience = Audience.STAFF) -> Said:
    """Among those who work on it. Raises: FieldsRejected."""
    return Said(
        kind=EntryKind.NOTE,
        side=Side.STAFF,
        audience=audience,
        text=trimmed(text, needed=not files),
        files=files,
    )


def asked(text: str, files: tuple[UUID, ...] = ()) -> Said:
    """Something that the reporter alone knows; the case waits for them. Raises: FieldsRejected."""
    text = trimmed(text, needed=True)
    return Said(kind=EntryKind.ASKED, side=Side.STAFF, text=text, files=files)


def started() -> Said:
    return Said(kind=EntryKind.STARTED, side=Side.STAFF)


def planned(at: datetime, text: str = "") -> Said:
    """When the reporter hears of it next, whatever there is to say by then."""
    data = {"at": at.isoformat()}
    return Said(kind=EntryKind.PLANNED, side=Side.STAFF, text=trimmed(text), data=data)


def monitored(until: datetime, text: str = "") -> Said:
    """It seems to be fixed and is watched until then; the reporter is asked afterwards."""
    data = {"until": until.isoformat()}
    return Said(kind=EntryKind.MONITORED, side=Side.STAFF, text=trimmed(text), data=data)


def fixed(text: str) -> Said:
    """What was done; the reporter is asked whether it is fixed. Raises: FieldsRejected."""
    return Said(kind=EntryKind.FIXED, side=Side.STAFF, text=trimmed(text, needed=True))


def declined(reason: str, text: str) -> Said:
    """Closed without a fix: `reason` is a stable word, `text` says it to the reporter.

    Raises: FieldsRejected.
    """
    data = {"reason": reason}
    text = trimmed(text, needed=True)
    return Said(kind=EntryKind.DECLINED, side=Side.STAFF, text=text, data=data)


def reopened(text: str) -> Said:
    """Raises: FieldsRejected."""
    return Said(kind=EntryKind.REOPENED, side=Side.STAFF, text=trimmed(text, needed=True))


def linked(problem: UUID | None) -> Said:
    """To a problem that several have in common, or from it."""
    return _among_staff(EntryKind.LINKED, {"problem": str(problem) if problem else None})


def merged(into: Case) -> Said:
    """It goes on as another case, which the reporter is told."""
    data = {"into": str(into.id), "reference": into.reference}
    return Said(kind=EntryKind.MERGED, side=Side.STAFF, data=data)


def took_in(other: Case) -> Said:
    data = {"other": str(other.id), "reference": other.reference}
    return _among_staff(EntryKind.TOOK_IN, data)


def split_from(text: str) -> Said:
    """The first entry of a case that was part of another. Raises: FieldsRejected."""
    return Said(kind=EntryKind.REPORTED, side=Side.STAFF, text=trimmed(text, needed=True))


def split_off(other: Case) -> Said:
    data = {"other": str(other.id), "reference": other.reference}
    return _among_staff(EntryKind.SPLIT, data)


def _among_staff(kind: EntryKind, data: Mapping[str, Any]) -> Said:
    return Said(kind=kind, side=Side.STAFF, audience=Audience.STAFF, data=data)
