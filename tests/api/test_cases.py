"""/cases: other systems and bots report problems and add to them, within what a key may."""

from datetime import timedelta
from typing import Any, Final

import httpx2 as httpx
import pytest

from survey.domain import case_acts as acts
from survey.domain.audit import OPERATOR
from survey.domain.cases import CaseState, EntryKind, Side
from survey.domain.problems import ProblemSaid
from survey.services.api_keys import Scope
from tests.api.conftest import Client
from tests.support.application import Running
from tests.support.cases import a_case, an_entry, payroll_has_a_part
from tests.support.stored import audited

REPORT: Final = {
    "service": "payroll",
    "kind": "wrong_pay",
    "text": "Three payslips are missing.",
    "unit": "oakfield",
    "email": "office@oakfield.example",
}
KEY: Final = {"Idempotency-Key": "0123456789abcdef"}


@pytest.fixture
async def bot(anybody: Client) -> Client:
    return await anybody.with_scopes(Scope.READ_CASES, Scope.WRITE_CASES)


async def report(bot: Client, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    return await bot.post("/cases", json=REPORT | more, headers=headers)


async def add(bot: Client, reference: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", None)
    return await bot.post(f"/cases/{reference}/entries", json=more, headers=headers)


async def test_a_report_gets_a_reference_and_a_time_and_is_read_again(bot: Client) -> None:
    answer = await report(bot)

    assert answer.status_code == 201
    kept = answer.json()
    assert kept["acknowledge_by"] is not None
    found = (await bot.get(f"/cases/{kept['reference']}")).json()
    assert (found["service"], found["unit"], found["state"]) == ("payroll", "oakfield", "new")
    assert found["entries"][0]["text"] == REPORT["text"]
    assert "office@oakfield.example" not in str(found)
    noted = [each for each in await audited(bot.running) if each.action == "case.reported"]
    assert noted[0].actor.startswith("key:")


async def test_a_repeat_with_the_same_key_is_one_report_and_another_body_is_refused(
    bot: Client,
) -> None:
    first, again = await report(bot, KEY), await report(bot, KEY)
    other = await report(bot, KEY, text="Something else.")

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert len((await bot.get("/cases")).json()["cases"]) == 1


async def test_another_key_s_repeat_is_a_report_of_its_own(bot: Client, anybody: Client) -> None:
    other = await anybody.with_scopes(Scope.WRITE_CASES)

    assert (await report(bot, KEY)).json() != (await report(other, KEY)).json()


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"service": "payrol"}, "service"),
        ({"unit": "nowhere"}, "unit"),
        ({"email": "nobody"}, "email"),
        ({"language": "xx"}, "language"),
        ({"text": "  "}, "text"),
        ({"kind": "feedback"}, "kind"),
        ({"effect": 1}, "effect"),
        ({"person": "x"}, "person"),
        ({"system": "x\0"}, "system"),
    ],
)
async def test_what_cannot_be_taken_is_named_with_its_place(
    bot: Client, more: dict[str, Any], path: str
) -> None:
    answer = await report(bot, **more)

    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["errors"]] == [path]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_few_may_see_is_never_told_not_even_to_who_reported_it(bot: Client) -> None:
    astray = (await report(bot, kind="data_astray")).json()["reference"]
    danger = (await report(bot, text="I want to kill myself.")).json()["reference"]

    for reference in (astray, danger):
        assert (await bot.get(f"/cases/{reference}")).status_code == 404
        assert (await add(bot, reference, kind="note", text="Hm")).status_code == 404
    assert (await bot.get("/cases")).json()["cases"] == []
    figures = (await bot.get("/cases/figures?by=service")).json()["figures"]
    assert figures == []


async def test_entries_go_their_way_and_a_repeat_is_there_once(bot: Client) -> None:
    reference = (await report(bot)).json()["reference"]
    message = {"kind": "message", "side": "provider", "text": "We are looking."}

    first = await add(bot, reference, headers=KEY, **message)
    again = await add(bot, reference, headers=KEY, **message)
    other = await add(bot, reference, headers=KEY, **message | {"text": "No."})

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert [each["kind"] for each in again.json()["entries"]] == ["reported", "message"]
    assert again.json()["entries"][1]["side"] == "provider"


async def test_a_fix_asks_the_reporter_and_their_answer_comes_by_them_alone(bot: Client) -> None:
    reference = (await report(bot)).json()["reference"]
    fixed = await add(bot, reference, kind="fixed", text="Sent again.")
    claimed = await add(bot, reference, kind="fixed", side="reporter", text="It is fine.")
    twice = await add(bot, reference, kind="fixed", text="Again.")

    assert fixed.json()["state"] == "fixed"
    assert claimed.status_code == 422
    assert (twice.status_code, twice.json()["code"]) == (409, "case_refused")
    said = await add(bot, reference, kind="message", side="reporter", text="Thank you.")
    assert said.json()["entries"][-1]["side"] == "reporter"


async def test_the_list_is_turned_by_cursor_and_narrowed_by_filters(bot: Client) -> None:
    here: Running = bot.running
    for number in range(5):
        here.clock.advance(timedelta(hours=1))
        await a_case(here, service="it" if number == 2 else "payroll", unit="oakfield")
    seen = []
    page = (await bot.get("/cases?limit=2")).json()
    seen += page["cases"]
    while page["next"]:
        page = (await bot.get(f"/cases?limit=2&cursor={page['next']}")).json()
        seen += page["cases"]

    moments = [each["opened_at"] for each in seen]
    assert len({each["reference"] for each in seen}) == 5
    assert moments == sorted(moments, reverse=True)
    assert len((await bot.get("/cases?service=it")).json()["cases"]) == 1
    assert len((await bot.get("/cases?open=false")).json()["cases"]) == 0
    assert len((await bot.get("/cases?state=new&unit=oakfield")).json()["cases"]) == 5
    assert len((await bot.get("/cases?since=2026-05-15")).json()["cases"]) == 0
    assert len((await bot.get("/cases?until=2026-05-15")).json()["cases"]) == 5


async def test_b37_a_query_that_makes_no_sense_is_refused(bot: Client) -> None:
    for _ in range(2):
        await a_case(bot.running)
    cursor = (await bot.get("/cases?limit=1")).json()["next"]

    for query in (
        "limit=0",
        "limit=1000000000",
        "limit=-1",
        "state=nothing",
        "open=yes",
        "since=yesterday",
        "page=2",
        "cursor=x",
        "cursor=W10=",
        f"service=it&cursor={cursor}",
        f"service={'x' * 50}",
        "limit=1&limit=2",
    ):
        answer = await bot.get(f"/cases?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_query"), query


async def test_figures_follow_what_becomes_of_reports(bot: Client) -> None:
    case = await a_case(bot.running, unit="oakfield")
    await an_entry(bot.running, case, acts.fixed("Paid."))

    by_kind = (await bot.get("/cases/figures?by=kind&months=3")).json()
    by_month = (await bot.get("/cases/figures?months=3")).json()["figures"]

    assert [each["key"] for each in by_kind["figures"]] == ["school"]
    assert [each["key"] for each in by_month] == ["2026-03-01", "2026-04-01", "2026-05-01"]
    assert [each["reported"] for each in by_month] == [0, 0, 1]
    assert by_kind["figures"][0]["confirmed_percent"] is None
    rates = {name: by_kind["figures"][0][f"{name}_percent"] for name in ("breached", "reopened")}
    assert rates == {"breached": 0, "reopened": 0}
    assert by_kind["figures"][0]["fixed"] == 1
    for query in ("by=person", "months=0", "months=37", "from=2026"):
        assert (await bot.get(f"/cases/figures?{query}")).status_code == 400


async def test_a_unit_and_a_service_include_those_below_them(bot: Client) -> None:
    await payroll_has_a_part(bot.running)
    slips = (await report(bot, service="pay-slips")).json()["reference"]
    await report(bot, service="it", unit="elmwood")

    for query in ("service=payroll", "service=payroll&unit=schools"):
        found = (await bot.get(f"/cases?{query}")).json()["cases"]
        assert [each["reference"] for each in found] == [slips], query
        figures = (await bot.get(f"/cases/figures?by=service&{query}")).json()["figures"]
        assert [(each["key"], each["reported"]) for each in figures] == [("pay-slips", 1)], query
    assert len((await bot.get("/cases?unit=schools")).json()["cases"]) == 2
    assert (await bot.get("/cases/figures?unit=" + "x" * 41)).status_code == 400


async def test_the_status_can_be_asked_for_one_service(bot: Client) -> None:
    here = bot.running
    await payroll_has_a_part(here)
    key = await here.core.api_keys.add("status", frozenset({Scope.READ_CASES}))
    looker = await here.core.keyed_cases.looker(key.record)
    soon = here.clock.now() + timedelta(days=1)
    for service in ("pay-slips", "it"):
        said = ProblemSaid(title=service, service=service, told="We know.", update_by=soon)
        await here.core.problems.add(said, [], looker=looker, by=OPERATOR)

    for query, titles in (("payroll", ["pay-slips"]), ("it", ["it"]), ("hr", [])):
        known = (await bot.get(f"/status?service={query}")).json()
        assert [each["title"] for each in known] == titles


async def test_the_status_is_for_anybody_and_tells_of_no_school(anybody: Client) -> None:
    here = anybody.running
    case = await a_case(here, unit="oakfield")
    key = await here.core.api_keys.add("status", frozenset({Scope.READ_CASES}))
    looker = await here.core.keyed_cases.looker(key.record)
    said = ProblemSaid(title="Late", service="payroll", told="We know.", update_by=here.clock.now())
    await here.core.problems.add(said, [case.reference], looker=looker, by=OPERATOR)

    (known,) = (await anybody.get("/status")).json()

    assert (known["title"], known["told"], known["schools"]) == ("Late", "We know.", None)
    assert case.reference not in str(known)
    assert "oakfield" not in str(known)


@pytest.mark.parametrize("scope", [each for each in Scope if "cases" not in each])
async def test_other_scopes_open_nothing_here(anybody: Client, scope: Scope) -> None:
    other = await anybody.with_scopes(scope)

    for path in ("/cases", "/cases/figures", "/cases/P-0000"):
        assert (await other.get(path)).status_code == 403
        assert (await anybody.get(path)).status_code == 401
    assert (await report(other)).status_code == 403
    assert (await add(other, "P-0000", kind="note", text="x")).status_code == 403


async def test_reading_and_writing_are_scopes_of_their_own(anybody: Client) -> None:
    reader = await anybody.with_scopes(Scope.READ_CASES)
    writer = await anybody.with_scopes(Scope.WRITE_CASES)

    assert (await report(reader)).status_code == 403
    assert (await report(writer)).status_code == 201
    assert (await writer.get("/cases")).status_code == 403


async def test_a_case_that_is_over_takes_no_entry_that_does_not_follow(bot: Client) -> None:
    case = await a_case(bot.running)
    over = await an_entry(bot.running, case, acts.declined("not_ours", "No."))

    answer = await add(bot, over.reference, kind="started")

    assert over.state is CaseState.DECLINED
    assert answer.status_code == 409
    async with bot.running.core.begin.read() as work:
        timeline = await work.cases.timeline(case.id)
    assert (timeline[-1].kind, timeline[-1].side) == (EntryKind.DECLINED, Side.STAFF)
