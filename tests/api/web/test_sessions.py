"""A visit is one secret in one cookie, of which the server keeps a hash."""

from datetime import timedelta

import pytest
from starlette.responses import Response

from api.web.sessions import LIFETIME, Visitors, form_token, set_cookie
from survey.domain.secrets import digest
from tests.api.web.fakes import CountingIds, MemorySessions, StoppedClock


@pytest.fixture
def store() -> MemorySessions:
    return MemorySessions()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def visitors(store: MemorySessions, clock: StoppedClock) -> Visitors:
    return Visitors(store, clock=clock, ids=CountingIds())


async def test_opening_a_page_stores_nothing(visitors: Visitors, store: MemorySessions) -> None:
    visitor = await visitors.meet(None)

    assert not visitor.returning
    assert visitor.csrf
    assert store.commits == 0


async def test_the_token_of_the_first_page_holds_when_the_form_comes_back(
    visitors: Visitors,
) -> None:
    first = await visitors.meet(None)
    second = await visitors.meet(first.secret)

    assert second.returning
    assert second.csrf == first.csrf


async def test_a_kept_session_is_found_again_and_holds_no_secret(
    visitors: Visitors, store: MemorySessions
) -> None:
    kept = await visitors.keep(await visitors.meet(None), language="cy")

    again = await visitors.meet(kept.secret)
    assert again.session is not None
    assert again.session.language == "cy"
    assert again.session.digest == digest(kept.secret)
    assert kept.secret not in repr(store.rows)


async def test_keeping_what_is_kept_writes_nothing(
    visitors: Visitors, store: MemorySessions
) -> None:
    kept = await visitors.keep(await visitors.meet(None))

    await visitors.keep(kept)
    assert store.commits == 1
    changed = await visitors.keep(kept, language="cy")
    assert store.commits == 2
    assert (await visitors.keep(changed)).session == changed.session


@pytest.mark.parametrize("cookie", ["", "short", "x" * 200, "ŵ" * 30, "a b" * 10, "a" * 30 + "\n"])
async def test_a_cookie_that_is_no_secret_is_a_new_visitor(visitors: Visitors, cookie: str) -> None:
    visitor = await visitors.meet(cookie)

    assert not visitor.returning
    assert visitor.secret != cookie


async def test_a_session_ends_and_says_so(visitors: Visitors, clock: StoppedClock) -> None:
    kept = await visitors.keep(await visitors.meet(None))

    clock.pass_(LIFETIME - timedelta(seconds=1))
    assert (await visitors.meet(kept.secret)).session is not None
    clock.pass_(timedelta(seconds=1))
    late = await visitors.meet(kept.secret)

    assert late.expired
    assert late.session is None
    assert late.secret != kept.secret


async def test_a_forgotten_session_opens_nothing_any_more(
    visitors: Visitors, store: MemorySessions
) -> None:
    kept = await visitors.keep(await visitors.meet(None))

    somebody_else = await visitors.forget(kept)

    assert somebody_else.secret != kept.secret
    assert store.rows == {}
    assert (await visitors.meet(kept.secret)).session is None


def test_the_form_token_gives_no_secret_away() -> None:
    secret = "s" * 22

    assert secret not in form_token(secret)
    assert form_token(secret) != form_token("t" * 22)
    assert len(form_token(secret)) == 32


@pytest.mark.parametrize("secure", [True, False])
async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    visitors: Visitors, secure: bool
) -> None:
    response = Response()
    visitor = await visitors.meet(None)

    set_cookie(response, visitor, secure=secure)

    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"tellback={visitor.secret};")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert ("Secure" in cookie) is secure
