"""The second factor: codes of the app, recovery codes, and how often they may be wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from pydantic import SecretStr

from survey.domain.accounts import Account, Purpose, Stage
from survey.errors import FeedbackError, SignInRefused, TooManyTries, Unknown
from survey.services.staff_sessions import Begun
from tests.support.application import SECRET, Running, running
from tests.support.signing import (
    ADDRESS,
    PASSWORD,
    VIEWER,
    a_link,
    an_account,
    code_of,
    kept,
    set_up,
)

LATER = timedelta(minutes=1)


async def first_factor(here: Running, account: Account) -> Begun:
    return await here.core.sign_in.password(account.email, PASSWORD, address=ADDRESS)


async def with_app(here: Running) -> tuple[Account, str, tuple[str, ...]]:
    """An account whose second factor is set up: the app's secret, the recovery codes."""
    account = await an_account(here, password=PASSWORD)
    secret, _, codes = await set_up(here, await first_factor(here, account))
    here.clock.advance(LATER)
    return account, secret, codes


async def wrong(here: Running, begun: Begun, code: str = "000000") -> type[Exception]:
    with pytest.raises(FeedbackError) as refusal:
        await here.core.sign_in.code(begun.secret, code)
    return refusal.type


async def test_setting_it_up_shows_the_same_secret_until_a_code_confirms_it(
    here: Running,
) -> None:
    account = await an_account(here, password=PASSWORD)
    begun = await first_factor(here, account)

    shown = [await here.core.sign_in.new_totp(begun.secret) for _ in range(2)]
    uri, secret = shown[0]
    with pytest.raises(SignInRefused):
        await here.core.sign_in.set_up_totp(begun.secret, "000000")
    before = await kept(here, account)
    whole, codes = await here.core.sign_in.set_up_totp(begun.secret, code_of(here, secret))

    assert shown[0] == shown[1]
    assert pyotp.parse_uri(uri).secret == secret
    assert (account.email.replace("@", "%40") in uri, "Barnet%20Council" in uri) == (True, True)
    assert before.totp is None
    assert whole.session.stage is Stage.WHOLE
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})


async def test_the_session_of_the_first_factor_opens_nothing_afterwards(here: Running) -> None:
    account, secret, _ = await with_app(here)
    begun = await first_factor(here, account)

    whole = await here.core.sign_in.code(begun.secret, code_of(here, secret))

    assert whole.secret != begun.secret
    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(begun.secret)
    with pytest.raises(Unknown):
        await here.core.sign_in.code(whole.secret, code_of(here, secret))


async def test_it_is_set_up_once_only(here: Running) -> None:
    account, _, _ = await with_app(here)
    begun = await first_factor(here, account)

    for attempt in (
        here.core.sign_in.new_totp(begun.secret),
        here.core.sign_in.set_up_totp(begun.secret, "000000"),
    ):
        with pytest.raises(Unknown):
            await attempt


@pytest.mark.parametrize(
    ("seconds", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
async def test_a_clock_may_be_half_a_minute_off(here: Running, seconds: int, taken: bool) -> None:
    account, secret, _ = await with_app(here)
    here.clock.advance(timedelta(minutes=2))
    begun = await first_factor(here, account)
    code = pyotp.TOTP(secret).at(here.clock.now() + timedelta(seconds=seconds))

    if not taken:
        assert await wrong(here, begun, code) is SignInRefused
        return
    assert (await here.core.sign_in.code(begun.secret, code)).session.stage is Stage.WHOLE


async def test_a_code_counts_once_even_at_the_same_time(here: Running) -> None:
    account, secret, _ = await with_app(here)
    begun = [await first_factor(here, account) for _ in range(4)]
    code = code_of(here, secret)

    results = await asyncio.gather(
        *(here.core.sign_in.code(each.secret, code) for each in begun), return_exceptions=True
    )

    assert sum(isinstance(result, Begun) for result in results) == 1
    assert await wrong(here, await first_factor(here, account), code) is SignInRefused


async def test_a_change_of_the_account_does_not_make_a_used_code_count_again(
    here: Running,
) -> None:
    account, secret, _ = await with_app(here)
    read_before = await kept(here, account)
    code = code_of(here, secret)
    await here.core.sign_in.code((await first_factor(here, account)).secret, code)

    async with here.core.begin() as work:
        assert await work.accounts.save(read_before, expected_generation=read_before.generation)
        await work.commit()

    assert await wrong(here, await first_factor(here, account), code) is SignInRefused


@pytest.mark.parametrize("written", [str, str.upper, lambda code: code.replace("-", " ")])
async def test_a_recovery_code_counts_once_however_it_is_written(
    here: Running, written: object
) -> None:
    account, _, codes = await with_app(here)
    assert callable(written)

    whole = await here.core.sign_in.code(
        (await first_factor(here, account)).secret, written(codes[3])
    )

    assert whole.session.stage is Stage.WHOLE
    assert await wrong(here, await first_factor(here, account), codes[3]) is SignInRefused
    async with here.core.begin.read() as work:
        assert await work.accounts.count_recovery_codes(account.id) == 9


async def test_five_wrong_codes_end_the_session_and_ten_lock_the_account_for_a_while(
    here: Running,
) -> None:
    account, secret, _ = await with_app(here)
    answers = []
    for _ in range(2):
        begun = await first_factor(here, account)
        answers += [await wrong(here, begun) for _ in range(5)]
    begun = await first_factor(here, account)

    assert answers == ([SignInRefused] * 4 + [Unknown]) * 2
    assert await wrong(here, begun, code_of(here, secret)) is TooManyTries
    here.clock.advance(timedelta(minutes=15))
    begun = await first_factor(here, account)
    assert await here.core.sign_in.code(begun.secret, code_of(here, secret))


async def test_2000_guesses_of_a_code_at_once_are_ten(here: Running) -> None:
    """A34: locked after 10."""
    account, secret, _ = await with_app(here)
    right = code_of(here, secret)
    guesses = [f"{number:06}" for number in range(2_000) if f"{number:06}" != right]
    answers: list[type[Exception]] = []
    while guesses:
        begun = await here.core.sign_in.open(
            await a_link(here, account, Purpose.EMAIL), password=None
        )
        answers += [await wrong(here, begun, guesses.pop()) for _ in range(min(200, len(guesses)))]

    assert answers.count(SignInRefused) <= 10
    assert set(answers) <= {SignInRefused, TooManyTries, Unknown}


@pytest.mark.parametrize("odd", ["", "12345", "1234567", "½¾", "\udc80", "\0" * 6, "x" * 16])
async def test_odd_codes_are_wrong_and_no_more(here: Running, odd: str) -> None:
    account, _, _ = await with_app(here)

    assert await wrong(here, await first_factor(here, account), odd) is SignInRefused


async def test_a_viewer_who_has_set_one_up_is_asked_for_it(here: Running) -> None:
    account = await an_account(here, grants=[VIEWER], password=PASSWORD, totp=b"sealed")

    assert (await first_factor(here, account)).session.stage is Stage.SECOND_FACTOR


async def test_the_secret_of_the_app_is_kept_sealed(here: Running) -> None:
    account, secret, _ = await with_app(here)

    sealed = (await kept(here, account)).totp

    assert sealed is not None
    assert secret.encode() not in sealed


@asynccontextmanager
async def under(
    database_url: str, folder: Path, key: str, before: str = ""
) -> AsyncIterator[Running]:
    async with running(
        database_url,
        folder,
        secret_key=SecretStr(key),
        secret_key_previous=SecretStr(before),
    ) as here:
        yield here


async def test_a42_the_second_factor_survives_changes_of_the_secret_and_not_its_loss(
    database_url: str, tmp_path: Path
) -> None:
    """A42: the factor moves to the new key when it is used."""
    second, third = "2nd-Jk39_xQvTb71LmWz", "3rd-Pq82_zRwUc64NnXy"
    async with under(database_url, tmp_path, SECRET) as here:
        account, secret, codes = await with_app(here)
    async with under(database_url, tmp_path, second, SECRET) as here:
        here.clock.advance(2 * LATER)
        begun = await first_factor(here, account)
        await here.core.sign_in.code(begun.secret, code_of(here, secret))
        await here.core.sign_in.code((await first_factor(here, account)).secret, codes[0])
    async with under(database_url, tmp_path, third, second) as here:
        here.clock.advance(3 * LATER)
        begun = await first_factor(here, account)
        assert await here.core.sign_in.code(begun.secret, code_of(here, secret))
    async with under(database_url, tmp_path, SECRET[::-1]) as here:
        here.clock.advance(4 * LATER)
        begun = await first_factor(here, account)
        assert await wrong(here, begun, code_of(here, secret)) is SignInRefused
