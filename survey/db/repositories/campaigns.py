"""Campaigns and their waves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.cells import mark_due
from survey.db.statements import insert as insert_on_conflict
from survey.db.tables import (
    DUE_CAMPAIGN,
    UNSENT,
    campaign_plans,
    campaigns,
    deliveries,
    waves,
)
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.questionnaire import Privacy
from survey.domain.waves import TAKING_ANSWERS, Campaign, Wave, WaveState
from survey.errors import CampaignRefused

_ENDED = frozenset({WaveState.CLOSED, WaveState.STOPPED})


class SqlCampaigns:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, key: str) -> Campaign | None:
        row = (
            await self._connection.execute(select(campaigns).where(campaigns.c.key == key))
        ).first()
        return _campaign(row) if row else None

    async def all(self) -> Sequence[Campaign]:
        chosen = select(campaigns).order_by(campaigns.c.made_at.desc(), campaigns.c.key)
        return [_campaign(row) for row in await self._connection.execute(chosen)]

    async def in_state(self, state: CampaignState) -> Sequence[Campaign]:
        chosen = (
            select(campaigns)
            .where(campaigns.c.state == state.value)
            .order_by(campaigns.c.made_at.desc(), campaigns.c.key)
        )
        return [_campaign(row) for row in await self._connection.execute(chosen)]

    async def add(self, campaign: Campaign) -> None:
        added = await self._connection.execute(
            insert_on_conflict(self._connection, campaigns).on_conflict_do_nothing(
                index_elements=["key"]
            ),
            {"key": campaign.key, **_values(campaign)},
        )
        if not added.rowcount:
            raise CampaignRefused(campaign.key, "key_taken")

    async def save(self, campaign: Campaign, *, expected_revision: int) -> bool:
        saved = await self._connection.execute(
            update(campaigns)
            .where(campaigns.c.key == campaign.key, campaigns.c.revision == expected_revision)
            .values(**_values(campaign) | {"revision": expected_revision + 1})
        )
        return saved.rowcount == 1

    async def keep_plan(self, campaign: Campaign, *, at: datetime, by: str) -> None:
        await self._connection.execute(
            insert(campaign_plans),
            {
                "campaign": campaign.key,
                "revision": campaign.revision,
                "plan": _plan(campaign.plan),
                "at": at,
                "by": by,
            },
        )

    async def plans(self, key: str) -> Sequence[tuple[int, CampaignPlan, datetime, str]]:
        chosen = (
            select(campaign_plans)
            .where(campaign_plans.c.campaign == key)
            .order_by(campaign_plans.c.revision)
        )
        return [
            (row.revision, CampaignPlan.model_validate(row.plan), row.at, row.by)
            for row in await self._connection.execute(chosen)
        ]

    async def locked(self, key: str) -> Campaign | None:
        chosen = select(campaigns).where(campaigns.c.key == key).with_for_update()
        row = (await self._connection.execute(chosen)).first()
        return _campaign(row) if row else None

    async def due(self, *, now: datetime) -> Sequence[Campaign]:
        chosen = (
            select(campaigns)
            .where(
                DUE_CAMPAIGN,
                campaigns.c.next_at <= now,
                campaigns.c.state == CampaignState.RUNNING,
            )
            .order_by(campaigns.c.next_at, campaigns.c.key)
        )
        return [_campaign(row) for row in await self._connection.execute(chosen)]

    async def finished(self) -> Sequence[Campaign]:
        running = exists().where(
            waves.c.campaign == campaigns.c.key, waves.c.state.in_(TAKING_ANSWERS)
        )
        chosen = select(campaigns).where(
            campaigns.c.state.in_([CampaignState.RUNNING.value, CampaignState.PAUSED.value]),
            campaigns.c.next_at.is_(None),
            ~running,
        )
        return [_campaign(row) for row in await self._connection.execute(chosen)]

    async def advance(
        self,
        key: str,
        *,
        from_slot: str,
        next_slot: str | None,
        next_at: datetime | None,
    ) -> bool:
        moved = await self._connection.execute(
            update(campaigns)
            .where(campaigns.c.key == key, campaigns.c.next_slot == from_slot)
            .values(next_slot=next_slot, next_at=next_at)
        )
        return moved.rowcount == 1


class SqlWaves:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, key: str) -> Wave | None:
        row = (await self._connection.execute(select(waves).where(waves.c.key == key))).first()
        return _wave(row) if row else None

    async def by_key(self, keys: Collection[str]) -> Mapping[str, Wave]:
        """Those of these that there are."""
        rows = await self._connection.execute(select(waves).where(waves.c.key.in_(keys)))
        return {row.key: _wave(row) for row in rows}

    async def of(self, campaign: str) -> Sequence[Wave]:
        chosen = select(waves).where(waves.c.campaign == campaign).order_by(waves.c.number.desc())
        return [_wave(row) for row in await self._connection.execute(chosen)]

    async def add(self, wave: Wave) -> bool:
        added = await self._connection.execute(
            insert_on_conflict(self._connection, waves).on_conflict_do_nothing(),
            {
                "key": wave.key,
                "campaign": wave.campaign,
                "number": wave.number,
                "slot": wave.slot,
                "questionnaire": wave.questionnaire,
                "version": wave.version,
                "privacy": wave.privacy.value,
                "floor": wave.floor,
                "month": wave.month,
                "state": wave.state.value,
                "opens_at": wave.opens_at,
                "closes_at": wave.closes_at,
                "opened_at": wave.opened_at,
                "reached": wave.reached,
                "expanded_at": wave.expanded_at,
                "closed_at": wave.closed_at,
                "reason": wave.reason,
            },
        )
        return added.rowcount == 1

    async def running(self) -> Sequence[Wave]:
        chosen = (
            select(waves)
            .where(waves.c.state.in_(TAKING_ANSWERS))
            .order_by(waves.c.opens_at, waves.c.key)
        )
        return [_wave(row) for row in await self._connection.execute(chosen)]

    async def set_state(self, key: str, state: WaveState, *, at: datetime, was: WaveState) -> bool:
        values: dict[str, Any] = {"state": state.value}
        if state in _ENDED:
            values["closed_at"] = at
        changed = await self._connection.execute(
            update(waves)
            .where(waves.c.key == key, waves.c.state == was.value)
            .values(**values)
            .returning(waves.c.questionnaire, waves.c.month)
        )
        row = changed.first()
        if row is not None and state in _ENDED:
            await mark_due(self._connection, {(row.questionnaire, row.month)})
        return row is not None

    async def move_closing(self, key: str, *, closes_at: datetime) -> None:
        await self._connection.execute(
            update(waves).where(waves.c.key == key).values(closes_at=closes_at)
        )

    async def note_reached(self, key: str, person: UUID, *, was: UUID | None) -> bool:
        before = waves.c.reached.is_(None) if was is None else waves.c.reached == was
        noted = await self._connection.execute(
            update(waves)
            .where(
                waves.c.key == key,
                before,
                waves.c.expanded_at.is_(None),
                or_(*(waves.c.state == state for state in TAKING_ANSWERS)),
            )
            .values(reached=person)
        )
        return noted.rowcount == 1

    async def note_expanded(self, key: str, *, at: datetime, was: UUID | None) -> bool:
        before = waves.c.reached.is_(None) if was is None else waves.c.reached == was
        noted = await self._connection.execute(
            update(waves)
            .where(waves.c.key == key, before, waves.c.expanded_at.is_(None))
            .values(expanded_at=at)
        )
        return noted.rowcount == 1

    async def expand_again(self, key: str) -> None:
        await self._connection.execute(
            update(waves).where(waves.c.key == key).values(reached=None, expanded_at=None)
        )

    async def to_close(self, *, now: datetime) -> Sequence[tuple[Wave, WaveState]]:
        ended = campaigns.c.state.in_([state.value for state in CampaignState if state.over])
        chosen = (
            select(waves, campaigns.c.state.label("campaign_state"))
            .join(campaigns, campaigns.c.key == waves.c.campaign)
            .where(waves.c.state.in_(TAKING_ANSWERS), or_(waves.c.closes_at <= now, ended))
            .order_by(waves.c.closes_at, waves.c.key)
        )
        return [
            (
                _wave(row),
                WaveState.STOPPED
                if row.campaign_state == CampaignState.STOPPED
                else WaveState.CLOSED,
            )
            for row in await self._connection.execute(chosen)
        ]

    async def expanding(self) -> Sequence[Wave]:
        chosen = (
            select(waves)
            .where(waves.c.state.in_(TAKING_ANSWERS), waves.c.expanded_at.is_(None))
            .order_by(waves.c.opened_at, waves.c.key)
        )
        return [_wave(row) for row in await self._connection.execute(chosen)]

    async def in_slot(self, campaign: str, slot: str) -> Wave | None:
        chosen = select(waves).where(waves.c.campaign == campaign, waves.c.slot == slot)
        row = (await self._connection.execute(chosen)).first()
        return _wave(row) if row else None

    async def last(self, campaign: str) -> tuple[int, str | None]:
        chosen = select(func.max(waves.c.number), func.max(waves.c.slot)).where(
            waves.c.campaign == campaign
        )
        number, slot = (await self._connection.execute(chosen)).one()
        return number or 0, slot

    async def ended_with_messages(self) -> Sequence[str]:
        unsent = exists().where(deliveries.c.wave == waves.c.key, UNSENT)
        chosen = (
            select(waves.c.key)
            .where(waves.c.state.in_([each.value for each in _ENDED]), unsent)
            .order_by(waves.c.key)
        )
        return list(await self._connection.scalars(chosen))


def _plan(plan: CampaignPlan) -> Any:
    return plan.model_dump(mode="json", by_alias=True)


def _values(campaign: Campaign) -> dict[str, Any]:
    """All columns but the key."""
    return {
        "plan": _plan(campaign.plan),
        "state": campaign.state.value,
        "revision": campaign.revision,
        "questionnaire": campaign.plan.questionnaire,
        "version": campaign.version,
        "made_at": campaign.made_at,
        "made_by": campaign.made_by,
        "launched_at": campaign.launched_at,
        "launched_by": campaign.launched_by,
        "approved_by": campaign.approved_by,
        "ended_at": campaign.ended_at,
        "next_at": campaign.next_at,
        "next_slot": campaign.next_slot,
    }


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        plan=CampaignPlan.model_validate(row.plan),
        state=CampaignState(row.state),
        revision=row.revision,
        made_at=row.made_at,
        made_by=row.made_by,
        version=row.version,
        next_at=row.next_at,
        next_slot=row.next_slot,
        launched_at=row.launched_at,
        launched_by=row.launched_by,
        approved_by=row.approved_by,
        ended_at=row.ended_at,
    )


def _wave(row: Row[Any]) -> Wave:
    return Wave(
        key=row.key,
        campaign=row.campaign,
        number=row.number,
        slot=row.slot,
        questionnaire=row.questionnaire,
        version=row.version,
        privacy=Privacy(row.privacy),
        floor=row.floor,
        month=row.month,
        state=WaveState(row.state),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        opened_at=row.opened_at,
        expanded_at=row.expanded_at,
        reached=row.reached,
        closed_at=row.closed_at,
        reason=row.reason,
    )
