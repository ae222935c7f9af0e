"""One's own account: name, language, password, second step, and signing out everywhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from starlette.types import ASGIApp

from api.app import create_app
from survey.domain.accounts import Account, Grant, Method, Role, Stage
from survey.services.own_account import FRESH
from tests.support.application import Running
from tests.support.signing import PASSWORD, an_account, code_of, kept
from tests.support.web import WebPerson, browsing

PAYROLL = Grant(Role.SERVICE_MANAGER, service="payroll")
SCHOOLS = Grant(Role.SURVEY_MANAGER, unit="schools")
BOTH = Grant(Role.SERVICE_MANAGER, unit="schools", service="payroll")
NEW = "mellow orbit tryst"


@pytest.fixture
async def ann(here: Running) -> Account:
    """Somebody with a password."""
    return await an_account(here, grants=(PAYROLL, SCHOOLS, BOTH), password=PASSWORD)


@pytest.fixture
def app(here: Running) -> ASGIApp:
    return create_app(here.core, here.figures)


@asynccontextmanager
async def at_their_account(
    here: Running, account: Account, app: ASGIApp
) -> AsyncIterator[WebPerson]:
    """A browser in which the account is signed in, at its own page."""
    begun = await here.core.staff_sessions.start(
        await kept(here, account), stage=Stage.WHOLE, method=Method.PASSWORD
    )
    async with browsing(app) as person:
        person.http.cookies.set("tellback-staff", begun.secret, domain="testserver.local", path="/")
        await person.opens("/staff/account")
        yield person


async def follows(person: WebPerson, link: str) -> None:
    [address] = [
        each.attributes["href"] for each in person.page.one("main").all("a") if each.text == link
    ]
    await person.opens(address)


async def test_roles_are_told_in_words(here: Running, ann: Account, app: ASGIApp) -> None:
    async with at_their_account(here, ann, app) as person:
        assert [each.text for each in person.page.one("main").all("li")][:3] == [
            "Service manager: Payroll",
            "Service manager: Payroll, Schools",
            "Survey manager: Schools",
        ]


async def test_name_and_language_are_kept_and_the_next_page_is_in_it(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with at_their_account(here, ann, app) as person:
        person.types("Ann  Lloyd ", into="name")
        person.picks("Cymraeg", of="language")
        await person.presses("Save")

        assert person.page.one("html").attributes["lang"] == "cy"
    changed = await kept(here, ann)
    assert (changed.name, changed.language) == ("Ann Lloyd", "cy")


@pytest.mark.parametrize("name", ["", "  ", "a" * 121, "A\0nn", "A\u202enn"])
async def test_a_name_that_is_none_is_told(
    name: str, here: Running, ann: Account, app: ASGIApp
) -> None:
    async with at_their_account(here, ann, app) as person:
        person.types(name, into="name")
        await person.presses("Save")

        assert (person.status, person.error) == (422, "Enter a name, in up to 120 characters")


async def test_a_new_password_needs_the_old_one_and_ends_all_other_sign_ins(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with (
        at_their_account(here, ann, app) as person,
        at_their_account(here, ann, app) as other,
    ):
        await follows(person, "Change your password")
        person.types("not the old one", into="old")
        person.types(NEW, into="password")
        await person.presses("Save the password")
        assert (person.status, person.error) == (422, "That is not your password.")
        person.types(PASSWORD, into="old")
        person.types("short", into="password")
        await person.presses("Save the password")
        assert (person.status, person.error) == (422, "Use at least 12 characters.")
        person.types(PASSWORD, into="old")
        person.types(NEW, into="password")
        await person.presses("Save the password")

        assert person.heading == "Your account"
        assert "Your password is changed." in person.text
        await other.reloads()
        assert other.heading == "Sign in"
    assert await here.core.sign_in.password(ann.email, NEW, address="192.0.2.1")


async def test_wrong_old_passwords_are_counted(here: Running, ann: Account, app: ASGIApp) -> None:
    async with at_their_account(here, ann, app) as person:
        for _ in range(11):
            await person.opens("/staff/account/password")
            person.types("guess", into="old")
            person.types(NEW, into="password")
            await person.presses("Save the password")

        assert (person.status, person.heading) == (429, "Please wait")


async def test_a_second_step_is_replaced_only_with_the_password_and_a_code_of_the_new_one(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with at_their_account(here, ann, app) as person:
        await follows(person, "Set up a second step")
        key = person.page.one("code").text.replace(" ", "")
        for password, code in (("wrong", code_of(here, key)), (PASSWORD, "000000")):
            person.types(password, into="password")
            person.types(code, into="code")
            await person.presses("Continue")
            assert person.status == 422
            assert (await kept(here, ann)).totp is None
        person.types(PASSWORD, into="password")
        person.types(code_of(here, key), into="code")
        await person.presses("Continue")

        assert person.heading == "Keep your recovery codes"
        await person.opens("/staff/account")
        assert "(10 are left)" in person.text
    assert (await kept(here, ann)).totp is not None


async def test_new_recovery_codes_take_the_place_of_the_old(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with at_their_account(here, ann, app) as person:
        shown = []
        for _ in range(2):
            await person.opens("/staff/account/recovery-codes")
            person.types("wrong", into="password")
            await person.presses("Make new codes")
            assert (person.status, person.error) == (422, "That is not your password.")
            person.types(PASSWORD, into="password")
            await person.presses("Make new codes")
            shown.append(person.page.one("textarea").raw.split())

    assert [len(codes) for codes in shown] == [10, 10]
    assert not set(shown[0]) & set(shown[1])


async def test_without_a_password_the_sign_in_must_be_of_just_now(
    here: Running, app: ASGIApp
) -> None:
    account = await an_account(here, subject="https://idp.example ada")
    async with at_their_account(here, account, app) as person:
        await person.opens("/staff/account/recovery-codes")
        await person.presses("Make new codes")
        assert person.heading == "Keep your recovery codes"
        here.clock.advance(FRESH + timedelta(seconds=1))
        await person.opens("/staff/account/recovery-codes")
        await person.presses("Make new codes")

        assert person.status == 422
        assert "Sign out and in again" in (person.error or "")


async def test_signing_out_everywhere_ends_every_sign_in(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with (
        at_their_account(here, ann, app) as person,
        at_their_account(here, ann, app) as other,
    ):
        await person.presses("Sign out everywhere")
        assert "You are signed out everywhere." in person.text
        await other.reloads()

        assert other.heading == "Sign in"


async def test_a_form_from_elsewhere_changes_nothing(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with at_their_account(here, ann, app) as person:
        person.types("Eve", into="name")
        await person.sends(person.sending("Save").with_(csrf="of another page"))

        assert person.status == 403
    assert (await kept(here, ann)).name == ann.name


async def test_what_was_done_is_recorded_without_what_was_typed(
    here: Running, ann: Account, app: ASGIApp
) -> None:
    async with at_their_account(here, ann, app) as person:
        person.types("Ann Lloyd", into="name")
        await person.presses("Save")
        await person.opens("/staff/account/recovery-codes")
        person.types(PASSWORD, into="password")
        await person.presses("Make new codes")

    async with here.core.begin.read() as work:
        entries = await work.audit.in_order(after=None, until=1_000, limit=1_000)
    assert [entry.action for entry in entries][-2:] == [
        "account.introduced",
        "account.recovery_codes_made",
    ]
    assert "Lloyd" not in str(entries)
