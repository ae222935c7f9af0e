"""Half-finished answers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import OWED, WAITING, conversations, inbox, receipts
from survey.domain.records import KEYED, REVISION_OVER, Conversation, Receipt
from survey.domain.turns import Phase


class SqlConversations:
    """Steps go through the writer, but for those that keep more than the conversation; so does
    what was shown."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, conversation: UUID) -> Conversation | None:
        chosen = with_reference().where(conversations.c.id == conversation)
        row = (await self._connection.execute(chosen)).first()
        return read_conversation(row) if row else None

    async def of(self, keys: Collection[UUID]) -> Mapping[UUID, Conversation]:
        """Those of these that there are, by key."""
        rows = await self._connection.execute(_OF, {"keys": list(keys)})
        return {row.id: read_conversation(row) for row in rows}

    async def current(
        self, owner: str, questionnaire: str | None = None, *, wave: str | None = None
    ) -> Conversation | None:
        chosen = with_reference().where(conversations.c.owner == owner)
        if questionnaire is not None:
            chosen = chosen.where(conversations.c.questionnaire == questionnaire)
        if wave is not None:
            chosen = chosen.where(conversations.c.wave == wave)
        newest = chosen.order_by(conversations.c.started_at.desc(), conversations.c.id).limit(1)
        row = (await self._connection.execute(newest)).first()
        return read_conversation(row) if row else None

    async def unfinished(self, owner: str) -> Sequence[Conversation]:
        rows = await self._connection.execute(
            with_reference()
            .where(conversations.c.owner == owner, func.length(conversations.c.draft) > 0)
            .order_by(conversations.c.touched_at.desc(), conversations.c.id)
        )
        return [read_conversation(row) for row in rows]

    async def of_invitation(self, invitation: UUID) -> Conversation | None:
        chosen = with_reference().where(
            conversations.c.invitation == invitation, ~conversations.c.owner.like(f"{KEYED}%")
        )
        row = (await self._connection.execute(chosen)).first()
        return read_conversation(row) if row else None

    async def remove(self, conversation: UUID) -> None:
        await self._connection.execute(
            delete(conversations).where(conversations.c.id == conversation)
        )

    async def add(self, conversation: Conversation) -> None:
        await self._connection.execute(
            insert(conversations),
            {
                "id": conversation.id,
                "owner": conversation.owner,
                "questionnaire": conversation.questionnaire,
                "version": conversation.version,
                "revision": conversation.revision,
                "phase": conversation.phase,
                "draft": conversation.draft,
                "draft_key": conversation.draft_key,
                "started_at": conversation.started_at,
                "touched_at": conversation.touched_at,
                "receipt": conversation.receipt.id if conversation.receipt else None,
                "shown": conversation.shown,
                "message_id": conversation.message_id,
                "participant": conversation.participant,
                "invitation": conversation.invitation,
                "wave": conversation.wave,
            },
        )

    async def forget(self, owner: str) -> None:
        await self._connection.execute(delete(conversations).where(conversations.c.owner == owner))

    async def move(self, conversation: Conversation, *, expected_revision: int) -> bool:
        """Give it another owner; False where a step was taken since it was read.

        No channel has shown it to them yet, and it is their newest from now on.
        """
        moved = await self._connection.execute(
            update(conversations)
            .where(_at(conversation.id, expected_revision))
            .values(
                owner=conversation.owner,
                participant=conversation.participant,
                revision=conversation.revision,
                draft=conversation.draft,
                draft_key=conversation.draft_key,
                started_at=conversation.started_at,
                touched_at=conversation.touched_at,
                shown=None,
                message_id=None,
            )
        )
        return moved.rowcount == 1

    async def step(self, conversation: Conversation, *, expected_revision: int) -> bool:
        stepped = await self._connection.execute(
            update(conversations)
            .where(_at(conversation.id, expected_revision))
            .values(
                revision=conversation.revision,
                phase=conversation.phase,
                draft=conversation.draft,
                draft_key=conversation.draft_key,
                touched_at=conversation.touched_at,
            )
        )
        return stepped.rowcount == 1

    async def end(
        self, conversation: UUID, *, expected_revision: int, receipt: Receipt, at: datetime
    ) -> bool:
        there = select(receipts.c.id).where(receipts.c.reference == receipt.reference)
        proof = await self._connection.scalar(there)
        if proof is None:
            proof = receipt.id
            new = {"id": proof, "reference": receipt.reference, "accepted_at": at}
            await self._connection.execute(insert(receipts), new)
        ended = await self._connection.execute(
            update(conversations)
            .where(_at(conversation, expected_revision))
            .values(
                revision=REVISION_OVER,
                phase=Phase.SENT.value,
                draft=b"",
                draft_key="",
                receipt=proof,
                touched_at=at,
            )
        )
        return ended.rowcount == 1

    async def forget_unfinished(
        self, owner: str, questionnaire: str, *, wave: str, but: UUID
    ) -> None:
        await self._connection.execute(
            delete(conversations).where(
                conversations.c.owner == owner,
                conversations.c.questionnaire == questionnaire,
                conversations.c.wave == wave,
                conversations.c.id != but,
                func.length(conversations.c.draft) > 0,
            )
        )

    async def owed(self, bot: int, *, before: datetime, limit: int) -> Sequence[Conversation]:
        """The bot's chats whose last turn, of before that time, was not shown; longest wait first.

        Whoever has updates waiting is shown a turn when they are applied.
        """
        chat = (
            literal("telegram:")
            + cast(inbox.c.bot, String)
            + literal(":")
            + cast(inbox.c.user, String)
        )
        waiting = select(inbox.c.update_id).where(WAITING, chat == conversations.c.owner)
        rows = await self._connection.execute(
            with_reference()
            .where(
                OWED,
                conversations.c.owner.like(f"telegram:{bot}:%"),
                conversations.c.touched_at < before,
                ~waiting.exists(),
            )
            .order_by(conversations.c.touched_at)
            .limit(limit)
        )
        return [read_conversation(row) for row in rows]

    async def owe_again(self, bot: int, *, since: datetime) -> int:
        owed = await self._connection.execute(
            update(conversations)
            .where(
                conversations.c.owner.like(f"telegram:{bot}:%"),
                conversations.c.draft_key != "",
                conversations.c.touched_at >= since,
                conversations.c.shown == conversations.c.revision,
                conversations.c.message_id.is_not(None),
            )
            .values(shown=None)
        )
        return owed.rowcount


def _at(conversation: UUID, revision: int) -> ColumnElement[bool]:
    return and_(conversations.c.id == conversation, conversations.c.revision == revision)


def with_reference() -> Select[Any]:
    return select(conversations, receipts.c.reference).outerjoin(
        receipts, receipts.c.id == conversations.c.receipt
    )


# Made once: every tap needs it, and to make it costs as much as to run it.
_OF: Final = with_reference().where(conversations.c.id.in_(bindparam("keys", expanding=True)))


def read_conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        owner=row.owner,
        questionnaire=row.questionnaire,
        version=row.version,
        revision=row.revision,
        phase=row.phase,
        draft=row.draft,
        draft_key=row.draft_key,
        started_at=row.started_at,
        touched_at=row.touched_at,
        receipt=Receipt(row.receipt, row.reference) if row.receipt else None,
        shown=row.shown,
        message_id=row.message_id,
        participant=row.participant,
        invitation=row.invitation,
        wave=row.wave,
    )
