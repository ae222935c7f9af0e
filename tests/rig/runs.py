"""One run: people and clients at work while the program dies again and again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from survey.domain.form import Form
from tests.rig.clients import ASKED, Clients
from tests.rig.evidence import collect
from tests.rig.house import AWAY, House, Program, open_house
from tests.rig.invariants import Evidence, broken
from tests.rig.load import Load
from tests.rig.people import SURVEY, People, send_again
from tests.rig.points import Crash
from tests.support.application import TestClock, running
from tests.telegram.server import FakeTelegram

PEOPLE_AT_ONCE: Final = 6
CLIENTS_AT_ONCE: Final = 4
_EARLY: Final = 0.1
"""How many of the random kills come while the program is starting."""

_MOST_TOLD: Final = 40
"""A life ends after people and clients were told something so often, or fewer times."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to cover: so many at least, each crash, and random kills.

    With a webhook, Telegram also sends every update again, several times. Of several programs side
    by side, a random one is killed.
    """

    updates: int
    submissions: int
    crashes: Sequence[Crash] = ()
    kills: int = 0
    webhook: bool = False
    programs: int = 1


@dataclass(slots=True)
class Run:
    """What a run found: broken rules by name, and what it covered."""

    evidence: Evidence
    covered: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> dict[str, Sequence[str]]:
        return broken(self.evidence)


async def play(url: str, folder: Path, plan: Plan, chance: Random) -> Run:
    """Play one run on a migrated, empty database."""
    form = await _furnish(url, folder)
    async with (
        FakeTelegram() as telegram,
        open_house(url, folder, telegram, webhook=plan.webhook) as house,
    ):
        if plan.webhook:
            send_again(telegram.updates)
        load = Load(chance)
        people = People(load, house, telegram, form, today=house.clock.now().date(), chance=chance)
        await _work(house, load, people, plan, chance)
        await people.nothing_waits()
        await _sweep(house, telegram)
        async with running(url, folder, clock=TestClock(house.clock.now())) as here:
            evidence = await collect(here.core, house, telegram, load, people)
    covered = Counter(
        {
            "updates": len(evidence.delivered),
            "submissions over HTTP": len([each for each in load.sent if each.chat is None]),
            "submissions in chat": len([each for each in load.sent if each.chat is not None]),
            "requests acknowledged": sum(each.references.total() for each in load.sent),
            "kills": house.kills,
        }
    )
    return Run(evidence, covered)


async def _furnish(url: str, folder: Path) -> Form:
    async with running(url, folder) as here:
        for key in ASKED:
            await here.publish(key)
        return (await here.core.catalogue.get(SURVEY)).published.form


async def _work(house: House, load: Load, people: People, plan: Plan, chance: Random) -> None:
    dying = True

    async def die() -> None:
        nonlocal dying
        lives = [*plan.crashes, *[None] * plan.kills]
        chance.shuffle(lives)
        running: list[Program] = []
        for crash in lives:
            if crash is not None:
                await house.died(await house.start(crash, wait=False), crash.point)
                continue
            while len(running) < plan.programs:
                running.append(await house.start(wait=False))
            if chance.random() >= _EARLY:
                await load.more(chance.randint(1, _MOST_TOLD))
            await house.kill(running.pop(chance.randrange(plan.programs)))
        dying = False
        await house.start()

    async with Clients.of(load, house, chance) as clients, asyncio.TaskGroup() as tasks:
        tasks.create_task(die())
        tasks.create_task(
            load.side_by_side(
                people.one, lambda: dying or people.updates < plan.updates, at_once=PEOPLE_AT_ONCE
            )
        )
        tasks.create_task(
            load.side_by_side(
                clients.one,
                lambda: dying or load.begun("client") < plan.submissions,
                at_once=CLIENTS_AT_ONCE,
            )
        )


async def _sweep(house: House, telegram: FakeTelegram) -> None:
    """Let the program show what is owed, and come to rest."""
    await house.stop()
    house.clock.jump(AWAY)
    program = await house.start()
    # By the time that somebody is answered, the first sweep has begun; stopping waits for its end.
    asks = telegram.person(name="Asks for help")
    await asks.sends("/help")
    await asks.sees("help")
    await program.stop()
