"""The list of problem reports: what it shows, how it is narrowed down, and queues to keep."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.cases import Case, CaseKind, Priority
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

WORKER = Grant(Role.CASE_WORKER)
OF_PAYROLL = Grant(Role.CASE_WORKER, service="payroll")
PATH = "/staff/cases"


@pytest.fixture
async def worker(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, WORKER, name="Wyn Evans") as person:
        yield person


def listed(person: WebPerson) -> list[str]:
    """The references, in order."""
    return [each.one("a").text for each in person.page.all("th", role="rowheader")]


def queues(person: WebPerson) -> dict[str, int]:
    links = [each.one("a") for each in person.page.all("li", class_="tb-queues__one")]
    return {name: int(number) for each in links for name, _, number in [each.text.rpartition(" ")]}


async def test_nothing_reported_yet_says_where_reports_come_from(worker: WebPerson) -> None:
    await worker.opens(PATH)

    assert worker.heading == "Problem reports"
    assert "Nothing has been reported yet." in worker.text


async def test_a_line_says_what_where_how_far_and_by_when(here: Running, worker: WebPerson) -> None:
    """The age stands against the promised time, in words and not by colour alone."""
    case = await a_case(
        here, text="Three payslips are wrong", unit="oakfield", system="Oracle", restricted=False
    )
    await worker.opens(PATH)

    line = worker.page.one("th", role="rowheader").text
    assert line.startswith(f"{case.reference} Wrong pay or bill · Oracle")
    assert "Three payslips are wrong" in line
    shown = " ".join(each.text for each in worker.page.all("td"))
    assert "Payroll Oakfield Primary School" in shown
    assert "New open for under an hour" in shown
    assert "In time Acknowledge tomorrow by 13:00" in shown
    assert "Nobody yet" in shown


async def test_what_is_late_says_so_in_words_and_stands_on_top(here: Running) -> None:
    await a_case(here)
    here.clock.advance(timedelta(days=4))
    async with signed_in(here, WORKER) as worker:
        await worker.opens(PATH)

        late = "Late To be acknowledged on Friday 15 May by 13:00: late by 3 days"
        assert late in worker.text
        assert "1 report is late" in worker.text
        assert "1 report has nobody who looks after it" in worker.text


async def test_who_works_payroll_sees_payroll_alone(here: Running) -> None:
    pay, _ = await a_case(here), await a_case(here, service="it")
    async with signed_in(here, OF_PAYROLL) as person:
        await person.opens(PATH)

        assert listed(person) == [pay.reference]
        options = [each.text for each in person.page.one("select", name="service").all("option")]
        assert options == ["All", "Payroll"]
    async with signed_in(here, Grant(Role.VIEWER)) as viewer:
        await viewer.opens(PATH)
        assert viewer.status == 403


async def test_one_for_few_is_shown_to_few_and_marked(here: Running, worker: WebPerson) -> None:
    case = await a_case(here, restricted=True, kind=CaseKind.DATA_ASTRAY)

    await worker.opens(PATH)
    assert listed(worker) == []
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens(PATH)
        assert listed(administrator) == [case.reference]
        assert "For few" in administrator.text


async def _several(here: Running) -> dict[str, Case]:
    other: dict[str, Any] = {"service": "it", "unit": "elmwood", "kind": CaseKind.BROKEN}
    made = {
        "pay": await a_case(here, unit="oakfield"),
        "it": await a_case(here, **other, priority=Priority.HIGH),
        "asked": await a_case(here, unit="oakfield"),
        "over": await a_case(here),
    }
    await an_entry(here, made["asked"], acts.asked("Which month?"))
    await an_entry(here, made["over"], acts.declined("not_ours", "Not ours"))
    sorted_ = acts.sorted_(made["it"], impact=4, likelihood=3)
    assert sorted_ is not None
    await an_entry(here, made["it"], sorted_)
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"pay", "it", "asked"}),
        ("state=all", {"pay", "it", "asked", "over"}),
        ("state=over", {"over"}),
        ("state=ours", {"pay", "it"}),
        ("state=theirs", {"asked"}),
        ("state=waiting", {"asked"}),
        ("kind=broken", {"it"}),
        ("service=it", {"it"}),
        ("unit=schools", {"pay", "it", "asked"}),
        ("unit=elmwood", {"it"}),
        ("priority=high", {"it"}),
        ("owner=nobody", {"pay", "it", "asked"}),
        ("owner=me", set()),
        ("risk=1", {"it"}),
        ("late=1", set()),
        ("from=2026-05-14&until=2026-05-14", {"pay", "it", "asked"}),
        ("from=2026-05-15", set()),
        ("until=2026-05-13", set()),
        ("order=newest", {"pay", "it", "asked"}),
        ("order=due", {"pay", "it", "asked"}),
        ("state=nonsense&kind=nonsense&from=yesterday", {"pay", "it", "asked"}),
    ],
)
async def test_the_list_is_narrowed_down(
    here: Running, worker: WebPerson, query: str, found: set[str]
) -> None:
    made = await _several(here)

    await worker.opens(f"{PATH}?{query}")

    assert sorted(listed(worker)) == sorted(made[each].reference for each in found)


async def test_queues_tell_how_many_are_in_each(here: Running, worker: WebPerson) -> None:
    await _several(here)
    await worker.opens(PATH)

    assert queues(worker) == {
        "Late": 0,
        "Mine": 0,
        "Nobody's": 3,
        "Waiting for us": 2,
        "Waiting for reporter": 1,
        "Risks": 1,
    }


async def test_a_list_is_kept_as_a_queue_and_removed_again(
    here: Running, worker: WebPerson
) -> None:
    made = await _several(here)
    await worker.opens(f"{PATH}?service=it&owner=nobody")
    worker.types("IT, nobody's", into="name")
    await worker.presses("Keep it")

    assert "The queue is kept." in worker.text
    assert listed(worker) == [made["it"].reference]
    assert queues(worker)["IT, nobody's"] == 1
    worker.types("IT, nobody's", into="name")
    await worker.presses("Keep it")
    assert worker.error == "Another of your queues has this name"
    async with signed_in(here, WORKER) as other:
        await other.opens(PATH)
        assert "IT, nobody's" not in queues(other)
    await worker.presses("Remove IT, nobody's")
    assert "IT, nobody's" not in queues(worker)


async def test_a_reference_in_any_spelling_leads_to_its_report(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)

    answer = await worker.http.get(
        f"{PATH}?find={case.reference.lower().replace('-', '')}", follow_redirects=False
    )

    assert answer.headers["location"] == f"{PATH}/{case.reference}"


async def test_fifty_stand_on_a_page_and_a_link_leads_on(here: Running, worker: WebPerson) -> None:
    case = await a_case(here)
    for _ in range(50):
        await a_case(here)
    await worker.opens(PATH)
    assert len(listed(worker)) == 50
    assert "51 reports found" in worker.text
    [following] = [
        each.attributes["href"] for each in worker.page.all("a") if "Next page" in each.text
    ]
    first = listed(worker)

    await worker.opens(following)

    assert len(listed(worker)) == 1
    assert len({*first, *listed(worker), case.reference}) == 51
    await worker.opens(f"{PATH}?after=nonsense")
    assert worker.status == 400


async def test_what_is_due_today_is_counted_without_what_is_late(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    today = acts.planned(here.clock.now() + timedelta(hours=2))
    await an_entry(here, case, acts.acknowledged(), replace(today, text="Soon"))

    await worker.opens(PATH)

    assert "1 more is due by the end of today" in worker.text
    assert "Soon Reply due today by 15:00" in worker.text


async def test_what_is_more_than_is_counted_is_told_so(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("api.staff.cases", "survey.db.repositories.cases"):
        monkeypatch.setattr(f"{module}.MOST_COUNTED", 2)
    for _ in range(3):
        await a_case(here)
    here.clock.advance(timedelta(days=5))
    async with signed_in(here, WORKER) as worker:
        await worker.opens("/staff/cases")

        assert "More than 2 reports are late" in worker.text
        assert "More than 2 reports have nobody who looks after them" in worker.text
        assert "3 reports" not in worker.text


async def test_words_that_no_open_report_has_are_looked_for_in_those_that_are_over(
    here: Running, worker: WebPerson
) -> None:
    over = await an_entry(here, await a_case(here, text="Headcount"), acts.declined("other", "No"))
    await a_case(here, text="Payslip")
    await worker.opens("/staff/cases?find=headcount")
    assert "No report matches." in worker.text
    [link] = [each for each in worker.page.all("a") if each.text.startswith("Look among those")]
    await worker.opens(link.attributes["href"])

    assert over.reference in worker.text
