"""What whoever provides a service sees of problem reports, and what they say of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.staff import handed_over as handed_over_page
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.cases import Audience, Case, CaseKind, Side, Verdict
from survey.domain.records import KeySide, Part
from survey.services.api_keys import Scope
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.staff import an_account, signed_in
from tests.support.stored import audited
from tests.support.web import WebPerson

PROVIDER = Grant(Role.PROVIDER, service="payroll")
WORKER = Grant(Role.CASE_WORKER)
PLEA = "Three payslips are missing."


@pytest.fixture
async def provider(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, PROVIDER, name="Pat Provider") as person:
        yield person


async def handed_over(here: Running, **about: Any) -> Case:
    case = await a_case(here, **{"unit": "oakfield", "text": "Jo Bell's pay is missing.", **about})
    await an_entry(here, case, acts.note("Jo Bell rang twice."))
    return await an_entry(here, case, acts.note(PLEA, audience=Audience.PROVIDER))


async def test_a_provider_is_led_to_what_was_handed_over_and_to_nothing_else(
    here: Running, provider: WebPerson
) -> None:
    await provider.opens("/staff")

    menu = provider.page.one("nav", class_="govuk-service-navigation__wrapper").all("a")
    assert [each.attributes["href"] for each in menu] == ["/staff/handed-over"]
    for path in ("/staff/cases", "/staff/problems", "/staff/units", "/staff/trends"):
        await provider.opens(path)
        assert provider.status == 403


async def test_a_provider_sees_what_is_for_it_and_nothing_of_the_reporter(
    here: Running, provider: WebPerson
) -> None:
    case = await handed_over(here, system="Jo Bell's laptop", email="jo@oakfield.example")
    await handed_over(here, service="it")
    await a_case(here, unit="elmwood")

    await provider.opens("/staff/handed-over")
    listed = provider.text
    await provider.opens(f"/staff/handed-over/{case.reference.lower()}")

    assert case.reference in listed
    assert "Elmwood" not in listed
    assert listed.count("Oakfield Primary School") == 1
    assert PLEA in provider.text
    assert "Oakfield Primary School" in provider.text
    for text in (listed, provider.text):
        assert "Bell" not in text
        assert "jo@" not in text


@pytest.mark.parametrize(
    "about",
    [
        {"service": "it"},
        {"kind": CaseKind.DATA_ASTRAY, "restricted": True},
    ],
)
async def test_what_is_not_a_providers_is_not_found(
    here: Running, provider: WebPerson, about: dict[str, Any]
) -> None:
    case = await handed_over(here, **about)

    await provider.opens(f"/staff/handed-over/{case.reference}")

    assert provider.status == 404


async def test_staff_do_not_come_in_by_the_providers_door(here: Running) -> None:
    async with signed_in(here, WORKER) as worker:
        await worker.opens("/staff/handed-over")

        assert worker.status == 403


async def test_a_note_and_a_verdict_reach_staff_who_see_them_beside_the_reporters(
    here: Running, provider: WebPerson
) -> None:
    case = await handed_over(here)
    await provider.opens(f"/staff/handed-over/{case.reference}")
    provider.types("Sent again on Friday.", into="text")
    await provider.presses("Send")
    assert "The note is kept. Staff and the provider read it." in provider.text
    provider.chooses("Partly fixed")
    await provider.presses("Send")

    async with here.core.begin.read() as work:
        timeline = await work.cases.timeline(case.id)
        after = await work.cases.get(case.id)
    async with signed_in(here, WORKER) as worker:
        await worker.opens(f"/staff/cases/{case.reference}")

    assert [(each.side, each.audience) for each in timeline[-2:]] == [
        (Side.PROVIDER, Audience.PROVIDER)
    ] * 2
    assert after is not None
    assert after.provider_verdict is Verdict.PARTLY
    assert "Sent again on Friday." in worker.text
    assert "Pat Provider" in worker.text
    actors = [each.actor for each in await audited(here) if each.action == "case.sorted"]
    assert actors[-1].startswith("account:")


async def test_nothing_to_say_is_said_beside_its_field(here: Running, provider: WebPerson) -> None:
    case = await handed_over(here)
    await provider.opens(f"/staff/handed-over/{case.reference}")
    await provider.presses("Send")

    assert (provider.status, provider.error) == (422, "Write something")


async def test_what_went_on_meanwhile_is_shown_and_nothing_is_kept(
    here: Running, provider: WebPerson
) -> None:
    case = await handed_over(here)
    await provider.opens(f"/staff/handed-over/{case.reference}")
    await an_entry(here, case, acts.note("No, four.", audience=Audience.PROVIDER))
    provider.types("Three are sent.", into="text")
    await provider.presses("Send")

    assert provider.status == 409
    assert "No, four." in provider.text
    assert provider.page.one("textarea").text.strip() == "Three are sent."
    async with here.core.begin.read() as work:
        assert (await work.cases.timeline(case.id))[-1].text == "No, four."


async def test_what_is_over_is_listed_where_it_is_asked_for(
    here: Running, provider: WebPerson
) -> None:
    case = await handed_over(here)
    await an_entry(here, case, acts.declined("not_ours", "No."))

    await provider.opens("/staff/handed-over")
    assert case.reference not in provider.text
    await provider.opens("/staff/handed-over?all=1")
    assert case.reference in provider.text
    await provider.opens("/staff/handed-over?after=x")
    assert provider.status == 400


async def test_a_long_list_is_turned_page_by_page(
    here: Running, provider: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_over_page, "_MOST", 2)
    cases = {(await handed_over(here)).reference for _ in range(3)}
    await provider.opens("/staff/handed-over?all=1")
    first = {each for each in cases if each in provider.text}
    following = provider.page.one("a", rel="next").attributes["href"]

    await provider.opens(following)

    assert len(first) == 2
    assert {each for each in cases if each in provider.text} == cases - first
    assert "all=1" in following


async def test_staff_are_told_who_of_the_provider_reads_what_before_they_write(
    here: Running,
) -> None:
    case, few = await a_case(here, unit="oakfield"), await a_case(here, restricted=True)
    async with signed_in(here, Grant(Role.ADMINISTRATOR)) as worker:
        await worker.opens(f"/staff/cases/{case.reference}")
        assert "By now nobody signs in for the provider" in worker.text

        await an_account(here, PROVIDER, name="Pat Provider")
        await an_account(here, Grant(Role.PROVIDER, service="it"), name="Ian Elsewhere")
        await here.core.api_keys.add(
            "tickets",
            frozenset({Scope.READ_CASES}),
            side=KeySide.PROVIDER,
            parts=[Part(service="payroll")],
        )
        await worker.opens(f"/staff/cases/{case.reference}")
        assert "For the provider: Pat Provider, their own system." in worker.text
        assert "never who reported it, nor what they wrote" in worker.text

        await worker.opens(f"/staff/cases/{few.reference}")
        assert "here the provider sees nothing of it" in worker.text
