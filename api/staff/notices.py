"""What every page of staff tells: that nothing, or not everything, is being sent."""

from dataclasses import dataclass
from typing import Final

from api.access import Caller
from api.staff.calendar_words import Say, nothing_sent
from survey.domain.access import Action, may_somewhere
from survey.domain.campaign import CampaignState
from survey.domain.language import N_
from survey.domain.waves import Campaign
from survey.wiring import Application

_HELD: Final = N_(
    "Nothing is being sent: this was restored from a backup. Whoever runs this server can check it "
    "and let it send again."
)


@dataclass(frozen=True, slots=True)
class Standstill:
    """What is held or paused now, as read for one page."""

    held: bool = False
    calendar: str = ""
    paused: tuple[Campaign, ...] = ()

    def lines(self, say: Say) -> list[tuple[str, list[tuple[str, str]]]]:
        """(sentence, links with their texts) of each; none where everything goes its way."""
        found: list[tuple[str, list[tuple[str, str]]]] = []
        if self.held:
            found.append((say(_HELD), []))
        if self.calendar:
            found.append((self.calendar, []))
        if self.paused:
            links = [
                (each.plan.title or each.key, f"/staff/campaigns/{each.key}")
                for each in self.paused
            ]
            found.append((say(N_("Paused, so that nothing of it is sent:")), links))
        return found


async def standstill(app: Application, caller: Caller, *, say: Say, language: str) -> Standstill:
    """Campaigns by name for those who may see campaigns; the rest for everybody signed in."""
    if caller.staff is None:
        return Standstill()
    now = app.clock.now()
    async with app.begin.read() as work:
        held = await work.installation.held() is not None
        pauses = await work.calendar.pauses(now=now)
        known = may_somewhere(caller.grants, Action.READ_CAMPAIGNS)
        paused = await work.campaigns.in_state(CampaignState.PAUSED) if known else ()
    zone = app.settings.zone
    calendar = nothing_sent(pauses, now=now, zone=zone, say=say, language=language)
    return Standstill(held, calendar, tuple(paused))
