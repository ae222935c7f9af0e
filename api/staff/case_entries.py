"""The timeline of a report in words: who did what, who may read it, and what came with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from api.staff.case_desk import PATH, Names
from api.staff.case_words import AUDIENCES, CLOCKS, REASONS, SIDES, Told
from api.staff.listing import Link
from api.staff.shell import Desk
from survey.case_labels import PRIORITIES, VERDICTS, WEIGHTS
from survey.domain.case_records import Attachment
from survey.domain.cases import Audience, Entry, EntryKind, Priority, Side, Verdict, Weight
from survey.domain.file_kinds import FileKind
from survey.domain.file_words import unkept
from survey.domain.follow_up import Clock, Stage
from survey.domain.language import N_, moment_in_words

_SAID: Final[Mapping[EntryKind, str]] = {
    EntryKind.REPORTED: N_("reported it"),
    EntryKind.MESSAGE: N_("wrote"),
    EntryKind.NOTE: N_("noted"),
    EntryKind.ACKNOWLEDGED: N_("acknowledged it"),
    EntryKind.ASSIGNED: N_("gave it to %(whom)s"),
    EntryKind.SORTED: N_("sorted it"),
    EntryKind.STARTED: N_("started work on it"),
    EntryKind.ASKED: N_("asked the reporter"),
    EntryKind.MONITORED: N_("watches it until %(when)s"),
    EntryKind.FIXED: N_("says it is fixed"),
    EntryKind.ASKED_AGAIN: N_("asked the reporter once more whether it is fixed"),
    EntryKind.JUDGED: N_("says: %(verdict)s"),
    EntryKind.RATED: N_("said how it was handled"),
    EntryKind.LAPSED: N_("closed it: the reporter was asked twice and did not answer"),
    EntryKind.DECLINED: N_("closed it without a fix: %(reason)s"),
    EntryKind.REOPENED: N_("reopened it"),
    EntryKind.FOLLOWED_UP: N_("asked the reporter whether it is still fixed"),
    EntryKind.CHECKED: N_("says four weeks later: %(verdict)s"),
    EntryKind.MERGED: N_("merged it into"),
    EntryKind.TOOK_IN: N_("merged into it"),
    EntryKind.SPLIT: N_("split off a part as"),
    EntryKind.LINKED: N_("linked it to a known problem"),
    EntryKind.HANDED_ON: N_("handed it to a colleague"),
    EntryKind.PLANNED: N_("plans the next reply for %(when)s"),
    EntryKind.UNKEPT: N_("told the reporter: %(unkept)s"),
}

_UNLINKED: Final = N_("took it from the known problem")
_WATCHED: Final = N_("asked the reporter whether it is fixed, as it was watched long enough")
_FOR_FEW: Final = N_("lets only few see it from now on")
_LIFTED: Final = N_("lets everybody see it again who works on reports")
_WARNED: Final = N_("warned: little time is left %(clock)s")
_BREACHED: Final = N_("told that time ran out %(clock)s")

_TAGS: Final[Mapping[Audience, str]] = {
    Audience.STAFF: "govuk-tag--grey",
    Audience.PROVIDER: "govuk-tag--purple",
    Audience.REPORTER: "govuk-tag--blue",
    Audience.PUBLIC: "govuk-tag--green",
}


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of an entry; `picture` where we drew it and so show it small."""

    file: Attachment
    picture: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the page shows it; `is_new` where it came after `seen`."""

    number: int
    at: datetime
    who: str
    side: str
    theirs: bool
    what: str
    link: Link | None
    audience: Told
    text: str
    details: tuple[tuple[str, str], ...]
    files: tuple[ShownFile, ...]
    is_new: bool


def shown_entries(
    timeline: Sequence[Entry],
    files: Collection[Attachment],
    names: Names,
    desk: Desk,
    *,
    seen: int | None = None,
) -> list[Shown]:
    """Oldest first."""
    kept = {each.id: each for each in files}
    return [_shown(entry, kept, names, desk, seen=seen) for entry in timeline]


def _shown(
    entry: Entry,
    files: Mapping[UUID, Attachment],
    names: Names,
    desk: Desk,
    *,
    seen: int | None,
) -> Shown:
    by_itself = entry.side is Side.SERVICE
    return Shown(
        number=entry.number,
        at=entry.at,
        who=desk.say(N_("Tellback")) if by_itself else names.actor(entry.actor, desk),
        side=desk.say(SIDES[entry.side]),
        theirs=entry.side is Side.REPORTER,
        what=_what(entry, names, desk),
        link=_leads_to(entry),
        audience=Told(desk.say(AUDIENCES[entry.audience]), tag=_TAGS[entry.audience]),
        text=entry.text,
        details=tuple(_details(entry, names, desk)),
        files=tuple(_file(files[each]) for each in entry.files if each in files),
        is_new=seen is not None and entry.number > seen,
    )


def _file(file: Attachment) -> ShownFile:
    return ShownFile(file, file.digest is not None and FileKind(file.kind).drawn)


def _what(entry: Entry, names: Names, desk: Desk) -> str:
    if entry.kind is EntryKind.BREACHED:
        words = _WARNED if entry.data.get("stage") == Stage.WARNING else _BREACHED
        return desk.say(words) % {"clock": desk.say(CLOCKS[Clock(entry.data["clock"])])}
    if entry.kind is EntryKind.FIXED and entry.side is Side.SERVICE:
        return desk.say(_WATCHED)
    if entry.kind is EntryKind.SORTED and "restricted" in entry.data:
        return desk.say(_FOR_FEW if entry.data["restricted"] else _LIFTED)
    if entry.kind is EntryKind.LINKED and not entry.data.get("problem"):
        return desk.say(_UNLINKED)
    named = {
        "unkept": _unkept(entry, desk),
        "whom": _whom(entry.data, names, desk),
        "when": _moment(entry.data.get("at") or entry.data.get("until"), desk),
        "verdict": _word(VERDICTS, Verdict, entry.data.get("verdict"), desk),
        "reason": desk.say(REASONS.get(str(entry.data.get("reason")), REASONS["other"])),
    }
    return desk.say(_SAID[entry.kind]) % named


def _unkept(entry: Entry, desk: Desk) -> str:
    if entry.kind is not EntryKind.UNKEPT:
        return ""
    return unkept(desk.say, str(entry.data["name"]), str(entry.data["reason"]))


def _whom(data: Mapping[str, Any], names: Names, desk: Desk) -> str:
    account = names.accounts.get(UUID(data["owner"])) if data.get("owner") else None
    found = " · ".join(filter(None, (account, data.get("team"))))
    return found or desk.say(N_("nobody"))


def _moment(at: object, desk: Desk) -> str:
    if not isinstance(at, str):
        return ""
    local = datetime.fromisoformat(at).astimezone(desk.app.settings.zone)
    return moment_in_words(local, desk.language)


def _word(words: Mapping[Any, str], kind: Any, value: object, desk: Desk) -> str:
    return desk.say(words[kind(value)]) if value in set(kind) else ""


def _leads_to(entry: Entry) -> Link | None:
    """The other report that it names."""
    reference = entry.data.get("reference")
    return Link(reference, f"{PATH}/{reference}") if isinstance(reference, str) else None


def _details(entry: Entry, names: Names, desk: Desk) -> Iterator[tuple[str, str]]:
    """What sorting changed, as (name, value)."""
    if entry.kind is not EntryKind.SORTED:
        return
    data = entry.data
    told = (
        (N_("Service"), names.service(data["service"]) if "service" in data else ""),
        (N_("System"), data.get("system", "")),
        (N_("Priority"), _word(PRIORITIES, Priority, data.get("priority"), desk)),
        (N_("Weight"), _word(WEIGHTS, Weight, data.get("weight"), desk)),
        (N_("Cause"), data.get("cause", "")),
        (N_("Impact"), str(data.get("impact", ""))),
        (N_("Likelihood"), str(data.get("likelihood", ""))),
        (N_("The provider says"), _word(VERDICTS, Verdict, data.get("verdict"), desk)),
    )
    yield from ((desk.say(name), value) for name, value in told if value)
