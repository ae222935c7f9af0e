"""Processes that die while they take a letter: it is handed over again, and is an entry once.

A kill cuts a process from the database at one point, as SIGKILL would; the mail server hears
nothing and keeps the letter.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from survey.domain.cases import Case
from survey.files.inspecting import Inspector
from survey.ports.received import Taken
from survey.services.attachments import Attachments
from survey.services.help_letters import HelpLetters
from survey.services.inbound import Inbound
from survey.services.keyed import Digests
from survey.services.tries import Tries
from tests.support.application import Running, running
from tests.support.cases import a_case
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.pictures import photo
from tests.support.sending import Killed, Mortal
from tests.support.soaking import Soak
from tests.survey.services.test_inbound import ANN, REPLY_TO, a_letter, address, timeline

POINTS = [f"{point} {number}" for point in ("begin", "commit") for number in (1, 2)]


def dying(here: Running, inspector: Inspector, process: Mortal) -> Inbound:
    """As in a process of its own."""
    core = here.core
    tries = Tries(core.clock, Digests((bytes(64),)))
    files = Attachments(
        process,  # type: ignore[arg-type]
        core.clock,
        core.ids,
        core.files,
        inspector,
        core.timelines,
        tries,
    )
    return Inbound(
        process,  # type: ignore[arg-type]
        core.clock,
        core.timelines,
        files,
        core.own_cases,
        HelpLetters(core.clock, core.ids, organisation="Barnet", lines=lambda _: ["999"]),
        core.case_links,
        reply_to=REPLY_TO,
    )


async def handed_over(take: Inbound, here: Running, case: Case, letter: bytes) -> Taken | None:
    """None where nobody answered."""
    with suppress(Killed):
        return await take.take(letter, sender=ANN, recipient=address(here, case.link))
    return None


def with_photo(text: str) -> bytes:
    letter = a_letter(text)
    letter.add_attachment(photo(), maintype="image", subtype="jpeg", filename="slip.jpg")
    return letter.as_bytes()


@pytest.mark.parametrize("point", POINTS)
async def test_whatever_the_point_at_which_it_dies_a_letter_is_kept_once(
    here: Running, point: str
) -> None:
    """A2 and A11 for letters."""
    case, letter = await a_case(here, email=ANN), with_photo("It was May.")
    process = Mortal(here.core, lambda passed: passed == point)
    async with Inspector() as inspector:
        assert await handed_over(dying(here, inspector, process), here, case, letter) is None
        assert process.dead

        alive = dying(here, inspector, Mortal(here.core, lambda _: False))
        assert await handed_over(alive, here, case, letter) is Taken.KEPT

    said = (await timeline(here, case))[1:]
    assert [(each.text, len(each.files)) for each in said] == [("It was May.", 1)]


async def die_at_random(here: Running, *, number: int, kills: int, seed: int) -> None:
    """So many letters, each handed over until it is kept."""
    random, killed = Random(seed), 0
    cases = [await a_case(here, email=ANN) for _ in range(number)]
    left = 0

    def dies(_: str) -> bool:
        nonlocal left, killed
        left -= 1
        if left > 0 or killed >= kills:
            return False
        killed += 1
        left = random.randint(1, max(2, 2 * number // kills))
        return True

    async with Inspector() as inspector:
        for case in cases:
            letter = a_letter(f"About {case.reference}").as_bytes()
            while True:
                take = dying(here, inspector, Mortal(here.core, dies))
                if await handed_over(take, here, case, letter) is Taken.KEPT:
                    break

    assert killed == kills
    for case in cases:
        said = (await timeline(here, case))[1:]
        assert [each.text for each in said] == [f"About {case.reference}"]


async def test_ten_kills_during_replies_lose_none_and_keep_none_twice(here: Running) -> None:
    """Issue 6, done when 3, at commit."""
    await die_at_random(here, number=20, kills=10, seed=1)


@pytest.mark.soak
def test_five_hundred_replies_by_letter_and_fifty_kills(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    """Issue 6, done when 3, at full scale."""

    def one(seed: int) -> Counter[str]:
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with fresh_database(kind, folder, request) as url:
                asyncio.run(_round(url, folder, seed))
        return Counter({"letters": 1_000, "kills": 100})

    soak.play(one)


async def _round(url: str, folder: Path, seed: int) -> None:
    async with running(url, folder) as here:
        await die_at_random(here, number=500, kills=50, seed=seed)
