"""Keys for a part of the body and for a provider: what they read of problem reports, and add."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from survey.domain import case_acts as acts
from survey.domain.audit import OPERATOR
from survey.domain.case_records import CaseQuery
from survey.domain.cases import Audience, Case, CaseKind, EntryKind, Priority, Said, Side
from survey.domain.people import Person
from survey.domain.records import KeySide, Part, Service
from survey.errors import NotFound
from survey.services.api_keys import Scope
from tests.api.conftest import Client
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.stored import audited

PAYROLL: Final = Part(service="payroll")
REPORT: Final = {"service": "payroll", "kind": "wrong_pay", "text": "Jo Bell's pay is missing."}
KEY: Final = {"Idempotency-Key": "0123456789abcdef"}
FOR_PROVIDER: Final = acts.note("Three payslips are missing.", audience=Audience.PROVIDER)


@pytest.fixture
async def provider(anybody: Client) -> Client:
    return await anybody.at_cases(PAYROLL, side=KeySide.PROVIDER)


async def handed_over(here: Running, *said: Said, **about: Any) -> Case:
    """A report of payroll that staff wrote of to its provider."""
    case = await a_case(here, **{"unit": "oakfield", "text": "Jo Bell's pay is missing.", **about})
    return await an_entry(here, case, *said, FOR_PROVIDER)


async def add(
    who: Client, reference: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Any:
    return await who.post(f"/cases/{reference}/entries", json=more, headers=dict(headers or {}))


def refused_at(answer: Any) -> list[tuple[str, str]]:
    """The places and codes of a refusal, whose form is the one of all errors."""
    assert answer.headers["content-type"] == "application/problem+json"
    return [(each["path"], each["code"]) for each in answer.json().get("errors") or []]


# --- a part of the body ---


async def test_a_key_for_a_part_reads_its_reports_and_no_others(anybody: Client) -> None:
    here = anybody.running
    theirs = await a_case(here, unit="oakfield")
    others = [
        await a_case(here, unit="elmwood"),
        await a_case(here, unit="oakfield", service="it"),
        await a_case(here),
    ]
    bound = await anybody.at_cases(Part("oakfield", "payroll"))

    listed = (await bot_list(bound))["cases"]

    assert [each["reference"] for each in listed] == [theirs.reference]
    assert (await bound.get(f"/cases/{theirs.reference}")).status_code == 200
    for other in others:
        answer = await bound.get(f"/cases/{other.reference}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await add(bound, other.reference, kind="note", text="x")).status_code == 404


async def bot_list(who: Client, query: str = "") -> Any:
    return (await who.get(f"/cases{query}")).json()


async def test_a_part_takes_in_what_lies_below_it(anybody: Client) -> None:
    here = anybody.running
    async with here.core.begin() as work:
        await work.organisation.put_services([Service("bank-pay", "Bank pay", "", "payroll")])
        await work.commit()
    case = await a_case(here, unit="oakfield", service="bank-pay")
    by_both = await anybody.at_cases(Part("schools", "payroll"))
    elsewhere = await anybody.at_cases(Part("adult-social-care"), Part(service="it"))

    assert (await by_both.get(f"/cases/{case.reference}")).status_code == 200
    assert (await elsewhere.get(f"/cases/{case.reference}")).status_code == 404


async def test_figures_of_a_part_count_its_reports_alone(anybody: Client) -> None:
    here = anybody.running
    await a_case(here, unit="oakfield")
    await a_case(here, unit="oakfield", service="it")
    bound = await anybody.at_cases(PAYROLL)

    figures = (await bound.get("/cases/figures?by=service")).json()["figures"]

    assert [(each["key"], each["reported"]) for each in figures] == [("payroll", 1)]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"service": "it", "unit": "oakfield"}, "service"),
        ({"unit": "elmwood"}, "unit"),
        ({}, "unit"),
    ],
)
async def test_a_report_beyond_the_part_is_refused_at_what_lies_beyond(
    anybody: Client, more: dict[str, str], path: str
) -> None:
    bound = await anybody.at_cases(Part("oakfield", "payroll"))

    answer = await bound.post("/cases", json=REPORT | more)

    assert answer.status_code == 422
    assert refused_at(answer) == [(path, "out_of_reach")]


async def test_a_report_within_the_part_is_kept_once_and_another_body_refused(
    anybody: Client,
) -> None:
    bound = await anybody.at_cases(Part("oakfield", "payroll"))
    told = REPORT | {"unit": "oakfield"}

    first, again = [await bound.post("/cases", json=told, headers=KEY) for _ in range(2)]
    other = await bound.post("/cases", json=told | {"text": "No."}, headers=KEY)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert len((await bot_list(bound))["cases"]) == 1


async def test_a_key_of_before_reads_and_adds_to_all_as_it_did(anybody: Client) -> None:
    case = await a_case(anybody.running, unit="oakfield", service="it", system="Laptop")
    old = await anybody.with_scopes(Scope.READ_CASES, Scope.WRITE_CASES)

    added = await add(old, case.reference, kind="message", text="We are looking.")

    assert added.status_code == 201
    assert [each["side"] for each in added.json()["entries"]] == ["reporter", "staff"]
    assert added.json()["system"] == "Laptop"


# --- a provider ---


async def test_a_provider_reads_what_was_handed_over_and_nothing_else(provider: Client) -> None:
    here = provider.running
    given = await handed_over(here)
    others = [
        await a_case(here, unit="oakfield"),
        await handed_over(here, service="it"),
        await handed_over(here, kind=CaseKind.DATA_ASTRAY, restricted=True),
    ]

    listed = (await bot_list(provider))["cases"]

    assert [each["reference"] for each in listed] == [given.reference]
    assert (await provider.get(f"/cases/{given.reference}")).status_code == 200
    for other in others:
        assert (await provider.get(f"/cases/{other.reference}")).status_code == 404
        answer = await add(provider, other.reference, kind="note", text="x")
        assert (answer.status_code, refused_at(answer)) == (404, [])


async def test_a_provider_never_reads_who_reported_it_nor_what_they_or_staff_wrote(
    provider: Client,
) -> None:
    here = provider.running
    person = Person(
        id=here.core.ids.uuid(),
        key="jo",
        name="Jo Bell",
        units=("oakfield",),
        created_at=NOON,
        email="jo@oakfield.example",
    )
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    case = await handed_over(
        here,
        acts.note("Jo Bell rang twice."),
        acts.reply("Dear Jo Bell, we are looking."),
        acts.assigned(None, "Bell desk"),
        person=person.id,
        email="jo@oakfield.example",
        system="Jo Bell's laptop",
    )
    sorted_ = acts.sorted_(case, cause="Jo Bell typed it wrongly", priority=Priority.HIGH)
    assert sorted_ is not None
    await an_entry(here, case, sorted_)

    found = await provider.get(f"/cases/{case.reference}")
    listed = await provider.get("/cases")

    told = json.dumps([found.json(), listed.json()])
    assert "Bell" not in told
    assert "jo@" not in told
    assert [each["text"] for each in found.json()["entries"]] == ["Three payslips are missing."]
    assert (found.json()["unit"], found.json()["priority"]) == ("oakfield", "high")


async def test_a_provider_reads_nothing_from_before_it_was_given_the_report(
    provider: Client,
) -> None:
    """What another provider was told before it was sorted to this service is not for this one."""
    here = provider.running
    case = await handed_over(here, service="it")
    moved = acts.sorted_(case, service="payroll")
    assert moved is not None
    await an_entry(here, case, moved)
    before = await provider.get(f"/cases/{case.reference}")
    await an_entry(here, case, acts.note("Now for payroll.", audience=Audience.PROVIDER))

    after = await provider.get(f"/cases/{case.reference}")

    assert before.status_code == 404
    assert [each["text"] for each in after.json()["entries"]] == ["Now for payroll."]


async def test_a_report_that_turns_out_to_be_for_few_is_the_providers_no_more(
    provider: Client,
) -> None:
    here = provider.running
    case = await handed_over(here)
    for_few = {"restricted": True}
    await an_entry(here, case, Said(kind=EntryKind.SORTED, side=Side.STAFF, data=for_few))

    assert (await provider.get(f"/cases/{case.reference}")).status_code == 404
    assert (await bot_list(provider))["cases"] == []


async def test_a_provider_adds_notes_and_its_verdict_and_the_reporter_hears_nothing(
    provider: Client,
) -> None:
    here = provider.running
    case = await handed_over(here, email="office@oakfield.example")
    heard = await _told(here, case)

    noted = await add(provider, case.reference, kind="note", text="Sent on Friday.")
    judged = await add(provider, case.reference, kind="verdict", verdict="partly", text="Two of 3.")

    assert (noted.status_code, judged.status_code) == (201, 201)
    entries = judged.json()["entries"]
    assert [(each["kind"], each["side"]) for each in entries[1:]] == [
        ("note", "provider"),
        ("sorted", "provider"),
    ]
    assert entries[-1]["told"] == {"verdict": "partly"}
    assert (judged.json()["provider_verdict"], judged.json()["state"]) == ("partly", "new")
    assert await _told(here, case) == heard
    noted_by = [each.actor for each in await audited(here) if each.action == "case.note"]
    assert noted_by[-1].startswith("key:")


async def _told(here: Running, case: Case) -> int:
    async with here.core.begin.read() as work:
        return len(await work.tellings.of_case(case.id))


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"kind": "message", "text": "Hello"}, ("kind", "side")),
        ({"kind": "fixed", "text": "Done"}, ("kind", "side")),
        ({"kind": "acknowledged"}, ("kind", "side")),
        ({"kind": "started"}, ("kind", "side")),
        ({"kind": "note", "text": "x", "side": "staff"}, ("side", "side")),
        ({"kind": "note", "text": "x", "side": "reporter"}, ("side", "side")),
        ({"kind": "note", "text": " "}, ("text", "required")),
        ({"kind": "note", "text": "x", "verdict": "fixed"}, ("verdict", "not_here")),
        ({"kind": "verdict"}, ("verdict", "required")),
    ],
)
async def test_a_provider_adds_nothing_else(
    provider: Client, more: dict[str, Any], place: tuple[str, str]
) -> None:
    case = await handed_over(provider.running)

    answer = await add(provider, case.reference, **more)

    assert answer.status_code == 422
    assert refused_at(answer) == [place]


async def test_a_providers_repeat_is_there_once_and_another_verdict_is_refused(
    provider: Client,
) -> None:
    case = await handed_over(provider.running)
    said = {"kind": "verdict", "text": "Paid on Friday."}

    first = await add(provider, case.reference, KEY, **said, verdict="fixed")
    again = await add(provider, case.reference, KEY, **said, verdict="fixed")
    other = await add(provider, case.reference, KEY, **said, verdict="partly")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert refused_at(other) == []
    assert len(again.json()["entries"]) == 2


async def test_a_provider_reports_nothing_and_reads_no_figures(provider: Client) -> None:
    reported = await provider.post("/cases", json=REPORT)
    figures = await provider.get("/cases/figures")

    for answer in (reported, figures):
        assert (answer.status_code, answer.json()["code"]) == (403, "refused")
        assert refused_at(answer) == []


async def test_a_verdict_that_staff_pass_on_is_the_providers(anybody: Client) -> None:
    here = anybody.running
    case = await a_case(here, unit="oakfield")
    staff = await anybody.at_cases(PAYROLL)

    claimed = await add(staff, case.reference, kind="verdict", verdict="fixed")
    told = await add(staff, case.reference, kind="verdict", verdict="fixed", side="provider")

    assert refused_at(claimed) == [("side", "side")]
    assert (told.status_code, told.json()["provider_verdict"]) == (201, "fixed")


async def test_what_is_over_takes_no_verdict_once_it_went_on_as_another(provider: Client) -> None:
    here = provider.running
    one, other = await handed_over(here), await handed_over(here)
    await an_entry(here, one, acts.merged(other))

    answer = await add(provider, one.reference, kind="verdict", verdict="fixed")

    assert (answer.status_code, answer.json()["code"]) == (409, "case_refused")


async def test_a_provider_turns_the_pages_of_its_list(provider: Client) -> None:
    for _ in range(3):
        await handed_over(provider.running)
        await a_case(provider.running, unit="oakfield")

    first = await bot_list(provider, "?limit=2")
    second = await bot_list(provider, f"?limit=2&cursor={first['next']}")

    assert (len(first["cases"]), len(second["cases"]), second["next"]) == (2, 1, None)
    assert len((await bot_list(provider, "?unit=elmwood"))["cases"]) == 0


async def test_staff_do_not_see_through_a_providers_key(provider: Client) -> None:
    """What works for staff by roles takes a provider for nobody."""
    here = provider.running
    case = await handed_over(here)
    looker = await here.core.keyed_cases.looker((await here.core.api_keys.all())[0])

    page = await here.core.cases.listed(CaseQuery(), looker)

    assert page.cases == ()
    with pytest.raises(NotFound):
        await here.core.cases.act(case.reference, acts.started(), looker=looker, by=OPERATOR)
