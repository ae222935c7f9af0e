"""GET /trends: published figures, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from survey.domain.questionnaire import Privacy
from survey.services.api_keys import Scope
from tests.api.conftest import Client
from tests.support import waves
from tests.support.application import Running
from tests.support.counted import a_response, responses_are_kept

ITEMS = ("pride", "advocacy", "attachment", "inspiration", "motivation")
TEN = (65, 25, 70, 35, 50, 100, 90, 40, 20, 35)
"""The index of ten respondents; its mean is 53. Source: Civil Service People Survey quality note
2023, "How the employee engagement index is calculated"."""


def items(index: int) -> list[str]:
    """Five answers (1 to 5) whose index is this."""
    each, more = divmod(index // 5, 5)
    return [str(1 + each + (place < more)) for place in range(5)]


async def import_rows(running: Running, folder: Path, rows: list[str]) -> None:
    file = folder / "responses.csv"
    file.write_text("\n".join([f"submitted_on,unit,{','.join(ITEMS)}", *rows, ""]))
    await running.core.responses.import_file(
        "people-pulse", lambda: file.open("rb"), name=file.name
    )
    await running.tick()


@pytest.fixture
async def reader(anybody: Client, tmp_path: Path) -> Client:
    await anybody.running.publish("people-pulse")
    rows = [f"2026-05-10,oakfield,{','.join(items(index))}" for index in TEN]
    rows += [f"2026-05-11,elmwood,{','.join(items(95))}"] * 3
    await import_rows(anybody.running, tmp_path, rows)
    return await anybody.with_scopes(Scope.READ)


async def points(reader: Client, **params: str) -> list[dict[str, Any]]:
    answer = await reader.get("/trends", params={"measure": "engagement_index", **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["points"]
    return found


async def test_the_published_worked_example_of_ten_respondents_is_an_index_of_53(
    reader: Client,
) -> None:
    (point,) = await points(reader, unit="oakfield", by="month")

    assert point["status"] == "published"
    assert (point["value"], point["n"], point["n_band"]) == (53, None, "10-19")
    assert (point["period"], point["start"], point["end"]) == (
        "May 2026",
        "2026-05-01",
        "2026-05-31",
    )


async def test_a_group_of_three_is_suppressed_and_carries_no_number(reader: Client) -> None:
    (point,) = await points(reader, unit="elmwood", by="quarter")

    assert point["status"] == "suppressed"
    numbers = ("value", "value_band", "n", "n_band", "low", "high", "change", "change_clear")
    assert [point[name] for name in numbers] == [None] * len(numbers)


async def test_a_unit_includes_those_below_it_and_no_unit_is_the_whole_body(
    reader: Client,
) -> None:
    schools, body = await points(reader, unit="schools"), await points(reader)

    assert [each["value"] for each in schools] == [each["value"] for each in body] == [63]


async def test_a_hidden_figure_does_not_say_when_it_last_changed(reader: Client) -> None:
    (point,) = await points(reader, unit="elmwood", by="month")

    assert (point["status"], point["as_of"]) == ("suppressed", None)


async def test_figures_of_many_years_are_one_trend(reader: Client, tmp_path: Path) -> None:
    rows = [f"2001-05-10,oakfield,{','.join(items(index))}" for index in TEN]

    await import_rows(reader.running, tmp_path, rows)

    trend = await points(reader, by="year")
    assert (trend[0]["period"], trend[0]["value"]) == ("2001/02", 53)


async def test_periods_without_answers_are_said_to_have_none(reader: Client) -> None:
    trend = await points(reader, by="month", **{"from": "2026-04-01", "to": "2026-06-30"})

    assert [each["status"] for each in trend] == ["no_data", "published", "no_data"]


async def test_nobody_reads_figures_without_a_key(anybody: Client) -> None:
    refused = await anybody.get("/trends", params={"measure": "engagement_index"})

    assert refused.status_code == 401


async def test_a_key_that_may_only_write_reads_no_figures(anybody: Client) -> None:
    writer = await anybody.with_scopes(Scope.WRITE)

    assert (await writer.get("/trends", params={"measure": "nps"})).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "",
        "measure=happiness",
        "measure=nps",
        "measure=engagement_index&by=week",
        "measure=engagement_index&by=wave",
        "measure=engagement_index&unit=oakfeild",
        "measure=engagement_index&service=payrol",
        "measure=engagement_index&questionnaire=member-it",
        "measure=engagement_index&from=01/04/2026",
        "measure=engagement_index&from=2026-06-01&to=2026-05-01",
        "measure=engagement_index&from=0001-01-01",
        "measure=engagement_index&by=year&from=0001-01-01&to=0001-02-01",
        "measure=engagement_index&by=year&from=9999-01-01&to=9999-12-31",
        "measure=engagement_index&measure=engagement_index",
        "measure=engagement_index&page=-1",
        "measure=engagement_index&size=1000000000",
        "measure=engagement_index&unit=%27%20OR%201=1--",
    ],
)
async def test_a_query_that_makes_no_sense_is_a_400_that_names_the_parameter(
    reader: Client, query: str
) -> None:
    refused = await reader.get(f"/trends?{query}")

    assert (refused.status_code, refused.json()["code"]) == (400, "bad_query")
    assert ":" in refused.json()["detail"]


async def test_a_measure_that_two_questionnaires_carry_must_be_told_apart(anybody: Client) -> None:
    for key in ("service-satisfaction", "department-relationship"):
        await anybody.running.publish(key)
    reader = await anybody.with_scopes(Scope.READ)

    refused = await reader.get("/trends", params={"measure": "satisfaction"})

    assert refused.status_code == 400
    assert "service-satisfaction" in refused.json()["detail"]
    assert "department-relationship" in refused.json()["detail"]


async def test_a_shown_figure_stands_until_ten_more_people_are_in_it(
    reader: Client, tmp_path: Path
) -> None:
    unanimous = [f"2026-05-12,oakfield,{','.join(items(100))}"]

    await import_rows(reader.running, tmp_path, unanimous * 9)
    (nine_more,) = await points(reader, unit="oakfield", by="month")
    await import_rows(reader.running, tmp_path, [*unanimous, ""])
    (ten_more,) = await points(reader, unit="oakfield", by="month")

    assert (nine_more["value"], nine_more["n_band"]) == (53, "10-19")
    assert (ten_more["value"], ten_more["n_band"]) == (77, "20-29")


async def test_answers_of_bodies_are_shown_at_once_and_exactly(anybody: Client) -> None:
    await anybody.running.publish("department-relationship")
    writer = await anybody.with_scopes(Scope.WRITE, Scope.READ)
    found = []
    for satisfaction in (5, 1):
        await writer.answer(
            questionnaire="department-relationship",
            unit="adult-social-care",
            answers={"satisfaction": satisfaction},
        )
        await anybody.running.tick()
        answer = await writer.get("/trends", params={"measure": "satisfaction", "by": "month"})
        found += answer.json()["points"]

    assert [(each["status"], each["value"], each["n"]) for each in found] == [
        ("published", 100, 1),
        ("published", 50, 2),
    ]


async def test_answers_that_come_late_to_a_final_figure_are_not_told_one_by_one(
    anybody: Client, tmp_path: Path
) -> None:
    await anybody.running.publish("people-pulse")
    reader = await anybody.with_scopes(Scope.READ)
    rows = [f"2026-03-10,oakfield,{','.join(items(index))}" for index in TEN]
    await import_rows(anybody.running, tmp_path, rows)
    shown = await points(reader, unit="oakfield", by="month")

    await import_rows(anybody.running, tmp_path, [f"2026-03-11,oakfield,{','.join(items(100))}"])

    assert await points(reader, unit="oakfield", by="month") == shown


@pytest.fixture
async def two_waves(reader: Client) -> Client:
    """Two waves of one campaign that are over, of twelve and eleven people; one of another."""
    here = reader.running
    pulse = await waves.campaign(here, "pulse", "people-pulse")
    for number, people in ((1, 12), (2, 11)):
        opened = await waves.wave(here, pulse, number, privacy=Privacy.CONFIDENTIAL)
        given = [
            replace(
                a_response("people-pulse", "oakfield", **dict.fromkeys(ITEMS, 1 + each % 5)),
                wave=opened.key,
                month=opened.month,
            )
            for each in range(people)
        ]
        await responses_are_kept(here, given)
        here.clock.advance(timedelta(days=14))
        await waves.close(here, opened)
        await here.tick()
    return reader


async def test_waves_of_a_campaign_are_named_by_the_day_on_which_they_opened(
    two_waves: Client,
) -> None:
    first, second = await points(two_waves, by="wave")

    assert (first["period"], first["start"], first["end"]) == (
        "opened 14 May 2026",
        "2026-05-14",
        "2026-05-28",
    )
    assert (first["status"], first["n_band"], second["n_band"]) == ("published", "10-19", "10-19")
    assert (second["period"], second["change_clear"]) == ("opened 28 May 2026", False)


async def test_by_wave_from_and_to_bound_the_day_of_opening(two_waves: Client) -> None:
    (only,) = await points(two_waves, by="wave", **{"from": "2026-05-15", "to": "2026-05-28"})

    assert only["start"] == "2026-05-28"


async def test_waves_of_two_campaigns_are_told_apart_by_name(two_waves: Client) -> None:
    here = two_waves.running
    other = await waves.campaign(here, "leavers", "people-pulse")
    await waves.close(here, await waves.wave(here, other, 1, privacy=Privacy.CONFIDENTIAL))
    asked = {"measure": "engagement_index", "by": "wave"}

    refused = await two_waves.get("/trends", params=asked)
    named = await two_waves.get("/trends", params={**asked, "campaign": "leavers"})
    unknown = await two_waves.get("/trends", params={**asked, "campaign": "joiners"})
    beside = await two_waves.get("/trends", params={**asked, "by": "month", "campaign": "pulse"})

    assert [each.status_code for each in (refused, unknown, beside)] == [400] * 3
    assert "campaign: " in refused.json()["detail"]
    assert all(key in refused.json()["detail"] for key in ("pulse", "leavers"))
    assert named.json()["campaign"] == "leavers"
    assert [each["status"] for each in named.json()["points"]] == ["no_data"]
