"""Joins what fires, fills and ends the waves of campaigns."""

from survey.db.unit_of_work import SqlBegin
from survey.services.endings import Endings
from survey.services.reminding import Reminding
from survey.services.waves import Waves
from survey.settings import Settings
from survey.wiring.world import World


def waves(settings: Settings, world: World, begin: SqlBegin) -> Waves:
    return Waves(
        endings=Endings(begin, world.clock),
        reminding=Reminding(begin, world.clock, world.ids, settings.zone),
    )
