"""How the installation is: how much waits, and since when. Counts only, never a row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import (
    DUE_CAMPAIGN,
    OWED,
    TO_FETCH,
    WAITING,
    attachments,
    campaigns,
    conversations,
    inbox,
    installation,
    invitations,
    publication_due,
    received_letters,
    waves,
)
from survey.db.types import UtcDateTime
from survey.domain.campaign import CampaignState
from survey.domain.records import Vitals
from survey.domain.waves import TAKING_ANSWERS, InvitationState, WaveState

_NUMBER: Final = func.count()

_OPEN: Final = waves.c.state.in_(TAKING_ANSWERS)


def _waves(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(_NUMBER).select_from(waves).where(*conditions).scalar_subquery()


_TABLES: Final = text("SELECT version_num FROM alembic_version")

_VITALS: Final = select(
    select(installation.c.held_at).scalar_subquery().label("held_since"),
    select(_NUMBER).select_from(inbox).where(WAITING).scalar_subquery().label("waiting"),
    select(func.min(inbox.c.received_at, type_=UtcDateTime()))
    .where(WAITING)
    .scalar_subquery()
    .label("waiting_since"),
    select(_NUMBER).select_from(inbox).where(inbox.c.parked).scalar_subquery().label("parked"),
    select(_NUMBER)
    .select_from(conversations)
    .where(OWED, conversations.c.touched_at < bindparam("owed_before", type_=UtcDateTime()))
    .scalar_subquery()
    .label("owed"),
    select(_NUMBER).select_from(publication_due).scalar_subquery().label("months_due"),
    select(func.min(campaigns.c.next_at, type_=UtcDateTime()))
    .where(DUE_CAMPAIGN, campaigns.c.state == CampaignState.RUNNING)
    .scalar_subquery()
    .label("slot_due_since"),
    _waves(_OPEN).label("waves_open"),
    _waves(_OPEN, waves.c.expanded_at.is_(None)).label("waves_filling"),
    _waves(
        waves.c.state == WaveState.MISSED,
        waves.c.opened_at >= bindparam("missed_since", type_=UtcDateTime()),
    ).label("waves_missed"),
    select(_NUMBER)
    .select_from(attachments)
    .where(TO_FETCH)
    .scalar_subquery()
    .label("files_to_fetch"),
    select(func.min(attachments.c.made_at, type_=UtcDateTime()))
    .where(TO_FETCH)
    .scalar_subquery()
    .label("files_since"),
    select(_NUMBER)
    .select_from(received_letters)
    .where(received_letters.c.held.is_not(None))
    .scalar_subquery()
    .label("letters_held"),
)

_ASKED: Final = (
    select(invitations.c.state, _NUMBER)
    .join(waves, waves.c.key == invitations.c.wave)
    .where(_OPEN)
    .group_by(invitations.c.state)
)


class SqlVitals:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tables(self) -> str | None:
        number: str | None = await self._connection.scalar(_TABLES)
        return number

    async def take(self, *, owed_before: datetime, missed_since: datetime) -> Vitals:
        told = {"owed_before": owed_before, "missed_since": missed_since}
        rows = await self._connection.execute(_VITALS, told)
        return Vitals(**rows.mappings().one())

    async def asked(self) -> Mapping[InvitationState, int]:
        rows = await self._connection.execute(_ASKED)
        return {InvitationState(state): number for state, number in rows}
