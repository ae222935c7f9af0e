"""Killed wherever it hurts, the program loses nothing and does nothing twice.

Commit scale; `make soak` does the same with more of everything.
"""

from collections import Counter
from pathlib import Path
from random import Random

from tests.rig.points import POINTS, Crash
from tests.rig.runs import Plan, play

RARE = ("box opened", "figures published")
SEED = 20


async def test_nothing_is_lost_or_doubled_wherever_the_program_dies(
    database_url: str, tmp_path: Path
) -> None:
    chance = Random(SEED)
    crashes = [
        Crash(point, passing=1 if point.endswith(RARE) else chance.randint(1, 3))
        for point in POINTS
    ]

    run = await play(database_url, tmp_path, Plan(500, 500, crashes, kills=10), chance)

    assert run.broken == {}
    assert run.covered >= Counter(
        {"updates": 500, "submissions over HTTP": 500, "kills": len(POINTS) + 10}
    )
