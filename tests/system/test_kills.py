"""Killed wherever it hurts, the program loses nothing and does nothing twice.

Commit scale; `make soak` does the same with more of everything.
"""

from collections import Counter
from pathlib import Path
from random import Random

from tests.rig.points import Crash, points
from tests.rig.runs import Plan, play

RARE = ("box opened", "figures published")
SEED = 20


def _crashes(chance: Random, *, webhook: bool) -> list[Crash]:
    return [
        Crash(point, passing=1 if point.endswith(RARE) else chance.randint(1, 3))
        for point in points(webhook=webhook)
    ]


async def test_nothing_is_lost_or_doubled_wherever_the_program_dies(
    database_url: str, tmp_path: Path
) -> None:
    chance = Random(SEED)
    crashes = _crashes(chance, webhook=False)

    run = await play(database_url, tmp_path, Plan(500, 500, crashes, kills=10), chance)

    assert run.broken == {}
    assert run.covered >= Counter(
        {"updates": 500, "submissions over HTTP": 500, "kills": len(crashes) + 10}
    )


async def test_an_update_that_is_sent_several_times_has_one_effect_though_the_program_dies(
    database_url: str, tmp_path: Path
) -> None:
    chance = Random(SEED)
    crashes = [each for each in _crashes(chance, webhook=True) if "webhook" in each.point]

    run = await play(database_url, tmp_path, Plan(500, 0, crashes, kills=3, webhook=True), chance)

    assert run.broken == {}
    assert run.covered >= Counter({"updates": 500, "kills": 5})


async def test_people_whom_three_programs_serve_are_answered_in_order_though_programs_die(
    postgres_url: str, tmp_path: Path
) -> None:
    plan = Plan(500, 100, kills=6, webhook=True, programs=3)

    run = await play(postgres_url, tmp_path, plan, Random(SEED))

    assert run.broken == {}
    assert run.covered >= Counter({"updates": 500, "submissions over HTTP": 100, "kills": 6})
