"""Who is asked in which wave, and where each of them has come to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, and_, case, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.sets import Rows
from survey.db.tables import UNSENT, asked, deliveries, invitations, people, waves
from survey.domain.campaign import ChannelName
from survey.domain.waves import (
    TAKING_ANSWERS,
    Delivery,
    HoldReason,
    Invitation,
    InvitationState,
    Outcome,
    SkipReason,
    Standing,
)

_INVITATIONS: Final = Rows(invitations)
_DELIVERIES: Final = Rows(deliveries)
_NEW_DELIVERIES: Final = Rows(deliveries, "ON CONFLICT DO NOTHING")
_MAY_BE_REMINDED: Final = [each.value for each in InvitationState if each.may_be_reminded]
_UNSENT_YET: Final = [InvitationState.WAITING.value, InvitationState.HELD.value]
_MAY_ANSWER: Final = tuple(each.value for each in InvitationState if each.may_answer)


class SqlInvitations:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, invitation: UUID) -> Invitation | None:
        return await self._one(select(invitations).where(invitations.c.id == invitation))

    async def those(self, wanted: Collection[UUID]) -> Mapping[UUID, Invitation]:
        chosen = select(invitations).where(invitations.c.id.in_(wanted))
        found = map(read_invitation, await self._connection.execute(chosen))
        return {each.id: each for each in found}

    async def of_person(self, person: UUID) -> Sequence[Invitation]:
        chosen = (
            select(invitations)
            .join(waves, waves.c.key == invitations.c.wave)
            .where(invitations.c.person == person)
            .order_by(waves.c.opens_at.desc(), invitations.c.id)
        )
        return [read_invitation(row) for row in await self._connection.execute(chosen)]

    async def in_wave(self, wave: str, person: UUID, body: str = "") -> Invitation | None:
        return await self._one(
            select(invitations).where(
                invitations.c.wave == wave,
                invitations.c.person == person,
                invitations.c.body == body,
            )
        )

    async def of_body(self, wave: str, body: str) -> Invitation | None:
        chosen = select(invitations).where(invitations.c.wave == wave, invitations.c.body == body)
        return await self._one(chosen)

    async def add(
        self, invited: Sequence[Invitation], messages: Sequence[Delivery], *, made_on: date
    ) -> int:
        """All of one wave, whose row is locked: of two processes the second finds them there."""
        if not invited:
            return 0
        (wave,) = {each.wave for each in invited}
        await self._connection.execute(
            select(waves.c.key).where(waves.c.key == wave).with_for_update()
        )
        there = {
            (row.person, row.body)
            for row in await self._connection.execute(
                select(invitations.c.person, invitations.c.body).where(
                    invitations.c.wave == wave,
                    tuple_(invitations.c.person, invitations.c.body).in_(
                        [(each.person, each.body) for each in invited]
                    ),
                )
            )
        }
        new = [each for each in invited if (each.person, each.body) not in there]
        ids = {each.id for each in new}
        await _INVITATIONS.put(
            self._connection, [{**_values(each), "made_on": made_on} for each in new]
        )
        await _DELIVERIES.put(
            self._connection, [_delivery(each) for each in messages if each.invitation in ids]
        )
        return len(new)

    async def ask_drawn(self, why_not: Mapping[UUID, SkipReason | None]) -> Collection[UUID]:
        asked_now: Collection[UUID] = ()
        for reason in sorted({*why_not.values()}, key=str):
            state = InvitationState.SKIPPED if reason else InvitationState.WAITING
            changed = await self._connection.scalars(
                update(invitations)
                .where(
                    invitations.c.id.in_([each for each, why in why_not.items() if why is reason]),
                    invitations.c.state == InvitationState.EXPIRED.value,
                )
                .values(state=state.value, reason=reason)
                .returning(invitations.c.id)
            )
            if reason is None:
                asked_now = changed.all()
        return asked_now

    async def add_messages(self, messages: Sequence[Delivery]) -> None:
        await _NEW_DELIVERIES.put(self._connection, [_delivery(each) for each in messages])

    async def to_remind(
        self,
        wave: str,
        number: int,
        *,
        sent_before: datetime,
        last_before: datetime,
        now: datetime,
        limit: int,
    ) -> Sequence[UUID]:
        written = exists().where(
            deliveries.c.invitation == invitations.c.id,
            or_(
                deliveries.c.number >= number,
                deliveries.c.settled_at.is_(None),
                and_(deliveries.c.number > 0, deliveries.c.settled_at > last_before),
            ),
        )
        chosen = (
            select(invitations.c.id)
            .join(people, people.c.id == invitations.c.person)
            .where(
                invitations.c.wave == wave,
                invitations.c.state.in_(_MAY_BE_REMINDED),
                invitations.c.sent_at <= sent_before,
                or_(invitations.c.snoozed_until.is_(None), invitations.c.snoozed_until <= now),
                people.c.ended_at.is_(None),
                people.c.opted_out_at.is_(None),
                ~written,
            )
            .order_by(invitations.c.id)
            .limit(limit)
        )
        return list(await self._connection.scalars(chosen))

    async def end(self, wave: str, *, now: datetime, limit: int) -> int:
        # Begun without a lease, it may have been sent: nobody is sending it by now.
        being_sent = and_(
            deliveries.c.begun_at.is_not(None),
            deliveries.c.leased_until.is_not(None),
            deliveries.c.leased_until > now,
        )
        chosen = (
            select(deliveries.c.id, deliveries.c.invitation)
            .where(deliveries.c.wave == wave, UNSENT, ~being_sent)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
            .with_for_update()
        )
        dropped = (await self._connection.execute(chosen)).all()
        if not dropped:
            return 0
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_([each.id for each in dropped]), UNSENT)
            .values(settled_at=now, outcome=Outcome.DROPPED.value, hold=None)
        )
        await expire(self._connection, [each.invitation for each in dropped])
        return len(dropped)

    async def remove(self, invitation: UUID) -> None:
        await self._connection.execute(delete(invitations).where(invitations.c.id == invitation))

    async def standing(self, wave: str) -> Standing:
        """Those who are drawn wait, until their messages are written or the wave is over."""
        counted = (
            select(invitations.c.state, invitations.c.reason, func.count())
            .where(invitations.c.wave == wave)
            .group_by(invitations.c.state, invitations.c.reason)
        )
        listing = select(waves.c.expanded_at.is_(None)).where(
            waves.c.key == wave, waves.c.state.in_(TAKING_ANSWERS)
        )
        is_listing = bool(await self._connection.scalar(listing))
        states = defaultdict[InvitationState, int](int)
        reasons = dict[tuple[InvitationState, str], int]()
        for state, reason, n in await self._connection.execute(counted):
            drawn = is_listing and state == InvitationState.EXPIRED
            states[InvitationState.WAITING if drawn else InvitationState(state)] += n
            if reason:
                reasons[InvitationState(state), reason] = n
        repeated = select(func.count()).where(deliveries.c.wave == wave, deliveries.c.repeats > 0)
        return Standing(wave, states, reasons, await self._connection.scalar(repeated) or 0)

    async def by_unit(self, wave: str) -> Mapping[str, Mapping[InvitationState, int]]:
        counted = (
            select(invitations.c.unit, invitations.c.state, func.count())
            .where(invitations.c.wave == wave)
            .group_by(invitations.c.unit, invitations.c.state)
        )
        found: dict[str, dict[InvitationState, int]] = {}
        for unit, state, n in await self._connection.execute(counted):
            found.setdefault(unit, {})[InvitationState(state)] = n
        return found

    async def by_mode(self, wave: str) -> Mapping[str, int]:
        counted = (
            select(invitations.c.mode, func.count())
            .where(
                invitations.c.wave == wave,
                invitations.c.state == InvitationState.ANSWERED.value,
            )
            .group_by(invitations.c.mode)
        )
        return {mode or "": n for mode, n in await self._connection.execute(counted)}

    async def listed(
        self,
        wave: str,
        states: Collection[InvitationState],
        *,
        limit: int,
        after: UUID | None = None,
    ) -> Sequence[Invitation]:
        chosen = select(invitations).where(
            invitations.c.wave == wave, invitations.c.state.in_([each.value for each in states])
        )
        if after is not None:
            chosen = chosen.where(invitations.c.id > after)
        rows = await self._connection.execute(chosen.order_by(invitations.c.id).limit(limit))
        return [read_invitation(row) for row in rows]

    async def send_anew(self, invitation: UUID, *, at: datetime) -> None:
        await self._connection.execute(
            delete(deliveries).where(
                deliveries.c.invitation == invitation, deliveries.c.number > 0, UNSENT
            )
        )
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.invitation == invitation, deliveries.c.number == 0)
            .values(
                # Another message: the one that may be under way is not taken for it.
                id=uuid4(),
                due_at=at,
                hold=None,
                holder=None,
                leased_until=None,
                attempts=0,
                begun_at=None,
                failures=0,
                settled_at=None,
                outcome=None,
                reason=None,
                channel=None,
            )
        )

    async def set_state(
        self,
        invitation: UUID,
        state: InvitationState,
        *,
        was: Collection[InvitationState],
        reason: str | None = None,
    ) -> bool:
        changed = await self._connection.execute(
            update(invitations)
            .where(
                invitations.c.id == invitation,
                invitations.c.state.in_([each.value for each in was]),
            )
            .values(state=state.value, reason=reason)
        )
        return changed.rowcount == 1

    async def put_off(self, invitation: UUID, *, until: datetime) -> bool:
        newest = select(func.max(deliveries.c.number)).where(deliveries.c.invitation == invitation)
        # Messages before invitations, as whoever settles them: else each might wait for the other.
        await self._connection.execute(
            select(deliveries.c.id).where(deliveries.c.invitation == invitation).with_for_update()
        )
        waits = await self._connection.execute(
            update(invitations)
            .where(invitations.c.id == invitation, invitations.c.state.in_(_MAY_ANSWER))
            .values(
                state=InvitationState.HELD.value,
                reason=HoldReason.SNOOZED.value,
                snoozed_until=until,
            )
        )
        if not waits.rowcount:
            return False
        await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.invitation == invitation,
                deliveries.c.number == newest.scalar_subquery(),
            )
            .values(
                # Another message: the one that may be under way is not taken for it.
                id=uuid4(),
                due_at=until,
                hold=HoldReason.SNOOZED.value,
                holder=None,
                leased_until=None,
                begun_at=None,
                failures=0,
                settled_at=None,
                outcome=None,
                reason=None,
                channel=None,
            )
        )
        return True

    async def save(self, invitation: Invitation) -> None:
        kept = {
            name: value
            for name, value in _values(invitation).items()
            if name not in ("id", "wave", "state")
        }
        await self._connection.execute(
            update(invitations).where(invitations.c.id == invitation.id).values(**kept)
        )

    async def sent_since(self, wave: str, *, since: datetime) -> int:
        counted = (
            select(func.count())
            .select_from(invitations)
            .where(invitations.c.wave == wave, invitations.c.sent_at >= since)
        )
        return await self._connection.scalar(counted) or 0

    async def last_sent(self, people: Collection[UUID]) -> Mapping[UUID, datetime]:
        chosen = select(asked.c.person, asked.c.at).where(asked.c.person.in_(people))
        return {row.person: row.at for row in await self._connection.execute(chosen)}

    async def last_sent_of(
        self, people: Collection[UUID], questionnaire: str
    ) -> Mapping[UUID, datetime]:
        chosen = (
            select(invitations.c.person, func.max(invitations.c.sent_at).label("at"))
            .join(
                waves,
                and_(waves.c.key == invitations.c.wave, waves.c.questionnaire == questionnaire),
            )
            .where(invitations.c.person.in_(people), invitations.c.sent_at.is_not(None))
            .group_by(invitations.c.person)
        )
        return {row.person: row.at for row in await self._connection.execute(chosen)}

    async def _one(self, chosen: Select[Any]) -> Invitation | None:
        row = (await self._connection.execute(chosen.limit(1))).first()
        return read_invitation(row) if row else None


async def expire(connection: AsyncConnection, dropped: Collection[UUID]) -> None:
    """Bring invitations on whose message nobody waits any more where they stay.

    What had been delivered once, and was to come again, is delivered. Whoever has left or wants no
    survey was not asked. For all others the wave ended first.
    """
    gone = exists().where(people.c.id == invitations.c.person).correlate(invitations)
    stands = case(
        (invitations.c.sent_at.is_not(None), InvitationState.DELIVERED.value),
        (
            or_(
                gone.where(people.c.ended_at.is_not(None)),
                gone.where(people.c.opted_out_at.is_not(None)),
                invitations.c.person.is_(None),
            ),
            InvitationState.SKIPPED.value,
        ),
        else_=InvitationState.EXPIRED.value,
    )
    why = case(
        (invitations.c.sent_at.is_not(None), None),
        (
            or_(gone.where(people.c.ended_at.is_not(None)), invitations.c.person.is_(None)),
            SkipReason.LEFT.value,
        ),
        (gone.where(people.c.opted_out_at.is_not(None)), SkipReason.OPTED_OUT.value),
        else_=None,
    )
    await connection.execute(
        update(invitations)
        .where(invitations.c.id.in_(sorted(dropped)), invitations.c.state.in_(_UNSENT_YET))
        .values(state=stands, reason=why)
    )


def _values(invitation: Invitation) -> dict[str, Any]:
    """All columns but the day on which it was made."""
    channel = invitation.channel
    return {
        "id": invitation.id,
        "wave": invitation.wave,
        "person": invitation.person,
        "unit": invitation.unit,
        "body": invitation.body,
        "state": invitation.state.value,
        "reason": invitation.reason,
        "channel": channel.value if channel else None,
        "sent_at": invitation.sent_at,
        "reminders": invitation.reminders,
        "snoozed_until": invitation.snoozed_until,
        "delegated_by": invitation.delegated_by,
        "hand_ons": invitation.hand_ons,
        "response": invitation.response,
        "about": invitation.about,
        "about_service": invitation.about_service,
        "about_day": invitation.about_day,
        "message_id": invitation.message_id,
        "mode": invitation.mode,
    }


def read_invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.id,
        wave=row.wave,
        person=row.person,
        unit=row.unit,
        state=InvitationState(row.state),
        body=row.body,
        reason=row.reason,
        channel=ChannelName(row.channel) if row.channel else None,
        sent_at=row.sent_at,
        reminders=row.reminders,
        snoozed_until=row.snoozed_until,
        delegated_by=row.delegated_by,
        hand_ons=row.hand_ons,
        response=row.response,
        about=row.about,
        about_service=row.about_service,
        about_day=row.about_day,
        message_id=row.message_id,
        mode=row.mode,
    )


def _delivery(delivery: Delivery) -> dict[str, Any]:
    """A new message."""
    return {
        "id": delivery.id,
        "wave": delivery.wave,
        "invitation": delivery.invitation,
        "number": delivery.number,
        "due_at": delivery.due_at,
        "hold": delivery.hold,
        "holder": None,
        "leased_until": None,
        "attempts": 0,
        "begun_at": None,
        "repeats": 0,
        "failures": 0,
        "settled_at": None,
        "outcome": None,
        "reason": None,
        "channel": None,
    }
