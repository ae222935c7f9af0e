"""The whole way through a real identity provider: out, back, and inside or told why not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from api.staff.openid import ERRAND_LASTS
from survey.domain.accounts import Stage
from tests.support.application import Running, running
from tests.support.provider import OpenIdProvider
from tests.support.signing import MANAGER, VIEWER, an_account, kept
from tests.support.web import WebPerson, on_the_web

EMAIL = "ada@barnet.example"
SUBJECT = "ada-7"


@asynccontextmanager
async def house(database_url: str, folder: Path, issuer: str) -> AsyncIterator[Running]:
    """The application with single sign-on by this provider."""
    async with running(
        database_url,
        folder,
        public_url="http://testserver",
        oidc_issuer=issuer,
        oidc_client_id="tellback",
        oidc_client_secret=SecretStr("kept"),
        oidc_name="Barnet login",
    ) as here:
        yield here


@pytest.fixture
async def with_provider(
    database_url: str, tmp_path: Path, openid_provider: OpenIdProvider
) -> AsyncIterator[Running]:
    openid_provider.knows(SUBJECT, email=EMAIL, email_verified=True)
    async with house(database_url, tmp_path, openid_provider.issuer) as here:
        yield here


@pytest.fixture
async def person(with_provider: Running) -> AsyncIterator[WebPerson]:
    async with on_the_web(with_provider) as somebody:
        yield somebody


async def goes_out(person: WebPerson, *, next_path: str = "/staff/account") -> str:
    """Press the link of the sign-in page; the provider's address where the browser lands."""
    await person.opens(f"/staff/sign-in?next={next_path}")
    [link] = [each for each in person.page.all("a") if each.text == "Sign in with Barnet login"]
    answer = await person.http.get(link.attributes["href"], follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"]


async def signs_in(person: WebPerson, provider: OpenIdProvider, subject: str = SUBJECT) -> str:
    """All the way; the address at which the browser came back."""
    back = provider.sends_back(await goes_out(person), subject)
    await person.opens(_path(back))
    return back


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def held(person: WebPerson) -> str | None:
    return person.http.cookies.get("tellback-staff")


async def stage_of(here: Running, person: WebPerson) -> Stage:
    return (await here.core.staff_sessions.who(held(person) or "")).session.stage


async def test_a_known_account_comes_back_to_the_page_that_it_wanted(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    account = await an_account(with_provider, EMAIL, (VIEWER,))

    await signs_in(person, openid_provider)

    assert (person.path, person.heading) == ("/staff/account", "Your account")
    bound = await kept(with_provider, account)
    assert bound.subject == f"{openid_provider.issuer} {SUBJECT}"


@pytest.mark.parametrize(("amr", "stage"), [(["pwd"], Stage.SET_UP), (["pwd", "otp"], Stage.WHOLE)])
async def test_a_second_step_at_the_provider_is_enough(
    amr: list[str],
    stage: Stage,
    with_provider: Running,
    person: WebPerson,
    openid_provider: OpenIdProvider,
) -> None:
    openid_provider.knows(SUBJECT, email=EMAIL, email_verified=True, amr=amr)
    await an_account(with_provider, EMAIL, (MANAGER,))

    await signs_in(person, openid_provider)

    assert await stage_of(with_provider, person) is stage


@pytest.mark.parametrize(
    "claims",
    [
        {"email": EMAIL},
        {"email": EMAIL, "email_verified": False},
        {"email": "somebody@else.example", "email_verified": True},
        {},
    ],
    ids=["not verified", "said to be unverified", "another address", "no address"],
)
async def test_whom_no_account_is_for_is_told_so_and_stays_outside(
    claims: dict[str, Any],
    with_provider: Running,
    person: WebPerson,
    openid_provider: OpenIdProvider,
) -> None:
    openid_provider.knows(SUBJECT, **claims)
    await an_account(with_provider, EMAIL)

    await signs_in(person, openid_provider)

    assert (person.status, person.heading) == (403, "You have no account here")
    assert "Ask an administrator" in person.text
    assert held(person) is None


async def test_an_account_that_has_ended_stays_outside(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    await an_account(with_provider, EMAIL, ended_at=with_provider.clock.now())

    await signs_in(person, openid_provider)

    assert person.status == 403
    assert held(person) is None


async def test_a_callback_works_once(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    await an_account(with_provider, EMAIL, (VIEWER,))
    back = await signs_in(person, openid_provider)
    person.http.cookies.delete("tellback-staff")

    await person.opens(_path(back))

    assert (person.status, person.heading) == (400, "We could not sign you in by Barnet login")
    assert held(person) is None


async def test_a_callback_of_another_browser_signs_nobody_in(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    """Login CSRF: the attacker's own code, in the victim's browser."""
    await an_account(with_provider, EMAIL, (VIEWER,))
    back = openid_provider.sends_back(await goes_out(person), SUBJECT)
    async with on_the_web(with_provider) as victim:
        await victim.opens(_path(back))
        assert (victim.status, held(victim)) == (400, None)

        await goes_out(victim)
        await victim.opens(_path(back))
        assert (victim.status, held(victim)) == (400, None)


async def test_a_changed_state_signs_nobody_in(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    await an_account(with_provider, EMAIL, (VIEWER,))
    back = openid_provider.sends_back(await goes_out(person), SUBJECT)
    code = parse_qs(urlsplit(back).query)["code"][0]

    for state in ("", "another", "é"):
        await goes_out(person)
        await person.opens(f"/staff/sso/callback?code={code}&state={state}")
        assert (person.status, held(person)) == (400, None)


async def test_an_errand_that_took_too_long_is_over(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    await an_account(with_provider, EMAIL, (VIEWER,))
    back = openid_provider.sends_back(await goes_out(person), SUBJECT)
    with_provider.clock.advance(ERRAND_LASTS + timedelta(seconds=1))

    await person.opens(_path(back))

    assert (person.status, held(person)) == (400, None)


async def test_who_refuses_at_the_provider_is_told_how_to_go_on(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    back = openid_provider.turns_away(await goes_out(person))
    await person.opens(_path(back))

    assert person.status == 400
    assert "Start again from the sign-in page." in person.text


async def test_a_token_for_another_errand_signs_nobody_in(
    with_provider: Running, person: WebPerson, openid_provider: OpenIdProvider
) -> None:
    openid_provider.knows(SUBJECT, email=EMAIL, email_verified=True, nonce="of another errand")
    await an_account(with_provider, EMAIL, (VIEWER,))

    await signs_in(person, openid_provider)

    assert (person.status, held(person)) == (400, None)


async def test_a_provider_that_is_down_leaves_the_other_ways(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'sso.sqlite'}"
    async with (
        house(database, tmp_path, "http://127.0.0.1:9") as here,
        on_the_web(here) as person,
    ):
        await person.opens("/staff/sso")

        assert (person.status, person.heading) == (503, "Barnet login does not answer")
        assert person.page.one("main").one("a").attributes["href"] == "/staff/sign-in"


async def test_without_a_provider_there_is_no_such_way(here: Running) -> None:
    async with on_the_web(here) as person:
        await person.opens("/staff/sign-in")
        assert "Other ways" not in person.text
        for path in ("/staff/sso", "/staff/sso/callback?code=1&state=2"):
            await person.opens(path)
            assert person.status == 404
