"""Accounts at the staff pages: found, invited, changed, ended and brought back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.types import ASGIApp

from api.app import create_app
from api.staff.grant_rows import MOST_ROWS, Row, choices, grants_of, posted_rows
from api.staff.roles import ROLES
from api.web.forms import parse_body
from survey.db.tables import letters
from survey.domain.accounts import Account, Grant, Role
from tests.support.application import Running, running
from tests.support.signing import MANAGER, PASSWORD, VIEWER, an_account, kept
from tests.support.staff import ADMINISTRATOR, signed_in, staff_secret_of
from tests.support.web import WebPerson, browsing

PATH = "/staff/accounts"
LAST = "This is the last administrator who can sign in. Make somebody else an administrator first."


@pytest.fixture
def app(here: Running) -> ASGIApp:
    return create_app(here.core, here.figures)


@pytest.fixture
async def boss(here: Running, app: ASGIApp) -> AsyncIterator[WebPerson]:
    """An administrator at the list of accounts."""
    async with signed_in(here, ADMINISTRATOR, name="Bo Adams", app=app) as person:
        await person.opens(PATH)
        yield person


@asynccontextmanager
async def at_a_page(here: Running, account: Account, app: ASGIApp) -> AsyncIterator[WebPerson]:
    """A browser in which the account is signed in, with a page open."""
    async with browsing(app) as person:
        secret = await staff_secret_of(here, await kept(here, account))
        person.http.cookies.set("tellback-staff", secret)
        await person.opens("/staff/account")
        assert person.heading == "Your account"
        yield person


def listed(person: WebPerson) -> list[str]:
    """The names in the list."""
    return [row.one("th").text for row in person.page.one("tbody").all("tr")]


# --- the list ---


async def test_accounts_are_found_sorted_and_told_with_their_roles(
    here: Running, boss: WebPerson
) -> None:
    await an_account(here, "zoe@barnet.example", (MANAGER,), name="Zoe")
    await an_account(here, "gone@barnet.example", (VIEWER,), name="Al", ended_at=here.clock.now())

    await boss.reloads()
    assert listed(boss) == ["Al", "Bo Adams", "Zoe"]
    assert "Service manager: Payroll" in boss.text
    await boss.opens(f"{PATH}?sort=-name")
    assert listed(boss) == ["Zoe", "Bo Adams", "Al"]
    await boss.opens(f"{PATH}?find=ZOE@")
    assert listed(boss) == ["Zoe"]
    await boss.opens(f"{PATH}?state=ended")
    assert listed(boss) == ["Al"]
    await boss.opens(f"{PATH}?role=administrator&state=running")
    assert listed(boss) == ["Bo Adams"]
    await boss.opens(f"{PATH}?find=nobody")
    assert "No account is like that." in boss.text


@pytest.mark.parametrize("grant", [MANAGER, VIEWER, Grant(Role.SURVEY_MANAGER)], ids=str)
async def test_only_an_administrator_sees_accounts(grant: Grant, here: Running) -> None:
    other = await an_account(here, "zoe@barnet.example")
    async with signed_in(here, grant) as person:
        for path in (PATH, f"{PATH}/invite", f"{PATH}/{other.id}", f"{PATH}/{other.id}/end"):
            await person.opens(path)
            assert person.status == 403
        assert "Accounts" not in person.page.text


# --- inviting ---


async def test_somebody_is_invited_with_two_roles_added_one_at_a_time(
    here: Running, boss: WebPerson
) -> None:
    await boss.opens(f"{PATH}/invite")
    boss.types(" New.Person@Barnet.example", into="email")
    boss.types("New Person", into="name")
    boss.picks("Service manager", of="role-0")
    boss.picks("Payroll", of="service-0")
    await boss.presses("Add another role")
    assert boss.page.one("input", id="name").attributes["value"] == "New Person"
    boss.picks("Viewer", of="role-1")
    boss.picks("oakfield", of="unit-1")
    await boss.presses("Make the account")

    assert boss.heading == "New Person"
    assert "The account is made." in boss.text
    async with here.core.begin.read() as work:
        made = await work.accounts.by_email("new.person@barnet.example")
    assert made is not None
    assert made.grants == {
        Grant(Role.SERVICE_MANAGER, service="payroll"),
        Grant(Role.VIEWER, unit="oakfield"),
    }


async def test_what_is_wrong_with_an_invitation_is_told_and_what_was_typed_stays(
    here: Running, boss: WebPerson
) -> None:
    await boss.opens(f"{PATH}/invite")
    boss.types("no address", into="email")
    boss.picks("oakfield", of="unit-0")
    await boss.presses("Make the account")

    assert boss.status == 422
    assert [each.text for each in boss.page.one("div", class_="govuk-error-summary").all("li")] == [
        "Enter an e-mail address, such as name@council.example",
        "Enter a name, in up to 120 characters",
        "Choose at least one role",
    ]
    assert boss.page.one("input", id="email").attributes["value"] == "no address"
    assert [
        each.attributes["value"]
        for each in boss.page.one("select", name="unit-0").all("option")
        if "selected" in each.attributes
    ] == ["oakfield"]


async def test_the_form_says_what_each_role_may_see_and_do(boss: WebPerson) -> None:
    await boss.opens(f"{PATH}/invite")

    told = boss.page.one("dl", class_="tb-duties")
    assert [each.text for each in told.all("dt")] == list(ROLES.values())
    assert "people" in told.all("dd")[list(ROLES).index(Role.SURVEY_MANAGER)].text


async def test_an_administrator_of_one_school_cannot_be_made(boss: WebPerson) -> None:
    await boss.opens(f"{PATH}/invite")
    boss.types("a@barnet.example", into="email")
    boss.types("A", into="name")
    boss.picks("Administrator", of="role-0")
    boss.picks("oakfield", of="unit-0")
    await boss.presses("Make the account")

    assert boss.status == 422
    assert "An administrator is one of everything" in (boss.error or "")


@pytest.mark.parametrize("ended", [False, True])
async def test_an_address_has_one_account(ended: bool, here: Running, boss: WebPerson) -> None:
    now = here.clock.now() if ended else None
    await an_account(here, "zoe@barnet.example", ended_at=now)
    await boss.opens(f"{PATH}/invite")
    boss.types("ZOE@barnet.example", into="email")
    boss.types("Zoe", into="name")
    boss.picks("Viewer", of="role-0")
    await boss.presses("Make the account")

    assert boss.status == 422
    assert ("bring it back" in (boss.error or "")) is ended


def test_a_form_gives_as_many_rows_as_it_has_and_no_role_that_there_is_not() -> None:
    rows = posted_rows(parse_body(b"role-0=viewer&unit-0=oakfield&role-1=&role-2=emperor"))
    endless = "&".join(f"role-{number}=viewer" for number in range(100))

    assert rows == [Row("viewer", "oakfield"), Row(), Row("emperor")]
    assert grants_of(rows) == {Grant(Role.VIEWER, "oakfield")}
    assert posted_rows(parse_body(b"")) == [Row()]
    assert len(posted_rows(parse_body(f"{endless}&action=add".encode()))) == MOST_ROWS


# --- changing and ending ---


async def test_an_account_whose_roles_change_stops_working_at_once_open_pages_included(
    here: Running, boss: WebPerson, app: ASGIApp
) -> None:
    """B47."""
    account = await an_account(here, grants=(MANAGER,))
    async with at_a_page(here, account, app) as open_page:
        await boss.opens(f"{PATH}/{account.id}/roles")
        boss.picks("Viewer", of="role-0")
        boss.picks("IT", of="service-0")
        await boss.presses("Save")
        assert boss.heading == account.name
        assert "Viewer: IT" in boss.text

        open_page.types("Still Here", into="name")
        await open_page.presses("Save")

        assert open_page.heading == "Sign in"
    changed = await kept(here, account)
    assert changed.grants == {Grant(Role.VIEWER, service="it")}
    assert changed.name == account.name


async def test_an_account_that_ends_stops_working_at_once_and_can_be_brought_back(
    here: Running, boss: WebPerson, app: ASGIApp
) -> None:
    """B47."""
    account = await an_account(here, password=PASSWORD)
    async with at_a_page(here, account, app) as open_page:
        await boss.opens(f"{PATH}/{account.id}/end")
        assert "pages that they have open stop working at once" in boss.text
        assert (await kept(here, account)).ended_at is None
        await boss.presses("End the account")
        assert "nobody can sign in with it" in boss.text

        await open_page.reloads()
        assert open_page.heading == "Sign in"
        await boss.presses("Bring the account back")
        assert "The account is back." in boss.text
        await open_page.opens("/staff/account")
        assert open_page.heading == "Sign in"
    assert (await kept(here, account)).ended_at is None


async def test_a_role_on_a_school_that_has_ended_does_not_widen_when_the_form_is_saved(
    here: Running, boss: WebPerson
) -> None:
    oakfield = Grant(Role.VIEWER, "oakfield")
    account = await an_account(here, grants=(oakfield,))
    async with here.core.begin() as work:
        unit = next(each for each in await work.organisation.units() if each.key == "oakfield")
        await work.organisation.put_units([replace(unit, ended_at=here.clock.now())])
        await work.commit()

    await boss.opens(f"{PATH}/{account.id}/roles")
    await boss.presses("Save")

    assert (await kept(here, account)).grants == {oakfield}


def test_a_role_on_what_is_not_known_any_more_is_offered_as_it_stands() -> None:
    offered = choices([Row("viewer", "gone", "too")], str, [], [], "en")

    assert offered.units[1:] == [("gone", "gone")]
    assert offered.services[1:] == [("too", "too")]


async def test_the_last_administrator_cannot_be_ended_or_made_something_else(
    here: Running, boss: WebPerson
) -> None:
    """B49."""
    last = await an_account(here, "only@barnet.example", (ADMINISTRATOR,), password=PASSWORD)
    await boss.opens(f"{PATH}/{last.id}/end")
    await boss.presses("End the account")
    assert (boss.status, boss.error) == (409, LAST)
    await boss.opens(f"{PATH}/{last.id}/roles")
    boss.picks("Viewer", of="role-0")
    await boss.presses("Save")
    assert (boss.status, boss.error) == (409, LAST)

    left = await kept(here, last)
    assert left.ended_at is None
    assert left.grants == {ADMINISTRATOR}


async def test_a_second_step_is_reset_for_who_lost_the_phone(
    here: Running, boss: WebPerson, app: ASGIApp
) -> None:
    account = await an_account(here, password=PASSWORD, totp=b"sealed")
    async with at_a_page(here, account, app) as open_page:
        await boss.opens(f"{PATH}/{account.id}")
        assert "Reset the second step" in boss.text
        await boss.opens(f"{PATH}/{account.id}/second-step")
        await boss.presses("Reset the second step")
        assert "The second step is reset." in boss.text

        await open_page.reloads()
        assert open_page.heading == "Sign in"
    assert (await kept(here, account)).totp is None


async def test_an_administrator_renames(here: Running, boss: WebPerson) -> None:
    account = await an_account(here)
    await boss.opens(f"{PATH}/{account.id}")
    boss.types("", into="name")
    await boss.presses("Save the name")
    assert (boss.status, boss.error) == (422, "Enter a name, in up to 120 characters")
    boss.types("Ann Lloyd", into="name")
    await boss.presses("Save the name")

    assert boss.heading == "Ann Lloyd"


async def test_invitations_are_sent_and_sent_again_where_letters_can_be(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        running(
            database_url,
            tmp_path,
            smtp_url=SecretStr("smtp://127.0.0.1:25"),
            mail_from="tellback@barnet.example",
        ) as here,
        signed_in(here, ADMINISTRATOR) as boss,
    ):
        await boss.opens(f"{PATH}/invite")
        boss.types("new@barnet.example", into="email")
        boss.types("New Person", into="name")
        boss.picks("Viewer", of="role-0")
        await boss.presses("Send the invitation")
        assert "They are invited." in boss.text
        await boss.presses("Send the invitation again")
        assert "They are invited." in boss.text

        async with here.core.database.reading() as connection:
            waiting = await connection.scalar(select(func.count()).select_from(letters))
        assert waiting == 2


@pytest.mark.parametrize(
    "step", ["", "/roles", "/end", "/second-step", "/bring-back", "/invite-again"]
)
async def test_a_form_from_elsewhere_changes_no_account(
    step: str, here: Running, boss: WebPerson
) -> None:
    account = await an_account(here)
    answer = await boss.http.post(
        f"{PATH}/{account.id}{step}", data={"csrf": "x", "name": "Eve", "role-0": "administrator"}
    )

    assert answer.status_code == 403
    assert await kept(here, account) == account


@pytest.mark.parametrize("path", ["00000000-0000-0000-0000-000000000000", "no-id"])
async def test_an_account_that_there_is_not_is_a_page_that_says_so(
    path: str, boss: WebPerson
) -> None:
    await boss.opens(f"{PATH}/{path}")

    assert boss.status in (400, 404)
