"""/staff/cases/figures: tables of what somebody's roles reach, a chart each, and a file."""

import csv
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Final

from openpyxl import load_workbook

from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.cases import Verdict
from survey.services.reporters import Reporter
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.staff import signed_in

PATH: Final = "/staff/cases/figures"
WORKER: Final = Grant(Role.CASE_WORKER)
CHAT: Final = "telegram:1:2"


async def test_the_share_confirmed_moves_with_what_reporters_say(here: Running) -> None:
    case = await a_case(here, unit="oakfield", chat=CHAT)
    own, who = here.core.own_cases, Reporter(chat=CHAT)
    async with signed_in(here, WORKER) as person:
        await person.opens(PATH)
        assert "Nobody has said yet whether their problem is fixed." in person.text

        await an_entry(here, case, acts.fixed("Paid."))
        await own.judge(case.id, Verdict.NOT_FIXED, who=who)
        await person.opens(PATH)
        assert "reporters confirm 0." in person.text

        await an_entry(here, case, acts.fixed("Paid again."))
        await own.judge(case.id, Verdict.FIXED, who=who)
        await person.opens(PATH)
        assert "reporters confirm 100." in person.text


async def test_there_is_a_table_for_each_way_of_telling_them_apart(here: Running) -> None:
    await a_case(here, unit="oakfield")
    async with signed_in(here, WORKER) as person:
        await person.opens(f"{PATH}?months=3")

        captions = [each.text for each in person.page.all("caption")]
        assert captions == [
            "By month",
            "By service",
            "By provider",
            "By kind of school or department",
        ]
        assert "May 2026" in person.text
        assert "Payroll" in person.text
        assert "School" in person.text
        assert "No provider is named" in person.text
        assert all(each.attributes["alt"] for each in person.page.all("img"))


async def test_only_what_roles_reach_is_counted_and_nothing_that_few_may_see(
    here: Running,
) -> None:
    await a_case(here)
    await a_case(here, restricted=True)
    for grant, reported in (
        (WORKER, "1"),
        (Grant(Role.CASE_WORKER, "", "it"), None),
        (Grant(Role.ADMINISTRATOR), "1"),
    ):
        async with signed_in(here, grant) as person:
            answer = await person.http.get(f"{PATH}.csv")
            rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
            of_payroll = [row for row in rows if row["key"] == "payroll"]
            assert [row["reported"] for row in of_payroll] == ([reported] if reported else [])


async def test_a_viewer_has_no_such_page(here: Running) -> None:
    async with signed_in(here, Grant(Role.VIEWER)) as person:
        assert (await person.http.get(PATH)).status_code == 403


async def test_a_number_of_months_that_there_cannot_be_is_refused(here: Running) -> None:
    async with signed_in(here, WORKER) as person:
        for months in ("0", "37", "x", "-1", "٣", "0001" + "0" * 5_000, "00010000", " 3"):
            assert (await person.http.get(f"{PATH}?months={months}")).status_code == 400


async def test_each_table_has_its_chart(here: Running) -> None:
    await a_case(here)
    async with signed_in(here, WORKER) as person:
        for show in ("month", "service"):
            answer = await person.http.get(f"{PATH}/chart.svg?show={show}&width=narrow&months=3")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
            assert "<svg" in answer.text
        assert (await person.http.get(f"{PATH}/chart.svg?show=nothing")).status_code == 404


async def test_a_name_that_a_spreadsheet_would_take_for_a_formula_is_text(here: Running) -> None:
    await a_case(here)
    async with here.core.begin() as work:
        services = await work.organisation.services()
        payroll = next(each for each in services if each.key == "payroll")
        await work.organisation.put_services([replace(payroll, provider="=1+1")])
        await work.commit()
    async with signed_in(here, WORKER) as person:
        answer = await person.http.get(f"{PATH}.csv")

    rows = [*csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))]
    [provider] = [row for row in rows if row["by"] == "provider"]
    assert (provider["key"], provider["name"]) == ("'=1+1", "'=1+1")


async def test_the_workbook_has_the_same_figures_and_notes_that_explain_its_marks(
    here: Running,
) -> None:
    """Section C, service manager: export opens without warning, states marks in a notes sheet."""
    case = await a_case(here, unit="oakfield", chat=CHAT)
    await a_case(here, service="it")
    await an_entry(here, case, acts.fixed("Paid."))
    await here.core.own_cases.judge(case.id, Verdict.FIXED, who=Reporter(chat=CHAT))
    async with signed_in(here, WORKER) as person:
        await person.opens(PATH)
        [link] = [
            each.attributes["href"]
            for each in person.page.all("a")
            if ".xlsx" in each.attributes["href"]
        ]
        answer = await person.http.get(link)

    assert answer.headers["content-disposition"].endswith('"problem-reports.xlsx"')
    found = load_workbook(BytesIO(answer.content))
    assert found.sheetnames[:3] == ["Notes", "By month", "By service"]
    notes = {row[0].value: row[1].value for row in found["Notes"].iter_rows(min_row=4)}
    assert {"[c]", "[x]", "[z]", "Confirmed, of 100"} <= set(notes)
    heads, *rows = [[cell.value for cell in row] for row in found["By service"].iter_rows(3)]
    of = {str(row[0]): dict(zip(map(str, heads), row, strict=True)) for row in rows}
    assert of["Payroll"]["Reported"] == 1
    assert of["Payroll"]["Confirmed, of 100"] == 100
    assert of["IT"]["Confirmed, of 100"] == "[z]"


async def test_the_workbook_too_holds_only_what_roles_reach(here: Running) -> None:
    await a_case(here)
    async with signed_in(here, Grant(Role.CASE_WORKER, "", "it")) as person:
        answer = await person.http.get(f"{PATH}.xlsx")

    assert "By service" not in load_workbook(BytesIO(answer.content)).sheetnames


async def test_every_figure_is_told_of_each_month_service_provider_and_kind(
    here: Running,
) -> None:
    """For how long open, late, fixed and reopened: on the page and in the file."""
    old, again = await a_case(here), await a_case(here, chat=CHAT)
    await an_entry(here, again, acts.fixed("Paid."))
    await here.core.own_cases.judge(again.id, Verdict.NOT_FIXED, who=Reporter(chat=CHAT))
    await an_entry(here, again, acts.fixed("Paid again."))
    assert old.acknowledge_by is not None
    here.clock.time = old.acknowledge_by
    while await here.core.case_rounds.look():
        pass
    here.clock.advance(timedelta(days=1))
    age = (here.clock.now() - old.opened_at).days
    async with signed_in(here, WORKER) as person:
        await person.opens(PATH)
        answer = await person.http.get(f"{PATH}.csv")

    heads = [each.text.strip() for each in person.page.all("th")]
    assert {"The oldest open, days", "Said to be fixed"} <= set(heads)
    cells = [each.text.strip() for each in person.page.all("td")]
    assert cells.count("1 (50%)") == 8, "late and reopened, in each of the tables"
    rows = [*csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))]
    for by, key in (
        ("service", "payroll"),
        ("provider", ""),
        ("kind", ""),
        ("month", "2026-05-01"),
    ):
        [row] = [each for each in rows if (each["by"], each["key"]) == (by, key)]
        found = {name: row[name] for name in ("oldest_days", "fixed", "breached_percent")}
        assert found == {"oldest_days": str(age), "fixed": "1", "breached_percent": "50"}, by
        assert row["reopened_percent"] == "50", by
        assert row["confirmed_percent"] == "", by


async def test_each_service_tells_what_is_published_of_its_handling_and_leads_there(
    demonstration: Running,
) -> None:
    async with signed_in(demonstration, Grant(Role.SERVICE_MANAGER)) as person:
        await person.opens(f"{PATH}?months=36")
        links = [
            each
            for each in person.page.all("td")
            if "questionnaire=problem-handling" in str([a.attributes for a in each.all("a")])
        ]

        assert links
        shown = {
            each.all("a")[0].attributes["href"].rpartition("=")[2]: each.text.strip()
            for each in links
        }
        figures = demonstration.figures.trends
        for service, told in shown.items():
            trend = await figures.trend(
                "satisfaction", questionnaire="problem-handling", service=service
            )
            values = {str(point.shown.value) for point in trend.points}
            assert told == "not shown" or told.rstrip("%") in values, service


async def test_without_anything_published_no_service_tells_of_its_handling(here: Running) -> None:
    await a_case(here)
    async with signed_in(here, WORKER) as person:
        await person.opens(PATH)

        heads = [each.text.strip() for each in person.page.all("th")]
        assert "Late now" in heads
        assert "Satisfied with handling" not in heads
