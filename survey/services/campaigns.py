"""Campaigns: made, changed, launched, paused, resumed and ended; and how one stands.

Launching takes the exact number of people, typed, and above a set size a second person. Whoever
clicks twice is told so and changes nothing. What ends or pauses a campaign does so to its open
waves in the same transaction, so that the next look of any sender sees it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, Note
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.findings import quoted
from survey.domain.firing import closing
from survey.domain.preview import Done, Preview, Status, WaveStatus
from survey.domain.schedule import zone_of
from survey.domain.waves import Campaign, WaveState
from survey.errors import CampaignFaulty, CampaignRefused, ChangedMeanwhile, Fault, NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.campaign_previews import Previews

CHANGEABLE: Final = frozenset({"title", "purpose", "notice", "open_days", "reminders", "hours"})
"""What of a plan may still change once it is launched."""

_STOPPABLE: Final = (CampaignState.PROPOSED, CampaignState.RUNNING, CampaignState.PAUSED)
_GOING: Final = (CampaignState.RUNNING, CampaignState.PAUSED)


class Campaigns:
    """The use cases of a survey manager."""

    def __init__(self, begin: Begin, clock: Clock, previews: Previews, *, zone: ZoneInfo) -> None:
        self._begin, self._clock, self._previews, self._zone = begin, clock, previews, zone

    async def get(self, key: str) -> Campaign:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            return await _the(work, key)

    async def all(self) -> Sequence[Campaign]:
        """Newest first."""
        async with self._begin.read() as work:
            return await work.campaigns.all()

    async def history(self, key: str) -> Sequence[tuple[int, CampaignPlan, datetime, str]]:
        """Every plan that it had: revision, plan, when and by whom; oldest first.

        Raises: NotFound.
        """
        async with self._begin.read() as work:
            await _the(work, key)
            return await work.campaigns.plans(key)

    async def preview(self, wanted: str | CampaignPlan, *, people: int = 0) -> Preview:
        """What a campaign (by key), or a plan that nobody keeps, would do now; nothing is kept.

        Args:
            people: how many of the audience to name, in order of their names.

        Raises: NotFound.
        """
        return await self._previews.preview(wanted, people=people)

    async def leaves_at(self, campaign: Campaign) -> datetime | None:
        """When its next messages leave, as `Previews.leaves_at`."""
        return await self._previews.leaves_at(campaign)

    async def status(self, key: str) -> Status:
        """It and its waves, the newest first, with sums that add up. Raises: NotFound."""
        async with self._begin.read(one_state=True) as work:
            campaign = await _the(work, key)
            waves = await work.waves.of(key)
            standings = [await work.invitations.standing(wave.key) for wave in waves]
        return Status(campaign, tuple(map(WaveStatus, waves, standings)))

    async def create(self, plan: CampaignPlan, *, by: Actor) -> Campaign:
        """A draft: nothing is sent before it is launched.

        Raises: CampaignFaulty ("not_published"); CampaignRefused ("key_taken").
        """
        now = self._clock.now()
        async with self._begin() as work:
            await _refuse_unpublished(work, plan)
            campaign = Campaign(plan, CampaignState.DRAFT, 1, made_at=now, made_by=str(by))
            await work.campaigns.add(campaign)
            await work.campaigns.keep_plan(campaign, at=now, by=str(by))
            await self._note(work, by, "campaign.created", campaign)
            await work.commit()
        return campaign

    async def change(
        self, key: str, plan: CampaignPlan, *, expected_revision: int, by: Actor
    ) -> Campaign:
        """Another plan: of a draft any, after the launch only in what `CHANGEABLE` names.

        A change of `open_days` moves the closing of the waves that are open. What was proposed is a
        draft again. The same plan changes nothing.

        Raises: NotFound; ChangedMeanwhile, with the campaign as it stands; CampaignFaulty
            ("not_published"); CampaignRefused ("other_key", "over", "fixed_after_launch").
        """
        now = self._clock.now()
        async with self._begin() as work:
            before = await _unchanged(work, key, expected_revision)
            fields = changed_fields(before.plan, plan)
            if not fields:
                return before
            _refuse_change(before, fields)
            after = replace(before, plan=plan)
            if before.state not in _GOING:
                await _refuse_unpublished(work, plan)
                after = replace(after, state=CampaignState.DRAFT, launched_by=None)
            after = await _saved(work, after)
            await work.campaigns.keep_plan(after, at=now, by=str(by))
            if "open_days" in fields:
                await self._move_closing(work, after)
            await self._note(work, by, "campaign.changed", after, {"fields": fields})
            await work.commit()
        return after

    async def launch(self, key: str, *, expected_revision: int, typed: int, by: Actor) -> Done:
        """Begin it; above the set size, propose it to somebody else.

        Args:
            typed: how many people will be asked, as whoever launches it has read and typed it.

        Raises: NotFound; ChangedMeanwhile; CampaignFaulty, with everything that is missing;
            CampaignRefused ("over", "other_count").
        """
        standing = await self.get(key)
        if standing.state in _STOPPABLE:
            return Done(standing, changed=False)
        preview = await self._launchable(standing)
        if typed != preview.people:
            raise CampaignRefused(key, "other_count")
        async with self._begin() as work:
            campaign = await _unchanged(work, key, expected_revision)
            if campaign.state is not CampaignState.DRAFT:
                return Done(campaign, changed=False)
            told = {"people": preview.people}
            # Whoever agrees later agrees to this version, not to one that comes meanwhile.
            version = campaign.plan.version or await _newest(work, campaign)
            proposed = replace(campaign, launched_by=str(by), version=version)
            if preview.second_person:
                kept = await _saved(work, replace(proposed, state=CampaignState.PROPOSED))
                await self._note(work, by, "campaign.proposed", kept, told)
            else:
                kept = await self._begun(work, proposed)
                await self._note(work, by, "campaign.launched", kept, told)
            await work.commit()
        return Done(kept, changed=True)

    async def approve(
        self,
        key: str,
        *,
        expected_revision: int | None = None,
        people: int | None = None,
        by: Actor,
    ) -> Done:
        """Begin what somebody else has proposed.

        Args:
            expected_revision: of what whoever agrees has read; None where it is what stands now.
            people: how many will be asked, as they have read it; None likewise.

        Raises: NotFound; ChangedMeanwhile; CampaignFaulty; CampaignRefused ("not_proposed",
            "same_person", "other_count").
        """
        standing = await self.get(key)
        if standing.state in _GOING and standing.approved_by is not None:
            return Done(standing, changed=False)
        if standing.state is not CampaignState.PROPOSED:
            raise CampaignRefused(key, "not_proposed")
        if expected_revision not in (None, standing.revision):
            raise ChangedMeanwhile(standing)
        if standing.launched_by == str(by):
            raise CampaignRefused(key, "same_person")
        preview = await self._launchable(standing)
        if people not in (None, preview.people):
            raise CampaignRefused(key, "other_count")
        async with self._begin() as work:
            campaign = await _unchanged(work, key, standing.revision)
            kept = await self._begun(work, replace(campaign, approved_by=str(by)))
            told = {"people": preview.people}
            await self._note(work, by, "campaign.approved", kept, told)
            await work.commit()
        return Done(kept, changed=True)

    async def pause(self, key: str, *, by: Actor) -> Done:
        """Send nothing for now; answers are still taken.

        Raises: NotFound; CampaignRefused ("not_running").
        """
        return await self._turn(
            key,
            by,
            CampaignState.PAUSED,
            was=(CampaignState.RUNNING,),
            waves={WaveState.OPEN: WaveState.PAUSED},
            refused="not_running",
        )

    async def resume(self, key: str, *, by: Actor) -> Done:
        """Go on where it was. Raises: NotFound; CampaignRefused ("not_paused")."""
        return await self._turn(
            key,
            by,
            CampaignState.RUNNING,
            was=(CampaignState.PAUSED,),
            waves={WaveState.PAUSED: WaveState.OPEN},
            refused="not_paused",
        )

    async def stop(self, key: str, *, by: Actor) -> Done:
        """End it before its time: nothing more is sent, and no more answers are taken.

        Raises: NotFound; CampaignRefused ("not_launched", "over").
        """
        return await self._turn(
            key,
            by,
            CampaignState.STOPPED,
            was=_STOPPABLE,
            waves={WaveState.OPEN: WaveState.STOPPED, WaveState.PAUSED: WaveState.STOPPED},
            refused="not_launched",
        )

    async def close(self, key: str, *, by: Actor) -> Done:
        """Over and done: its open waves close as if their time had come.

        Raises: NotFound; CampaignRefused ("not_launched", "over").
        """
        return await self._turn(
            key,
            by,
            CampaignState.CLOSED,
            was=_GOING,
            waves={WaveState.OPEN: WaveState.CLOSED, WaveState.PAUSED: WaveState.CLOSED},
            refused="not_launched",
        )

    async def _launchable(self, campaign: Campaign) -> Preview:
        """Raises: CampaignFaulty, CampaignRefused."""
        if campaign.state.over:
            raise CampaignRefused(campaign.key, "over")
        preview = await self._previews.preview(campaign.key)
        if not preview.may_launch:
            raise CampaignFaulty(
                [Fault((gap.part,), gap.code, gap.message) for gap in preview.gaps if gap.blocks]
            )
        return preview

    async def _begun(self, work: UnitOfWork, campaign: Campaign) -> Campaign:
        """Running, with its first date set."""
        running = replace(campaign, state=CampaignState.RUNNING, launched_at=self._clock.now())
        first = await self._previews.first_slot(work, running)
        if first is not None:
            running = replace(running, next_slot=first.slot, next_at=first.at)
        return await _saved(work, running)

    async def _move_closing(self, work: UnitOfWork, campaign: Campaign) -> None:
        """Open waves close as many days after their opening as the plan says now."""
        zone = zone_of(campaign.plan.schedule, self._zone)
        for wave in await work.waves.of(campaign.key):
            if wave.state.takes_answers:
                closes_at = closing(campaign.plan, wave.slot, wave.opens_at, zone)
                await work.waves.move_closing(wave.key, closes_at=closes_at)

    async def _turn(
        self,
        key: str,
        by: Actor,
        state: CampaignState,
        *,
        was: Sequence[CampaignState],
        waves: Mapping[WaveState, WaveState],
        refused: str,
    ) -> Done:
        """Bring it and its open waves into another state, whoever changes it meanwhile."""
        now = self._clock.now()
        async with self._begin() as work:
            while True:
                before = await _the(work, key)
                if before.state is state:
                    return Done(before, changed=False)
                if before.state not in was:
                    raise CampaignRefused(key, "over" if before.state.over else refused)
                after = replace(before, state=state)
                if state.over:
                    after = replace(after, next_slot=None, next_at=None, ended_at=now)
                if await work.campaigns.save(after, expected_revision=before.revision):
                    break
            # After the campaign's own row: a firing that holds it has written its wave by now.
            for wave in await work.waves.of(key):
                if wave.state in waves:
                    await work.waves.set_state(wave.key, waves[wave.state], at=now, was=wave.state)
            await self._note(work, by, f"campaign.{_PAST[state]}", after)
            await work.commit()
        return Done(replace(after, revision=before.revision + 1), changed=True)

    async def _note(
        self,
        work: UnitOfWork,
        by: Actor,
        action: str,
        campaign: Campaign,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        subject = f"campaign:{campaign.key}"
        await work.audit.add(Note(self._clock.now(), by, action, subject, dict(details or {})))


_PAST: Final = {
    CampaignState.PAUSED: "paused",
    CampaignState.RUNNING: "resumed",
    CampaignState.STOPPED: "stopped",
    CampaignState.CLOSED: "closed",
}


def changed_fields(before: CampaignPlan, after: CampaignPlan) -> list[str]:
    """The names of the parts of a plan that differ, in the order of the file."""
    return [
        name for name in CampaignPlan.model_fields if getattr(before, name) != getattr(after, name)
    ]


def _refuse_change(campaign: Campaign, fields: Sequence[str]) -> None:
    if "key" in fields:
        raise CampaignRefused(campaign.key, "other_key")
    if campaign.state.over:
        raise CampaignRefused(campaign.key, "over")
    if campaign.state in _GOING and not CHANGEABLE.issuperset(fields):
        raise CampaignRefused(campaign.key, "fixed_after_launch")


async def _refuse_unpublished(work: UnitOfWork, plan: CampaignPlan) -> None:
    if await work.questionnaires.get(plan.questionnaire) is None:
        message = f"the questionnaire '{plan.questionnaire}' is not published: publish it first"
        raise CampaignFaulty([Fault(("questionnaire",), "not_published", message)])


async def _the(work: UnitOfWork, key: str) -> Campaign:
    found = await work.campaigns.get(key)
    if found is None:
        raise NotFound(f"campaign {quoted(key)}")
    return found


async def _newest(work: UnitOfWork, campaign: Campaign) -> int | None:
    """The version that is published now."""
    row = await work.questionnaires.get(campaign.plan.questionnaire)
    return row.version if row else None


async def _unchanged(work: UnitOfWork, key: str, expected_revision: int) -> Campaign:
    found = await _the(work, key)
    if found.revision != expected_revision:
        raise ChangedMeanwhile(found)
    return found


async def _saved(work: UnitOfWork, campaign: Campaign) -> Campaign:
    """Raises: ChangedMeanwhile."""
    if not await work.campaigns.save(campaign, expected_revision=campaign.revision):
        raise ChangedMeanwhile(await _the(work, campaign.key))
    return replace(campaign, revision=campaign.revision + 1)
