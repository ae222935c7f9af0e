"""B47: what ends, ends at once: the next click of an open page leads to the sign-in.

Nothing of a sign-in is remembered between requests, so "within 60 seconds" is the next request.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from api.access import Rule
from api.cookies import Cookie, name_of
from survey.domain.accounts import Account, Grant, Method, Role, Stage
from survey.errors import Unknown
from survey.services.staff_sessions import IDLE, LONGEST
from tests.doors.reading import House, furnished
from tests.doors.routes import addresses, doors
from tests.doors.world import Caller
from tests.support.application import Running
from tests.support.staff import an_account, staff_secret_of

ADMINISTRATOR: Final = Grant(Role.ADMINISTRATOR)

Ending = Callable[[Running, Account], Awaitable[str]]
"""Signs in, lets it end, and gives the secret that the browser still holds."""


async def keep(here: Running, account: Account) -> None:
    async with here.core.begin() as work:
        await work.accounts.put(account)
        await work.commit()


async def the_account_ended(here: Running, account: Account) -> str:
    secret = await staff_secret_of(here, account)
    await keep(here, replace(account.next_generation(), ended_at=here.clock.now()))
    return secret


async def the_account_ended_under_the_same_generation(here: Running, account: Account) -> str:
    secret = await staff_secret_of(here, account)
    await keep(here, replace(account, ended_at=here.clock.now()))
    return secret


async def the_role_changed(here: Running, account: Account) -> str:
    secret = await staff_secret_of(here, account)
    grants = frozenset({Grant(Role.VIEWER, unit="k-south")})
    await keep(here, replace(account.next_generation(), grants=grants))
    return secret


async def all_sessions_were_ended(here: Running, account: Account) -> str:
    secret = await staff_secret_of(here, account)
    async with here.core.begin() as work:
        await work.staff_sessions.remove_of(account.id)
        await work.commit()
    return secret


async def a_working_day_passed(here: Running, account: Account) -> str:
    secret = await staff_secret_of(here, account)
    steps = 14
    for _ in range(steps):  # never idle
        here.clock.advance(LONGEST / steps)
        with suppress(Unknown):
            await here.core.staff_sessions.who(secret)
    here.clock.advance(timedelta(seconds=1))
    return secret


async def an_hour_passed_without_a_click(here: Running, account: Account) -> str:
    secret = await staff_secret_of(here, account)
    here.clock.advance(IDLE + timedelta(seconds=1))
    return secret


async def the_second_factor_is_missing(here: Running, account: Account) -> str:
    return await _stage(here, account, Stage.SECOND_FACTOR)


async def the_second_factor_is_not_set_up(here: Running, account: Account) -> str:
    return await _stage(here, account, Stage.SET_UP)


async def _stage(here: Running, account: Account, stage: Stage) -> str:
    begun = await here.core.staff_sessions.start(account, stage=stage, method=Method.PASSWORD)
    return begun.secret


async def the_secret_is_made_up(_: Running, __: Account) -> str:
    return "x" * 32


async def the_secret_is_no_text(_: Running, __: Account) -> str:
    return "%00%ff'--<b>"


ENDINGS: Final[tuple[Ending, ...]] = (
    the_account_ended,
    the_account_ended_under_the_same_generation,
    the_role_changed,
    all_sessions_were_ended,
    a_working_day_passed,
    an_hour_passed_without_a_click,
    the_second_factor_is_missing,
    the_second_factor_is_not_set_up,
    the_secret_is_made_up,
    the_secret_is_no_text,
)


@pytest.fixture
async def house(here: Running) -> AsyncIterator[House]:
    async with furnished(here) as whole:
        yield whole


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda each: each.__name__)
async def test_b47_the_next_click_leads_to_the_sign_in_and_shows_nothing(
    ending: Ending, house: House
) -> None:
    account = await an_account(house.here, ADMINISTRATOR)
    headers = await house.headers(Caller("before", account=account))
    assert (await house.call(Caller("before"), "GET", "/staff", headers)).status == 200

    secret = await ending(house.here, account)

    somebody = Caller(ending.__name__)
    headers = {"Cookie": f"{name_of(Cookie.STAFF, house.here.core.settings)}={secret}"}
    closed = 0
    for door in doors(house.app):
        if door.rule not in (Rule.STAFF, Rule.FIGURES):
            continue
        for address in addresses(door, house.planted, places=False):
            reading = await house.call(somebody, door.method, address, headers)
            assert house.wrong(reading, somebody) == []
            if door.path.startswith("/api/"):
                assert reading.status == 401, reading
            else:
                assert reading.status == 303, reading
                assert reading.location.startswith("/staff/sign-in"), reading
            closed += 1
    assert closed > 5
