"""Fifty simulated people: who they are, how they take an invitation, and when.

Temperaments are dealt out in the same shares each time, so that every way an invitation can go is
seen; who has which, and what they answer, is a matter of the seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Final

from survey.domain.campaign import Audience, CampaignPlan, ChannelName
from survey.domain.organisation import ancestors
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.ports import Clock, Ids

PEOPLE: Final = 50

_MOST_UNITS: Final = 4
_BY_MAIL: Final = 5
"""Where a campaign goes by e-mail too, one in so many has no chat."""


class Temper(StrEnum):
    """What somebody does with what is sent to them."""

    ANSWERS = "answers"
    SECOND = "answers the first reminder"
    THIRD = "answers the second reminder"
    SNOOZES = "asks to be asked tomorrow, and answers then"
    REFUSES = "refuses"
    STOPS = "wants no survey at all"
    BLOCKS = "has blocked the bot, or left the mailbox"
    IGNORES = "does nothing"


_DEALT: Final = {
    Temper.ANSWERS: 24,
    Temper.SECOND: 8,
    Temper.THIRD: 4,
    Temper.SNOOZES: 3,
    Temper.REFUSES: 3,
    Temper.STOPS: 1,
    Temper.BLOCKS: 3,
    Temper.IGNORES: 4,
}


@dataclass(frozen=True, slots=True)
class Simulated:
    """One of them: `user` is the number of their chat, None where they have an address only.

    `after` is how long they take to look at a message.
    """

    person: Person
    temper: Temper
    user: int | None
    after: timedelta


def crowd(
    plan: CampaignPlan,
    units: Sequence[Unit],
    *,
    for_bodies: bool,
    ids: Ids,
    clock: Clock,
    chance: Random,
) -> list[Simulated]:
    """People who fit the audience, spread over a few of its units.

    Where they answer for bodies (one for each), over as many units as there are.

    Unless the campaign goes by chat alone, one in five is reached by e-mail; by e-mail alone, all.
    """
    homes = _homes(plan.audience, units)[: PEOPLE if for_bodies else _MOST_UNITS]
    tempers = [temper for temper, n in _DEALT.items() for _ in range(n)]
    chance.shuffle(tempers)
    found = []
    for number, temper in enumerate(tempers, start=1):
        chat = ChannelName.CHAT in plan.channels
        by_mail = ChannelName.EMAIL in plan.channels and (not chat or number % _BY_MAIL == 0)
        person = Person(
            id=ids.uuid(),
            key=f"simulated-{number}",
            name=f"Simulated person {number}",
            units=(homes[number % len(homes)],) if homes else (),
            created_at=clock.now(),
            email=f"simulated-{number}@dry-run.invalid" if by_mail else None,
            language="en",
            roles=plan.audience.roles[:1],
            attributes={name: fits[0] for name, fits in plan.audience.attributes.items() if fits},
        )
        user = None if by_mail else number
        found.append(Simulated(person, temper, user, timedelta(minutes=chance.randint(2, 1500))))
    return found


def _homes(audience: Audience, units: Sequence[Unit]) -> list[str]:
    """Units of the audience, those with none below them first."""
    lines = ancestors(units)
    wanted = set(audience.units)
    fitting = [
        each
        for each in units
        if each.ended_at is None
        and (not wanted or wanted & {*lines[each.key]})
        and (not audience.kinds or each.kind in audience.kinds)
    ]
    parents = {each.parent for each in units}
    return [each.key for each in sorted(fitting, key=lambda each: each.key in parents)]
