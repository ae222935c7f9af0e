"""The page of keys for other systems."""

from collections.abc import AsyncIterator

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.records import KeySide, Part
from survey.services.api_keys import PREFIX, Scope
from tests.support.application import Running
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.stored import audited
from tests.support.web import WebPerson


@pytest.fixture
async def administrator(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, ADMINISTRATOR) as person:
        yield person


async def test_a_key_is_shown_once_and_works(here: Running, administrator: WebPerson) -> None:
    await administrator.opens("/staff/keys")
    administrator.types("Payroll system", into="name")
    administrator.chooses("Read figures")
    await administrator.presses("Make the key")
    secret = administrator.page.one("code").text

    key = await here.core.api_keys.known(secret)
    await administrator.opens("/staff/keys")

    assert (key.name, key.scopes) == ("Payroll system", frozenset({Scope.READ.value}))
    assert "Payroll system" in administrator.text
    assert PREFIX not in administrator.text
    assert "key.added" in [entry.action for entry in await audited(here)]


async def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(
    administrator: WebPerson,
) -> None:
    await administrator.opens("/staff/keys")
    administrator.types("Payroll system", into="name")
    await administrator.presses("Make the key")

    assert administrator.status == 422
    assert administrator.error == "Select what the key is for"
    assert administrator.page.one("input", id="name").attributes["value"] == "Payroll system"


async def test_b42_lists_what_a_key_was_used_for_and_ends_it(
    here: Running, administrator: WebPerson
) -> None:
    key = await here.core.api_keys.add("Payroll system", frozenset({Scope.READ}))
    bearer = {"Authorization": f"Bearer {key.secret}"}
    await administrator.http.get("/api/v1/trends?measure=nps&unit=oakfield", headers=bearer)
    await here.core.api_keys.keep_uses()
    await administrator.opens("/staff/keys")

    assert "/api/v1/trends" in administrator.text
    assert "oakfield" not in administrator.text

    await administrator.opens(f"/staff/keys/{key.record.id}/end")
    await administrator.presses("End the key")
    refused = await administrator.http.get("/api/v1/trends?measure=nps", headers=bearer)

    assert "The key is ended." in administrator.text
    assert refused.status_code == 401


async def test_a_key_that_is_ended_is_not_asked_about_again(
    here: Running, administrator: WebPerson
) -> None:
    key = await here.core.api_keys.add("Payroll system", frozenset({Scope.READ}))
    await here.core.api_keys.revoke(key.record.id)

    await administrator.opens(f"/staff/keys/{key.record.id}/end")

    assert administrator.status == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_only_administrators_see_keys(here: Running, role: Role) -> None:
    async with signed_in(here, Grant(role)) as person:
        await person.opens("/staff/keys")

        assert person.status == 403


async def test_a_providers_key_is_made_for_its_service_and_the_list_says_what_it_reaches(
    here: Running, administrator: WebPerson
) -> None:
    await administrator.opens("/staff/keys")
    administrator.types("Ticket system", into="name")
    administrator.chooses("Read problem reports")
    administrator.chooses("The provider of a service")
    administrator.picks("payroll", of="service-0")
    await administrator.presses("Add another part")
    administrator.picks("hr", of="service-1")
    administrator.picks("schools", of="unit-1")
    await administrator.presses("Make the key")

    key = await here.core.api_keys.known(administrator.page.one("code").text)

    assert key.side is KeySide.PROVIDER
    assert key.parts == {Part(service="payroll"), Part("schools", "hr")}
    words = "Those that staff handed to the provider: Payroll; "
    assert words in administrator.text
    assert "Schools" in administrator.text.split(words)[1].splitlines()[0]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            ["Read problem reports", "The provider of a service"],
            "Choose the service that the provider looks after, in each part",
        ),
        (
            ["Read problem reports", "Read figures", "The provider of a service"],
            "Select only what is about problem reports, for a provider or a part; make another key "
            "for the rest",
        ),
    ],
)
async def test_a_providers_key_without_bounds_is_refused_beside_its_field(
    administrator: WebPerson, chosen: list[str], said: str
) -> None:
    await administrator.opens("/staff/keys")
    administrator.types("Ticket system", into="name")
    for each in chosen:
        administrator.chooses(each)
    await administrator.presses("Make the key")

    assert (administrator.status, administrator.error) == (422, said)
    checked = [each.attributes["value"] for each in administrator.page.all("input", checked="")]
    assert "provider" in checked
    assert "cases:read" in checked


async def test_a_list_tells_which_problem_reports_each_key_reaches(
    here: Running, administrator: WebPerson
) -> None:
    cases = frozenset({Scope.READ_CASES})
    await here.core.api_keys.add("Old bot", cases)
    await here.core.api_keys.add("School portal", cases, parts=[Part("oakfield")])
    await here.core.api_keys.add("Dashboard", frozenset({Scope.READ}))

    await administrator.opens("/staff/keys")

    cells = [each.text for each in administrator.page.all("td")]
    assert "All but those for few" in cells
    assert "Those of: Oakfield Primary School" in cells
    assert "None" in cells
