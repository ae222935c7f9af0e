"""The check of services that schools answer: to its last page, what was given, the next time."""

from dataclasses import replace
from datetime import timedelta

from survey.domain.turns import Done, Input, Put, QuestionTurn, ReviewTurn, Skip, Tick
from survey.domain.waves import InvitationState
from survey.services.shown import Shown
from tests.support.application import Running
from tests.support.asked import Asked

CHECK = "school-service-check"


async def to_the_check(here: Running, shown: Shown, owner: str, satisfaction: int = 4) -> Shown:
    """Rate payroll and skip the rest."""
    talk = here.core.conversations
    while not isinstance(shown.turn, ReviewTurn):
        assert isinstance(shown.turn, QuestionTurn)
        inputs: list[Input]
        match shown.turn.name:
            case "services_used" as name:
                inputs = [Tick(name, "payroll", on=True), Done(name)]
            case "satisfaction_payroll" as name:
                inputs = [Put(name, satisfaction)]
            case name:
                inputs = [Skip(name)]
        for each in inputs:
            shown = await talk.apply(shown.conversation, each, owner=owner)
    return shown


async def given(here: Running) -> list[tuple[str, object]]:
    """Each school that has answered, and how it rated payroll."""
    async with here.core.begin.read(one_state=True) as work:
        return [
            (each.unit, each.answers["satisfaction_payroll"])
            async for each in work.responses.all(CHECK)
        ]


async def next_time(here: Running, who: Asked) -> Asked:
    """A second wave, in which the same school is asked."""
    now = here.clock.now()
    async with here.core.begin() as work:
        first = await work.waves.get(who.invitation.wave)
        assert first is not None
        second = replace(
            first,
            key="staff-pulse-2",
            number=2,
            slot="2026-05-15T09:00",
            opens_at=now,
            closes_at=now + timedelta(days=14),
        )
        again = replace(
            who.invitation,
            id=here.core.ids.uuid(),
            wave=second.key,
            state=InvitationState.DELIVERED,
        )
        await work.waves.add(second)
        await work.invitations.add([again], [], made_on=now.date())
        await work.commit()
    return Asked(who.person, again, here.core.invitation_links.token(again.id))
