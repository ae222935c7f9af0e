"""Joins what fires, fills and ends the waves of campaigns."""

from survey.db.unit_of_work import SqlBegin
from survey.services.calendar import CalendarUse
from survey.services.catalogue import Catalogue
from survey.services.contacts import Contacts
from survey.services.endings import Endings
from survey.services.expansion import Expansion
from survey.services.firing import Firing
from survey.services.open_cases import OpenCases
from survey.services.reminding import Reminding
from survey.services.succession import Succession
from survey.services.waves import Waves
from survey.settings import Settings
from survey.wiring.derived import derived_key
from survey.wiring.world import World


def waves(
    settings: Settings, world: World, begin: SqlBegin, catalogue: Catalogue, calendar: CalendarUse
) -> Waves:
    clock, zone = world.clock, settings.zone
    return Waves(
        firing=Firing(begin, clock, catalogue, calendar.days, zone),
        expansion=Expansion(begin, clock, world.ids, calendar.days, OpenCases(), zone),
        contacts=Contacts(
            begin,
            clock,
            world.ids,
            catalogue,
            OpenCases(),
            zone,
            key=derived_key(settings, b"contacts"),
        ),
        endings=Endings(begin, clock),
        reminding=Reminding(begin, clock, world.ids, zone),
        succession=Succession(begin, clock, world.ids),
    )
