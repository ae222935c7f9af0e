"""Signing in by password: no account discovery, limits, and where it leads."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from survey.domain.accounts import Purpose, Stage
from survey.errors import SignInRefused, TooManyTries
from survey.services.passwords import OWASP, Passwords
from tests.support.application import CHEAP, Running
from tests.support.signing import ADDRESS, PASSWORD, VIEWER, a_link, an_account, set_up

EMAIL = "ann.lee@barnet.example"


async def wrong(here: Running, email: str = EMAIL, address: str = ADDRESS) -> type[Exception]:
    """What a wrong password is answered with."""
    with pytest.raises((SignInRefused, TooManyTries)) as refusal:
        await here.core.sign_in.password(email, "quite another one", address=address)
    return refusal.type


async def test_a_manager_goes_on_to_set_up_the_second_factor_and_then_to_give_it(
    here: Running,
) -> None:
    await an_account(here, password=PASSWORD)

    first = await here.core.sign_in.password(f" {EMAIL.upper()} ", PASSWORD, address=ADDRESS)
    await set_up(here, first)
    second = await here.core.sign_in.password(EMAIL, PASSWORD, address=ADDRESS)

    assert (first.session.stage, second.session.stage) == (Stage.SET_UP, Stage.SECOND_FACTOR)


async def test_a_viewer_with_a_password_is_signed_in(here: Running) -> None:
    await an_account(here, grants=[VIEWER], password=PASSWORD)

    begun = await here.core.sign_in.password(EMAIL, PASSWORD, address=ADDRESS)

    assert begun.session.stage is Stage.WHOLE


@pytest.mark.parametrize("case", ["nobody", "no password", "ended", "wrong", "no address"])
async def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(
    here: Running, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case == "no password":
        await an_account(here)
    if case in ("wrong", "ended"):
        ended = here.clock.now() if case == "ended" else None
        await an_account(here, password="quite another one, ended", ended_at=ended)
    verified: list[object] = []
    monkeypatch.setattr(Argon2Hasher, "verify", lambda *given: verified.append(given))
    email = "ann.lee" if case == "no address" else EMAIL

    with pytest.raises(SignInRefused) as refusal:
        await here.core.sign_in.password(email, PASSWORD, address=ADDRESS)

    assert (str(refusal.value), len(verified)) == ("password", 1)


async def test_a34_2000_guesses_find_nothing_and_are_locked_after_10(here: Running) -> None:
    """A34."""
    await an_account(here, password=PASSWORD)

    answers: list[type[Exception]] = []
    for _ in range(100):
        answers += await asyncio.gather(
            *(wrong(here, address=f"192.0.2.{each}") for each in range(20))
        )

    assert Counter(answers) == {SignInRefused: 10, TooManyTries: 1_990}
    with pytest.raises(TooManyTries):
        await here.core.sign_in.password(EMAIL, PASSWORD, address=ADDRESS)


async def test_guesses_at_once_are_no_more_than_one_after_another(here: Running) -> None:
    await an_account(here, password=PASSWORD)

    answers = await asyncio.gather(*(wrong(here) for _ in range(30)))

    assert answers.count(SignInRefused) == 10


async def test_an_address_without_an_account_is_locked_alike(here: Running) -> None:
    answers = [await wrong(here, "nobody@barnet.example") for _ in range(11)]

    assert answers == [SignInRefused] * 10 + [TooManyTries]


async def test_a_lock_opens_by_itself_however_often_it_was_tried_meanwhile(here: Running) -> None:
    await an_account(here, password=PASSWORD)
    for _ in range(20):
        await wrong(here)
        here.clock.advance(timedelta(seconds=40))

    here.clock.advance(timedelta(minutes=2))

    assert await here.core.sign_in.password(EMAIL, PASSWORD, address=ADDRESS)


async def test_who_is_locked_out_still_comes_in_by_a_link(here: Running) -> None:
    account = await an_account(here, password=PASSWORD)
    for _ in range(11):
        await wrong(here)

    begun = await here.core.sign_in.open(await a_link(here, account, Purpose.EMAIL), password=None)

    assert begun.session.stage is Stage.SET_UP


async def test_a_right_password_wipes_out_the_wrong_ones(here: Running) -> None:
    await an_account(here, password=PASSWORD)
    for _ in range(2):
        for _ in range(9):
            assert await wrong(here) is SignInRefused
        begun = await here.core.sign_in.password(EMAIL, PASSWORD, address=ADDRESS)
        assert begun.session.stage is Stage.SET_UP


async def test_one_place_may_be_wrong_100_times_about_whomever(here: Running) -> None:
    answers = [await wrong(here, f"p{each}@barnet.example") for each in range(102)]

    assert answers == [SignInRefused] * 100 + [TooManyTries] * 2
    assert await wrong(here, address="198.51.100.1") is SignInRefused


async def test_no_password_is_kept_and_two_that_are_the_same_are_kept_differently() -> None:
    keeper = Passwords(CHEAP)

    kept = [await keeper.hash(PASSWORD), await keeper.hash(PASSWORD)]

    assert kept[0] != kept[1]
    assert all(each.startswith("$argon2id$") and PASSWORD not in each for each in kept)


async def test_a_password_is_the_same_however_its_letters_were_composed() -> None:
    keeper = Passwords(CHEAP)

    assert await keeper.matches("pwll y gwyddi\u0302w", await keeper.hash("pwll y gwydd\u00eew"))


@pytest.mark.parametrize("odd", ["", "\0", "\udc80" * 12, "x" * 100_000])
async def test_odd_passwords_are_wrong_and_no_more(odd: str) -> None:
    keeper = Passwords(CHEAP)

    assert not await keeper.matches(odd, await keeper.hash(PASSWORD))
    assert not await keeper.matches(odd, None)


def test_in_production_a_hash_costs_what_owasp_asks_for() -> None:
    assert (OWASP.memory, OWASP.rounds, OWASP.threads) >= (19 * 1024, 2, 1)


async def test_many_guesses_at_once_from_one_place_learn_no_more_than_as_many_in_turn(
    here: Running,
) -> None:
    """One password tried on everybody: all are sent before the first is found to be wrong."""
    answers = Counter(
        await asyncio.gather(*(wrong(here, f"p{each}@barnet.example") for each in range(160)))
    )

    # On PostgreSQL as many as it has connections may pass together.
    assert 100 <= answers[SignInRefused] <= 100 + 20
    assert answers[TooManyTries] == 160 - answers[SignInRefused]
