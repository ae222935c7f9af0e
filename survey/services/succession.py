"""Who answers for a body instead, where whoever was asked has left or stands for it no more.

A pass over the running waves finds such invitations, however it came about: a file of people, a
page, an erasure. So nothing that changes people has to know of waves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from survey.domain.audience import stand_for, stands_for, why_not
from survey.domain.audit import SERVICE, Note
from survey.domain.campaign import CampaignPlan
from survey.domain.inviting import takes_answers
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.waves import Delivery, Invitation, InvitationState, SkipReason, Wave
from survey.errors import StaleRevision
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.giving import give

AT_ONCE: Final = 1_000

_LOOKED_AT: Final = frozenset(InvitationState) - {
    InvitationState.ANSWERED,
    InvitationState.REFUSED,
    InvitationState.EXPIRED,
}
_NOBODY: Final = frozenset({SkipReason.LEFT, SkipReason.NOBODY_TO_ASK})
"""Why a body stands as not asked that is asked as soon as there is somebody."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Lost:
    """A body whose survey nobody has who could answer it; `to` is who is asked instead, if any."""

    invitation: Invitation
    to: UUID | None


class Succession:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids

    async def pass_on(self) -> int:
        """Ask the next contact of each such body, within the caps; how many are asked.

        The next one is found as the first was: by the order of roles, then by key. Where there is
        nobody, the body stands as not asked, for that reason, until there is: it is looked at again
        as long as the wave takes answers.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            if await work.installation.held():
                return 0
            running = [
                each
                for each in await work.waves.running()
                if each.privacy is Privacy.ATTRIBUTED
                and each.expanded_at is not None
                and takes_answers(each, now=now)
            ]
            found = [(wave, each) for wave in running for each in await _lost(work, wave, now)]
        asked = 0
        for wave, each in found:
            try:
                asked += await self._settle(wave, each, now)
            except StaleRevision:
                _log.info("succession_put_off", wave=wave.key)
        return asked

    async def _settle(self, wave: Wave, lost: _Lost, now: datetime) -> bool:
        """Whether somebody is asked. Raises: StaleRevision, where it has changed meanwhile."""
        invited, to = lost.invitation, lost.to
        async with self._begin() as work:
            if to is None:
                done = await work.invitations.set_state(
                    invited.id,
                    InvitationState.SKIPPED,
                    was={invited.state},
                    reason=SkipReason.NOBODY_TO_ASK,
                )
            else:
                done = await give(work, invited, to, at=now, was={invited.state})
                message = Delivery(self._ids.uuid(), wave.key, invited.id, 0, due_at=now)
                await work.invitations.add_messages([message])
            if not done:
                raise StaleRevision("invitation")
            action = "invitation.passed_on" if to else "invitation.nobody_to_ask"
            about, told = f"invitation:{invited.id}", {"unit": invited.body}
            await work.audit.add(Note(now, SERVICE, action, about, told))
            await work.commit()
        return to is not None


async def _lost(work: UnitOfWork, wave: Wave, now: datetime) -> Sequence[_Lost]:
    campaign = await work.campaigns.get(wave.campaign)
    if campaign is None:
        return ()
    found: list[_Lost] = []
    after = None
    while some := await work.invitations.listed(
        wave.key, sorted(_LOOKED_AT), limit=AT_ONCE, after=after
    ):
        after = some[-1].id
        people = await work.people.those({each.person for each in some if each.person})
        for each in some:
            person = people.get(each.person) if each.person else None
            if each.body and _is_lost(each, person, campaign.plan):
                to = await _next(work, wave, each, campaign.plan, now)
                if to is not None or each.reason != SkipReason.NOBODY_TO_ASK:
                    found.append(_Lost(each, to))
    return found


def _is_lost(invited: Invitation, person: Person | None, plan: CampaignPlan) -> bool:
    if invited.state is InvitationState.SKIPPED:
        return invited.reason in _NOBODY
    # Whom a colleague has chosen need not fit the audience.
    handed_on = invited.delegated_by is not None
    audience = plan.audience.model_copy(update={"roles": (), "attributes": {}})
    wanted = audience if handed_on else plan.audience
    return person is None or not stands_for(person, invited.body, wanted)


async def _next(
    work: UnitOfWork, wave: Wave, invited: Invitation, plan: CampaignPlan, now: datetime
) -> UUID | None:
    """Who is asked instead: the first who may be asked now."""
    unit = await work.organisation.unit(invited.body)
    if unit is None or unit.ended_at is not None:
        return None
    members = plan.audience.model_copy(update={"units": (invited.body,)})
    people: list[Person] = []
    while some := await work.audiences.after(
        members, after=people[-1].id if people else None, limit=AT_ONCE
    ):
        people += some
    standing = stand_for(people, invited.body, plan.audience)
    ids = [each.id for each in standing]
    sent = await work.invitations.last_sent(ids)
    sent_of = await work.invitations.last_sent_of(ids, wave.questionnaire)
    for each in standing:
        # Who had handed it on was asked this very survey, and has their turn for it.
        again = each.id == invited.delegated_by
        reason = why_not(
            each,
            last_sent=None if again else sent.get(each.id),
            last_sent_of=None if again else sent_of.get(each.id),
            caps=plan.caps,
            now=now,
        )
        if reason is None:
            return each.id
    return None
