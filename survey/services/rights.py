"""The rights of people about whom something is kept: to have it all, and to have it erased."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from survey.domain.accounts import Account, Role
from survey.domain.answers import to_json
from survey.domain.audit import SERVICE, Actor, Entry, Note
from survey.domain.named import named_person
from survey.domain.people import Person
from survey.domain.records import Conversation, InboxRow
from survey.domain.rights import NOT_FOUND, Holding, Trace
from survey.errors import AccountLinked, DraftUnreadable, NotFound
from survey.ports import Begin, Clock, Keys, UnitOfWork
from survey.services.drafts import Drafts, Pseudonyms, is_over
from survey.services.erasures import Erasures

APPLIED: Final = "erasures.applied"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Export:
    """`document` is JSON; `number` is that of the record's entry about it."""

    number: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erased:
    """`rows` says how many rows of which tables; `number` is that of the record's entry."""

    number: int
    rows: Mapping[str, int]


class Rights:
    """`after` empties the database's log, where what was erased would still stand."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        keys: Keys,
        erasures: Erasures,
        pseudonyms: Pseudonyms,
        drafts: Drafts,
        zone: ZoneInfo,
        *,
        after: Callable[[], Awaitable[bool]],
    ) -> None:
        self._begin, self._clock, self._keys = begin, clock, keys
        self._erasures, self._pseudonyms = erasures, pseudonyms
        self._drafts, self._zone, self._after = drafts, zone, after

    async def held(self, person: UUID) -> Mapping[str, int]:
        """How much of what is kept about them, for whoever decides what to do. Raises: NotFound."""
        async with self._begin.read(one_state=True) as work:
            return summary(self._document(await self._holding(work, await _the(work, person))))

    async def export(self, person: UUID, *, by: Actor) -> Export:
        """All that is kept about them; the record says who had it made. Raises: NotFound."""
        now = self._clock.now()
        async with self._begin() as work:
            found = await _the(work, person)
            entry = await work.audit.add(Note(now, by, "person.exported", named_person(found.id)))
            await work.commit()
        async with self._begin.read(one_state=True) as work:
            holding = await self._holding(work, await _the(work, person))
        made = {"made_at": _moment(now), "record": entry.number}
        return Export(entry.number, {**made, **self._document(holding)})

    async def erase(self, person: UUID, *, by: Actor, end_account: bool = False) -> Erased:
        """Erase all that is kept about them, in one transaction; the record says that it was done.

        The list of who was erased has its line before that is kept: after a crash in between, the
        next start completes it.

        Raises: NotFound; AccountLinked, where they have an account that has not ended and
            `end_account` does not ask to end it, or it is an administrator's.
        """
        now = self._clock.now()
        async with self._begin() as work:
            found = await _the(work, person)
            accounts = await work.rights.accounts_of(person)
            _refuse(accounts, end_account=end_account)
            trace = await self._trace(work, found, accounts)
            today = now.astimezone(self._zone).date()
            lines = await self._erasures.add(today, found, trace)
            rows = await work.rights.erase(trace, now=now)
            entry = await work.audit.add(
                Note(now, by, "person.erased", named_person(found.id), {"rows": dict(rows)})
            )
            if await work.rights.applied() == lines - 1:
                await work.audit.add(_applied(now, lines))
            await work.commit()
        await self._after()
        return Erased(entry.number, rows)

    async def apply_list(self) -> int:
        """Erase again whoever came back by a backup, and complete what a crash left undone.

        For the start, before anybody is let in. How many people were erased.
        """
        lines = await self._erasures.lines()
        if not lines:
            return 0
        async with self._begin.read(one_state=True) as work:
            applied = await work.rights.applied()
            if applied >= lines:
                return 0
            found = await self._erasures.traced(work.rights.everybody(), after=applied)
        now = self._clock.now()
        async with self._begin() as work:
            whole = [found]
            for person in found.people:
                if (known := await work.people.get(person)) is not None:
                    accounts = await work.rights.accounts_of(person)
                    whole.append(await self._trace(work, known, accounts))
            for trace in whole:
                await work.rights.erase(trace, now=now)
            await work.audit.add(_applied(now, lines))
            await work.commit()
        await self._after()
        if found:
            _log.warning("erasures_applied", people=len(found.people), lines=lines - applied)
        return len(found.people)

    # --- what ties rows to a person ---

    async def _trace(self, work: UnitOfWork, person: Person, accounts: Sequence[Account]) -> Trace:
        chats = await work.chats.of_person(person.id)
        owners = frozenset(chat.owner for chat in chats)
        known = {
            each
            for owner in ("", *owners)
            for each in self._pseudonyms.participants(owner, person.id)
        }
        addresses = {person.email, *(account.email for account in accounts)}
        return Trace(
            people=frozenset({person.id}),
            accounts=frozenset(account.id for account in accounts),
            chats=frozenset((chat.bot, chat.user) for chat in chats),
            owners=owners,
            participants=frozenset(known),
            addresses=frozenset(each.casefold() for each in addresses if each),
        )

    async def _holding(self, work: UnitOfWork, person: Person) -> Holding:
        accounts = await work.rights.accounts_of(person.id)
        trace = await self._trace(work, person, accounts)
        return Holding(
            person=person,
            links_until=await work.rights.links_of(person.id),
            chats=await work.chats.of_person(person.id),
            conversations=await work.rights.conversations_of(trace),
            participations=await work.rights.participations_of(trace),
            asked=await work.rights.asked_of(trace),
            reported=await work.rights.reported_by(trace),
            letters=await work.rights.letters_of(trace),
            updates=await work.rights.updates_of(trace),
            accounts=accounts,
            sign_ins=await work.rights.sign_ins_of(trace),
            entries=await work.rights.entries_of(trace),
        )

    # --- as a document ---

    def _document(self, held: Holding) -> dict[str, Any]:
        return {
            "person": _plain(asdict(held.person)),
            "personal_links": [{"until": _moment(until)} for until in held.links_until],
            "chats": [
                {
                    "telegram_bot": chat.bot,
                    "telegram_user": chat.user,
                    "language": chat.language,
                    "unit": chat.unit,
                    "wants_no_messages": chat.stopped,
                }
                for chat in held.chats
            ],
            "conversations": [self._conversation(each) for each in held.conversations],
            "took_part_in": [
                {"questionnaire": each.questionnaire, "month": f"{each.month:%Y-%m}"}
                for each in held.participations
            ],
            "messages_not_dealt_with": [self._update(each) for each in held.updates],
            "asked_to_answer": [_plain(asdict(each)) for each in held.asked],
            "problems_reported": [_plain(asdict(each)) for each in held.reported],
            "letters": [_plain(asdict(each)) for each in held.letters],
            "accounts": [_account(each) for each in held.accounts],
            "sign_ins": [_plain(asdict(each)) for each in held.sign_ins],
            "record": [_entry(each) for each in held.entries],
            "cannot_be_found": [{"what": what, "why": why} for what, why in NOT_FOUND],
        }

    def _conversation(self, row: Conversation) -> dict[str, Any]:
        told: dict[str, Any] = {
            "questionnaire": row.questionnaire,
            "version": row.version,
            "state": row.phase,
            "channel": "telegram" if row.in_chat else "web",
            "started_at": _moment(row.started_at),
            "last_step_at": _moment(row.touched_at),
            "receipt": row.receipt.reference if row.receipt else None,
        }
        if is_over(row):
            return told
        try:
            state = self._drafts.opened(row)
        except DraftUnreadable:
            return {**told, "answers": "they can be read no more: their key was destroyed"}
        answers = {name: to_json(value) for name, value in state.answers.items()}
        offered = {"offered_as_comment": state.offered.text} if state.offered else {}
        unit = {"unit": state.unit.key} if state.unit else {}
        return {**told, **unit, "language": state.language, "answers": answers, **offered}

    def _update(self, row: InboxRow) -> dict[str, Any]:
        try:
            content = json.loads(self._keys.decrypt(row.payload_key, row.payload))
        except (KeyError, ValueError):
            content = "it can be read no more: its key was destroyed"
        return {"received_at": _moment(row.received_at), "content": content}


def summary(document: Mapping[str, Any]) -> Mapping[str, int]:
    """How many of each kind the document holds: what a person reads before the rest."""
    return {
        name: len(value)
        for name, value in document.items()
        if isinstance(value, list) and name != "cannot_be_found"
    }


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """The document as it is handed over: JSON, indented, in UTF-8."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


async def _the(work: UnitOfWork, person: UUID) -> Person:
    found = await work.people.get(person)
    if found is None:
        raise NotFound("person")
    return found


def _refuse(accounts: Sequence[Account], *, end_account: bool) -> None:
    """Raises: AccountLinked."""
    running = [account for account in accounts if account.ended_at is None]
    administrator = any(Role.ADMINISTRATOR in account.roles for account in running)
    if running and (administrator or not end_account):
        raise AccountLinked(administrator=administrator)


def _applied(now: datetime, lines: int) -> Note:
    return Note(now, SERVICE, APPLIED, "erasures", {"lines": lines})


def _account(account: Account) -> dict[str, Any]:
    """Without what is secret: it would open the account to whoever reads the export."""
    return {
        "email": account.email,
        "name": account.name,
        "language": account.language,
        "single_sign_on": account.subject,
        "has_password": account.password is not None,
        "has_second_factor": account.totp is not None,
        "roles": [_plain(asdict(grant)) for grant in sorted(account.grants)],
        "created_at": _moment(account.created_at),
        "ended_at": _moment(account.ended_at) if account.ended_at else None,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": _moment(entry.at),
        "who": entry.actor,
        "what": entry.action,
        "to_what": entry.subject,
        "details": dict(entry.details),
    }


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case None | bool() | int():
            return value
        case _:
            return str(value)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
