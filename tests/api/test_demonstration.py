"""The demonstration: the same each time, complete however often it is begun, with a story."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from analytics.disclosure import CellStatus
from analytics.trends import Point
from api.demonstration import borough, load_demonstration
from survey.db.tables import counts
from survey.domain.campaign import CampaignState
from survey.domain.records import Period
from survey.domain.waves import WaveState
from tests.support.application import Running, running

MONTHS = 2


class Cut(Exception):
    """Somebody pulled the plug."""


async def load(here: Running, *, cut_at: str = "", months: int = MONTHS) -> list[str]:
    """Load and return what was told; `cut_at` ends the load when that is said."""
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if cut_at and cut_at in line:
            raise Cut

    await load_demonstration(here.core, here.figures, months=months, tell=tell)
    return told


async def all_counts(here: Running) -> Mapping[tuple[Any, ...], int]:
    async with here.core.database.reading() as connection:
        rows = (await connection.execute(select(counts))).all()
    return {tuple(row[:-1]): row[-1] for row in rows}


async def quarters(here: Running, measure: str, **chosen: str) -> list[Point]:
    trend = await here.figures.trends.trend(measure, by=Period.QUARTER, **chosen)  # type: ignore[arg-type]
    return list(trend.points)


async def test_the_same_seed_and_month_give_the_same_counts(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, demo=True) as first:
        await load(first)
        made = await all_counts(first)
    (tmp_path / "again").mkdir()
    again = f"sqlite:///{tmp_path / 'again' / 'demo.sqlite'}"
    async with running(again, tmp_path / "again", demo=True) as second:
        await load(second)

        assert await all_counts(second) == made


async def test_a_second_start_finds_it_there_and_says_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, demo=True) as first:
        told = await load(first)
        made = await all_counts(first)
    assert told[-2:] == [
        "Inventing answers: problem-handling (7 of 7)",
        "Working out the figures ...",
    ]

    async with running(database_url, tmp_path, demo=True) as second:
        assert await load(second) == []
        assert await all_counts(second) == made


@pytest.mark.parametrize("cut_at", ["(1 of 7)", "(4 of 7)", "Working out"])
async def test_a_load_that_was_cut_short_is_finished_by_the_next_start(
    cut_at: str, tmp_path: Path
) -> None:
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = f"sqlite:///{tmp_path / 'whole' / 'demo.sqlite'}"
    async with running(whole, tmp_path / "whole", demo=True) as here:
        await load(here, months=1)
        made = await all_counts(here)
        figures = await quarters(here, "ease")
    cut = f"sqlite:///{tmp_path / 'cut' / 'demo.sqlite'}"
    async with running(cut, tmp_path / "cut", demo=True) as here:
        with pytest.raises(Cut):
            await load(here, cut_at=cut_at, months=1)

    async with running(cut, tmp_path / "cut", demo=True) as here:
        await load(here, months=1)

        assert await all_counts(here) == made
        assert [each.shown for each in await quarters(here, "ease")] == [
            each.shown for each in figures
        ]


async def test_every_unit_that_answers_is_of_the_borough() -> None:
    known = {unit.key for unit in borough.units()}

    assert set(borough.STAFF) | set(borough.customers()) <= known
    assert len([unit for unit in borough.units() if unit.kind == "school"]) == 30


async def test_the_figures_tell_the_story(demonstration: Running) -> None:
    rated = {"questionnaire": "service-satisfaction"}
    satisfied = await quarters(demonstration, "satisfaction", **rated)
    resolved = await quarters(demonstration, "first_contact_resolution", **rated)
    engaged = await quarters(demonstration, "engagement_index")
    worse_off = await quarters(demonstration, "engagement_index", unit="environment")
    members = await quarters(demonstration, "satisfaction", questionnaire="member-it")
    payroll = values(await quarters(demonstration, "satisfaction", service="payroll", **rated))

    assert rises(satisfied, about=(54, 67))
    assert rises(resolved, about=(37, 59))
    assert rises(engaged, about=(50, 54))
    assert rises(members, about=(25, 70))
    assert values(worse_off)[-1] < values(engaged)[-1] - 8
    dip = min(payroll)
    assert dip < payroll[0] - 10
    assert payroll[-1] > dip + 25


async def test_some_groups_are_too_small_and_one_is_of_one_mind(demonstration: Running) -> None:
    rated = {"questionnaire": "service-satisfaction"}
    small = await quarters(demonstration, "satisfaction", unit="elm-rise", **rated)
    content = await quarters(demonstration, "satisfaction", unit="customers-registrars", **rated)

    assert {each.shown.status for each in small} == {CellStatus.SUPPRESSED}
    assert content[-2].shown.value_band == "over 95"


def values(points: list[Point]) -> list[float]:
    return [float(each.shown.value) for each in points if each.shown.value is not None]


def rises(points: list[Point], *, about: tuple[int, int], give: int = 5) -> bool:
    """Whether the middle of the first and of the last three figures lie about there."""
    found = values(points)
    middles = sum(found[:3]) / 3, sum(found[-3:]) / 3
    return all(abs(middle - end) <= give for middle, end in zip(middles, about, strict=True))


async def test_a_campaign_has_run_one_is_to_come_and_one_is_a_draft(demonstration: Running) -> None:
    core = demonstration.core
    async with core.begin.read() as work:
        found = {each.key: each for each in await work.campaigns.all()}
        pulses = await work.waves.of("staff-pulse")

    assert {key: each.state for key, each in found.items()} == {
        "staff-pulse": CampaignState.RUNNING,
        "schools-yearly-check": CampaignState.RUNNING,
        "members-it": CampaignState.DRAFT,
        "ready-for-change": CampaignState.RUNNING,
        "try-it": CampaignState.DRAFT,
    }
    now = core.clock.now()
    assert all(each.next_at is None or each.next_at > now for each in found.values())
    assert [wave.state for wave in pulses] == [WaveState.CLOSED] * 3
    assert all(wave.closes_at < now for wave in pulses)


async def test_each_pulse_has_as_many_answers_as_invitations_that_were_answered(
    demonstration: Running,
) -> None:
    core = demonstration.core
    async with core.begin.read() as work:
        pulses = await work.waves.of("staff-pulse")
    async with core.database.reading() as connection:
        rows = await connection.execute(
            select(counts.c.wave, func.sum(counts.c.n))
            .where(
                counts.c.questionnaire == "people-pulse",
                counts.c.dimension == "*",
                counts.c.question == "*",
            )
            .group_by(counts.c.wave)
        )
        answered = {row[0]: row[1] for row in rows}

    for pulse in pulses:
        found = (await demonstration.figures.rates.of(pulse)).rates
        assert answered[pulse.key] == found.overall.answered
        assert found.overall.percent is not None
        assert 45 <= found.overall.percent <= 75
        assert found.hidden


async def test_the_pulses_are_compared_with_each_other(demonstration: Running) -> None:
    trend = await demonstration.figures.trends.trend("engagement_index", by=Period.WAVE)

    assert [point.shown.status for point in trend.points] == [CellStatus.PUBLISHED] * 3
    assert trend.points[0].period == "opened 3 October 2025"
