"""A wave's figures beside those of the month that holds it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest

from analytics.disclosure import CellStatus
from survey.domain.calendar import local_month
from survey.domain.measures import answered
from survey.domain.organisation import ancestors
from survey.domain.questionnaire import Privacy
from survey.domain.records import CellKey, Period, PublishedCell
from survey.domain.waves import Campaign, Wave
from survey.services.intake import Answers, Intake
from tests.support import waves
from tests.support.application import UNITS, Running
from tests.support.counted import a_response, responses_are_kept

SURVEY = "service-satisfaction"
FLOOR = 10
CALENDAR = (Period.MONTH, Period.QUARTER, Period.YEAR)


async def answers(
    here: Running,
    n: int,
    *,
    wave: Wave | None = None,
    unit: str = "oakfield",
    service: str = "payroll",
    satisfied: int = 4,
) -> None:
    """So many people answer now, in this wave or by the open link, and their box is opened."""
    month = wave.month if wave else local_month(here.clock.now(), here.core.settings.zone)
    key = wave.key if wave else ""
    given = [
        a_response(SURVEY, unit, service=service, satisfaction=2 + number % 2 * (satisfied - 2))
        for number in range(n)
    ]
    await responses_are_kept(here, [replace(each, month=month, wave=key) for each in given])
    async with here.core.begin() as work:
        await work.cells.mark_due(SURVEY, month)
        await work.commit()


async def cells_of(here: Running) -> Mapping[CellKey, PublishedCell]:
    async with here.core.begin.read() as work:
        return {
            key: cell
            for key, cell in (await work.cells.of(SURVEY)).items()
            if key.measure == "satisfaction"
        }


async def shown(
    here: Running, by: Period, *, unit: str = "", wave: Wave | None = None
) -> int | None:
    """How many people are behind what is shown; None where nothing is."""
    found = [
        cell
        for key, cell in (await cells_of(here)).items()
        if (key.by, key.unit, key.service) == (by, unit, "")
        and key.wave == (wave.key if wave else "")
    ]
    if not found or found[0].status not in ("published", "banded"):
        return None
    return answered(found[0].basis)


@pytest.fixture
async def pulse(here: Running) -> Campaign:
    await here.publish(SURVEY)
    return await waves.campaign(here, "pulse", SURVEY)


async def opened(here: Running, pulse: Campaign, number: int = 1) -> Wave:
    return await waves.wave(here, pulse, number, privacy=Privacy.CONFIDENTIAL)


async def test_a_wave_has_figures_once_it_is_closed(here: Running, pulse: Campaign) -> None:
    first = await opened(here, pulse)
    await answers(here, 30, wave=first)
    await here.tick()
    assert await shown(here, Period.WAVE, wave=first) is None

    here.clock.advance(timedelta(days=9))
    await waves.close(here, first)
    await here.tick()

    assert await shown(here, Period.WAVE, wave=first) == 30
    assert await shown(here, Period.WAVE, wave=first, unit="schools") == 30
    (key,) = [
        key for key in await cells_of(here) if key.wave and (key.unit, key.service) == ("", "")
    ]
    assert key.start == date(2026, 5, 14)


async def test_the_figures_of_its_month_quarter_and_year_come_up_to_it_when_a_wave_ends(
    here: Running, pulse: Campaign
) -> None:
    first = await opened(here, pulse)
    await answers(here, 30, wave=first)
    await here.tick()
    await answers(here, 4, wave=first)
    await here.tick()
    assert await shown(here, Period.MONTH) == 30

    await waves.close(here, first)
    await here.tick()

    assert await shown(here, Period.WAVE, wave=first) == 34
    assert {await shown(here, by) for by in CALENDAR} == {34}


async def test_no_figure_of_a_wave_is_shown_beside_which_nine_others_answered_in_its_month(
    here: Running, pulse: Campaign
) -> None:
    first = await opened(here, pulse)
    await answers(here, 30, wave=first)
    await answers(here, 9)
    await waves.close(here, first)
    await here.tick()
    assert await shown(here, Period.WAVE, wave=first) is None
    assert await shown(here, Period.MONTH) == 39

    await answers(here, 10)
    await here.tick()

    assert await shown(here, Period.WAVE, wave=first) == 30
    assert await shown(here, Period.MONTH) == 49


async def test_a_month_that_ends_with_nine_others_keeps_the_figure_that_tells_of_nobody(
    here: Running, pulse: Campaign
) -> None:
    first = await opened(here, pulse)
    await answers(here, 30, wave=first)
    await waves.close(here, first)
    await here.tick()
    await answers(here, 9)
    here.clock.advance(timedelta(days=30))

    await here.tick()

    assert await shown(here, Period.MONTH) == 30
    async with here.core.begin.read() as work:
        today = here.clock.now().date()
        assert not await work.cells.due(today=today)


async def test_what_two_waves_leave_of_their_month_is_not_a_small_group(
    here: Running, pulse: Campaign
) -> None:
    first = await opened(here, pulse)
    await answers(here, 20, wave=first)
    await waves.close(here, first)
    here.clock.advance(timedelta(days=1))
    second = await opened(here, pulse, 2)
    await answers(here, 30, wave=second)
    await answers(here, 5)
    await waves.close(here, second)
    await here.tick()

    seen = [await shown(here, Period.WAVE, wave=each) for each in (first, second)]

    assert sorted(each or 0 for each in seen) == [0, 30]


async def test_of_two_schools_the_larger_is_not_shown_where_that_would_tell_of_the_smaller(
    here: Running, pulse: Campaign
) -> None:
    first = await opened(here, pulse)
    await answers(here, 40, wave=first, unit="oakfield")
    await answers(here, 6, wave=first, unit="elmwood")
    await waves.close(here, first)
    await here.tick()

    assert await shown(here, Period.WAVE, wave=first, unit="schools") == 46
    assert await shown(here, Period.WAVE, wave=first, unit="oakfield") is None


async def test_a_wave_in_which_something_waits_sealed_is_not_over(
    here: Running, pulse: Campaign
) -> None:
    first = await opened(here, pulse)
    await answers(here, 30, wave=first)
    published = (await here.core.catalogue.get(SURVEY)).published
    core = here.core
    intake = Intake(core.begin, core.clock, core.ids, core.keys, core.settings.zone)
    said = Answers("oakfield", "en", {"service": "payroll", "satisfaction": 4})
    await core.writer.submit(await intake.submission(published.in_wave(first), said, wave=first))
    await waves.close(here, first)
    await here.figures.publication.publish_due()

    assert await shown(here, Period.WAVE, wave=first) is None


async def test_answers_of_bodies_are_shown_by_floor_where_one_wave_was_in_confidence(
    here: Running,
) -> None:
    await here.publish("department-relationship")
    check = await waves.campaign(here, "check", "department-relationship")
    first = await waves.wave(here, check, 1, privacy=Privacy.CONFIDENTIAL)
    given = [
        replace(a_response("department-relationship", "oakfield", satisfaction=4), wave=first.key)
        for _ in range(3)
    ]
    await responses_are_kept(here, given)
    await waves.close(here, first)
    await here.tick()

    async with here.core.begin.read() as work:
        found = await work.cells.of("department-relationship")

    assert {cell.status for cell in found.values()} == {CellStatus.SUPPRESSED}


async def test_answers_of_bodies_are_shown_by_wave_however_few(here: Running) -> None:
    await here.publish("department-relationship")
    check = await waves.campaign(here, "check", "department-relationship")
    first = await waves.wave(here, check, 1, privacy=Privacy.ATTRIBUTED)
    given = [
        replace(
            a_response("department-relationship", "oakfield", satisfaction=2 + number),
            wave=first.key,
        )
        for number in range(3)
    ]
    await responses_are_kept(here, given)
    await waves.close(here, first)
    await here.tick()

    trend = await here.figures.trends.trend(
        "satisfaction", questionnaire="department-relationship", by=Period.WAVE
    )

    assert [point.shown.n for point in trend.points] == [3]


@pytest.mark.parametrize("seed", range(3))
async def test_a35_no_figure_of_a_wave_differs_from_one_that_holds_it_by_one_to_nine_people(
    here: Running, pulse: Campaign, seed: int
) -> None:
    """A35: every pair of shown figures of which one is a wave's, after each month of four."""
    source = Random(seed)
    number, pairs, by_wave = 0, 0, 0
    places = list(product([unit.key for unit in UNITS], ["hr", "payroll"]))
    for _ in range(4):
        for _ in range(source.randint(0, 2)):
            number += 1
            running = await opened(here, pulse, number)
            for unit, service in places:
                few = source.choice((0, 0, 3, 9, 11, 14, 30))
                await answers(here, few, wave=running, unit=unit, service=service)
                few = source.choice((0, 0, 0, 4, 12))
                await answers(here, few, unit=unit, service=service)
            here.clock.advance(timedelta(days=6))
            await here.tick()
            await waves.close(here, running)
            await here.tick()
        here.clock.advance(
            timedelta(days=31) - (here.clock.now() - here.clock.now().replace(day=1))
        )
        await here.tick()
        for whole, part in nested(await cells_of(here)):
            pairs += 1
            assert part <= whole, (whole, part)
            left = answered(whole) - answered(part)
            assert left == 0 or left >= FLOOR, (whole, part)
        by_wave += sum(key.by is Period.WAVE for key in await cells_of(here))

    assert pairs > 20
    assert by_wave


def nested(cells: Mapping[CellKey, PublishedCell]) -> Iterator[tuple[Counter[str], Counter[str]]]:
    """The histograms of each shown figure of a wave, and of each shown one that holds it."""
    lines = ancestors(UNITS)
    seen = {key: cell for key, cell in cells.items() if cell.status in ("published", "banded")}
    for part, cell in seen.items():
        if part.by is not Period.WAVE:
            continue
        for whole, other in seen.items():
            holds = (
                whole != part
                and whole.wave in ("", part.wave)
                and (not whole.unit or whole.unit in lines[part.unit or ""])
                if part.unit
                else whole != part and whole.wave in ("", part.wave) and not whole.unit
            )
            same_time = whole.wave == part.wave or (whole.start <= part.start <= other.end)
            if holds and same_time and whole.service in ("", part.service):
                yield Counter(other.basis), Counter(cell.basis)
