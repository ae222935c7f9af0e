"""All rows about one person: found for them, and erased when they ask."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import String

from survey.db.repositories import case_rights
from survey.db.repositories.accounts import SqlAccounts
from survey.db.repositories.audit import read_entry
from survey.db.repositories.chats import EMPTIED
from survey.db.repositories.conversations import read_conversation, with_reference
from survey.db.tables import (
    accounts,
    attachments,
    audit,
    cases,
    chats,
    conversations,
    grants,
    inbox,
    invitations,
    joins,
    lanes,
    letters,
    participations,
    people,
    queues,
    recovery_codes,
    refused_addresses,
    staff_sessions,
    tickets,
    uploads,
    waves,
)
from survey.domain.accounts import Account
from survey.domain.audit import Entry
from survey.domain.named import named_account, named_person
from survey.domain.records import Conversation, InboxRow, UpdateKey, owner_of
from survey.domain.rights import Asked, LetterSent, Participation, Reported, SignIn, Trace

ERASURES: Final = "erasures"
"""The subject of the record's entries that say how much of the erasure list was applied."""

_OF_ACCOUNT: Final = (grants, recovery_codes, tickets, staff_sessions, uploads, queues)


class SqlRights:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # --- found ---

    async def accounts_of(self, person: UUID) -> Sequence[Account]:
        ids = await self._connection.scalars(
            select(accounts.c.id).where(accounts.c.person == person).order_by(accounts.c.id)
        )
        found = [await SqlAccounts(self._connection).get(each) for each in ids.all()]
        return [account for account in found if account is not None]

    async def links_of(self, person: UUID) -> Sequence[datetime]:
        chosen = select(joins.c.expires_at).where(joins.c.person == person)
        return (await self._connection.scalars(chosen.order_by(joins.c.expires_at))).all()

    async def conversations_of(self, trace: Trace) -> Sequence[Conversation]:
        chosen = with_reference().where(_conversations(trace)).order_by(conversations.c.started_at)
        return [read_conversation(row) for row in await self._connection.execute(chosen)]

    async def participations_of(self, trace: Trace) -> Sequence[Participation]:
        rows = await self._connection.execute(
            select(participations.c.questionnaire, participations.c.month)
            .where(participations.c.participant.in_(trace.participants))
            .order_by(participations.c.month, participations.c.questionnaire)
        )
        return [Participation(row.questionnaire, row.month) for row in rows]

    async def asked_of(self, trace: Trace) -> Sequence[Asked]:
        rows = await self._connection.execute(
            select(waves.c.questionnaire, waves.c.opens_at, invitations)
            .join(waves, waves.c.key == invitations.c.wave)
            .where(invitations.c.person.in_(trace.people))
            .order_by(waves.c.opens_at, invitations.c.id)
        )
        return [
            Asked(row.questionnaire, row.opens_at.date(), row.state, row.sent_at, row.about)
            for row in rows
        ]

    async def reported_by(self, trace: Trace) -> Sequence[Reported]:
        return await case_rights.reported_by(self._connection, trace)

    async def letters_of(self, trace: Trace) -> Sequence[LetterSent]:
        rows = await self._connection.execute(
            select(letters).where(_letters(trace)).order_by(letters.c.written_at)
        )
        return [LetterSent(row.kind, row.address, row.written_at, row.settled_at) for row in rows]

    async def updates_of(self, trace: Trace) -> Sequence[InboxRow]:
        rows = await self._connection.execute(
            select(inbox).where(_in_chat(inbox, trace), inbox.c.payload.is_not(None))
        )
        return [
            InboxRow(
                key=UpdateKey(row.bot, row.update_id),
                user=row.user,
                payload=row.payload,
                payload_key=row.payload_key,
                received_at=row.received_at,
            )
            for row in rows
        ]

    async def sign_ins_of(self, trace: Trace) -> Sequence[SignIn]:
        rows = await self._connection.execute(
            select(staff_sessions).where(staff_sessions.c.account.in_(trace.accounts))
        )
        return [SignIn(row.method, row.created_at, row.seen_at) for row in rows]

    async def entries_of(self, trace: Trace) -> Sequence[Entry]:
        words = [
            *(named_person(each) for each in trace.people),
            *(named_account(each) for each in trace.accounts),
        ]
        rows = await self._connection.execute(
            select(audit)
            .where(or_(audit.c.subject.in_(words), audit.c.actor.in_(words)))
            .order_by(audit.c.number)
        )
        return [read_entry(row) for row in rows]

    # --- erased ---

    async def erase(self, trace: Trace, *, now: datetime) -> Mapping[str, int]:
        of_account = {
            table.name: await self._delete(table, table.c.account.in_(trace.accounts))
            for table in _OF_ACCOUNT
        }
        emptied = await self._connection.execute(
            update(inbox).where(_in_chat(inbox, trace)).values(EMPTIED)
        )
        done = {
            **of_account,
            "inbox": emptied.rowcount,
            "letters": await self._delete(letters, _letters(trace)),
            "attachments": await self._delete(attachments, _files_of_drafts(trace)),
            "conversations": await self._delete(conversations, _conversations(trace)),
            "participations": await self._delete(
                participations, participations.c.participant.in_(trace.participants)
            ),
            "invitations": await self._empty_invitations(trace.people),
            "refused_addresses": await self._delete(
                refused_addresses, refused_addresses.c.address.in_(trace.addresses)
            ),
            "cases": await case_rights.empty_cases(self._connection, trace),
            "lanes": await self._delete(lanes, _in_chat(lanes, trace)),
            "chats": await self._delete(chats, _in_chat(chats, trace)),
            "accounts": await self._empty_accounts(trace.accounts, now),
            "people": await self._delete(people, people.c.id.in_(trace.people)),
        }
        return {name: number for name, number in done.items() if number}

    async def _empty_invitations(self, people: Collection[UUID]) -> int:
        """They stay as numbers, so that the sums of their wave do."""
        await self._connection.execute(
            update(invitations)
            .where(invitations.c.delegated_by.in_(people))
            .values(delegated_by=None)
        )
        emptied = await self._connection.execute(
            update(invitations)
            .where(invitations.c.person.in_(people))
            .values(person=None, about="", about_day=None, message_id=None, snoozed_until=None)
        )
        return emptied.rowcount

    async def _empty_accounts(self, ids: Collection[UUID], now: datetime) -> int:
        """Their address must differ from all others, so it says which account it was."""
        emptied = await self._connection.execute(
            update(accounts)
            .where(accounts.c.id.in_(ids))
            .values(
                email="erased-" + cast(accounts.c.id, String),
                name="",
                language=None,
                password=None,
                totp=None,
                subject=None,
                person=None,
                ended_at=func.coalesce(accounts.c.ended_at, now, type_=accounts.c.ended_at.type),
                generation=accounts.c.generation + 1,
            )
        )
        return emptied.rowcount

    async def _delete(self, table: Table, where: ColumnElement[bool]) -> int:
        return (await self._connection.execute(delete(table).where(where))).rowcount

    # --- everybody, for a restored copy ---

    async def everybody(self) -> AsyncIterator[Trace]:
        async for row in self._stream(people.c.id, people.c.email):
            addresses = frozenset({row.email.casefold()} if row.email else ())
            yield Trace(people=frozenset({row.id}), addresses=addresses)
        async for row in self._stream(accounts.c.id):
            yield Trace(accounts=frozenset({row.id}))
        in_chats = union_all(*(select(each.c.bot, each.c.user) for each in (chats, inbox, lanes)))
        in_chat = in_chats.subquery()
        async for row in self._stream(in_chat.c.bot, in_chat.c.user):
            if row.user is not None:
                yield Trace(chats=frozenset({(row.bot, row.user)}))
        async for row in self._stream(conversations.c.owner, conversations.c.participant):
            known = frozenset({row.participant} if row.participant else ())
            yield Trace(owners=frozenset({row.owner}), participants=known)
        async for row in self._stream(participations.c.participant):
            yield Trace(participants=frozenset({row.participant}))
        for column in (letters.c.address, refused_addresses.c.address, cases.c.email):
            async for (address,) in self._stream(column):
                if address:
                    yield Trace(addresses=frozenset({address.casefold()}))

    async def _stream(self, *columns: Any) -> AsyncIterator[Any]:
        async with self._connection.stream(select(*columns).distinct()) as rows:
            async for row in rows:
                yield row

    async def applied(self) -> int:
        chosen = select(audit.c.details).where(audit.c.subject == ERASURES)
        details = await self._connection.scalar(chosen.order_by(audit.c.number.desc()).limit(1))
        return int(details["lines"]) if details else 0


def _in_chat(table: Table, trace: Trace) -> ColumnElement[bool]:
    return tuple_(table.c.bot, table.c.user).in_(sorted(trace.chats))


def _conversations(trace: Trace) -> ColumnElement[bool]:
    """Also those that moved to the web: their participant tells whose they were."""
    owners = trace.owners | {owner_of(bot, user) for bot, user in trace.chats}
    return or_(
        conversations.c.owner.in_(owners), conversations.c.participant.in_(trace.participants)
    )


def _files_of_drafts(trace: Trace) -> ColumnElement[bool]:
    """Those of reports go with the reports."""
    theirs = select(conversations.c.id).where(_conversations(trace))
    return and_(attachments.c.case.is_(None), attachments.c.conversation.in_(theirs))


def _letters(trace: Trace) -> ColumnElement[bool]:
    return or_(
        letters.c.person.in_(trace.people),
        letters.c.account.in_(trace.accounts),
        func.lower(letters.c.address).in_(trace.addresses),
    )
