"""/staff/audit: who did what to what, and when; and whether the record still is what it was."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.audit_words import BROKEN, KINDS, WHO, AuditWords
from api.staff.listing import Column, Listing, listing
from api.staff.shell import Desk, staffed
from survey.domain.access import Action
from survey.domain.accounts import Account
from survey.domain.audit import Entry, Verdict, Wanted
from survey.domain.language import N_
from survey.domain.named import named_account, named_person
from survey.errors import BadQuery
from survey.ports import UnitOfWork

router = APIRouter(include_in_schema=False)

PATH: Final = "/staff/audit"
FILTERS: Final = ("find", "who", "what", "since", "until")
STALE: Final = timedelta(days=2)
"""The record is verified every day: what was not found whole for so long is said loudly."""

_TITLE: Final = N_("The record")
_LONGEST_NUMBER: Final = 15

AtDesk = Annotated[Desk, Depends(staffed(Action.AUDIT))]


@router.get(PATH)
async def record(desk: AtDesk) -> Response:
    """The newest entries, or those that the address asks for."""
    return await _record(desk)


@router.post(f"{PATH}/verify")
async def verify(desk: AtDesk) -> Response:
    """Read the whole record and say what came of it."""
    desk.caller.require(Action.AUDIT)
    await desk.form()
    verdict = await desk.app.audit.verify()
    if verdict.whole:
        return desk.go(PATH, "audit_whole", verdict.checked)
    return await _record(desk, verdict)


async def _record(desk: Desk, verdict: Verdict | None = None) -> Response:
    """Raises: NotFound, for an administrator of a part only: the record is of the whole body."""
    desk.caller.require(Action.AUDIT)
    columns = (
        Column(desk.say(N_("When")), "when"),
        Column(desk.say(N_("Who"))),
        Column(desk.say(N_("What"))),
        Column(desk.say(N_("To what"))),
        Column(desk.say(N_("Details"))),
        Column(desk.say(N_("Number")), numeric=True),
    )
    query = {"sort": "-when", **desk.request.query_params}
    listed = listing(query, PATH, columns, filters=FILTERS)
    page = await desk.app.audit.find(
        _wanted(desk, listed),
        about=listed.filters["find"],
        newest_first=listed.descending,
        beyond=_beyond(query.get("beyond", "")),
    )
    async with desk.app.begin.read() as work:
        accounts = await work.accounts.all()
        names = await _names(work, accounts, page.entries)
    words = AuditWords(desk.say, names)
    rows = [
        (
            entry.at,
            words.who(entry),
            words.what(entry),
            words.to_what(entry),
            words.details(entry),
            entry.number,
        )
        for entry in page.entries
    ]
    found_whole = await desk.app.audit.found_whole()
    now = desk.app.clock.now()
    return desk.page(
        "staff/audit.html",
        desk.say(_TITLE),
        listing=listed,
        rows=rows,
        next=listed.address(beyond=page.entries[-1].number) if page.more else "",
        first_page=listed.address() if query.get("beyond") else "",
        who=_choices(desk, WHO, _active(accounts), everybody=N_("Everybody")),
        what=_choices(desk, KINDS, (), everybody=N_("Everything")),
        found_whole=found_whole,
        stale=found_whole is None or found_whole < now - STALE,
        broken=_broken(desk, verdict),
        any_at_all=bool(rows) or listed.filtered,
    )


def _wanted(desk: Desk, listed: Listing) -> Wanted:
    """Raises: BadQuery."""
    since, until = (_day(listed, name) for name in ("since", "until"))
    zone = desk.app.settings.zone
    after = until + timedelta(days=1) if until else None
    return Wanted(
        actor=listed.filters["who"],
        action=listed.filters["what"],
        since=datetime.combine(since, time.min, zone) if since else None,
        until=datetime.combine(after, time.min, zone) if after else None,
    )


def _day(listed: Listing, name: str) -> date | None:
    text = listed.filters[name]
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.max
    if day is not None and not 2000 <= day.year < 2200:
        raise BadQuery(name, "write the date as 2026-03-31")
    return day


def _beyond(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise BadQuery("beyond", "it is the number of an entry")
    return int(text)


def _broken(desk: Desk, verdict: Verdict | None) -> str:
    if verdict is None or verdict.why is None:
        return ""
    return desk.say(BROKEN[verdict.why]) % {"number": verdict.broken}


def _active(accounts: Sequence[Account]) -> list[tuple[str, str]]:
    return [(named_account(each.id), each.name) for each in accounts if each.ended_at is None]


def _choices(
    desk: Desk, known: Mapping[str, str], more: Iterable[tuple[str, str]], *, everybody: str
) -> list[tuple[str, str]]:
    own = [(value, desk.say(text)) for value, text in known.items()]
    return [("", desk.say(everybody)), *own, *more]


async def _names(
    work: UnitOfWork, accounts: Sequence[Account], entries: Sequence[Entry]
) -> dict[str, str]:
    """What to call the accounts, and the people and reports that these entries are about."""
    names = {named_account(each.id): each.name for each in accounts if each.name}
    words = [word.partition(":") for entry in entries for word in (entry.actor, entry.subject)]
    people = {UUID(key) for kind, _, key in words if kind == "person"}
    named = await work.people.names_of(people)
    reports = {UUID(key) for kind, _, key in words if kind == "case"}
    found = [await work.cases.get(report) for report in reports]
    names |= {f"case:{each.id}": each.reference for each in found if each is not None}
    return names | {named_person(person): name for person, name in named.items()}
