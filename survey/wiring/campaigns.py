"""Campaigns as survey managers plan and run them."""

from survey.db.unit_of_work import SqlBegin
from survey.domain.campaign import ChannelName
from survey.services.calendar import CalendarUse
from survey.services.campaign_previews import Previews
from survey.services.campaigns import Campaigns
from survey.services.open_cases import OpenCases
from survey.settings import Settings
from survey.wiring.post import server_for
from survey.wiring.world import World


def campaigns(
    settings: Settings, world: World, begin: SqlBegin, calendar: CalendarUse
) -> Campaigns:
    set_up = {
        ChannelName.CHAT: settings.bot is not None or settings.demo,
        ChannelName.EMAIL: server_for(settings) is not None
        or world.mailer is not None
        or settings.demo,
    }
    previews = Previews(
        begin,
        world.clock,
        calendar.days,
        OpenCases(),
        zone=settings.zone,
        floor=settings.floor,
        approval_above=settings.approval_above,
        set_up=frozenset(channel for channel, is_there in set_up.items() if is_there),
        bot=settings.bot,
    )
    return Campaigns(begin, world.clock, previews, zone=settings.zone)
