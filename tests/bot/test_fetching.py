"""Files that people sent, got from Telegram: what works later, what never will, and how much."""

from collections.abc import AsyncIterator
from traceback import format_exception

import pytest

from bot.fetching import Fetching
from survey.domain.file_kinds import MOST_BYTES, Refusal
from survey.errors import Busy, FileRefused, NotFound
from tests.bot.rig import caller
from tests.telegram.people import PHOTO, Person
from tests.telegram.server import FakeTelegram


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def fetching(telegram: FakeTelegram) -> AsyncIterator[Fetching]:
    async with caller(telegram) as bot:
        yield Fetching(bot)


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person()


async def test_a_file_is_got_by_its_id(fetching: Fetching, sian: Person) -> None:
    await sian.sends_photo()
    assert await fetching.get("file-2") == PHOTO


async def test_what_telegram_does_not_know_any_more_is_not_found(
    fetching: Fetching, telegram: FakeTelegram, sian: Person
) -> None:
    with pytest.raises(NotFound):
        await fetching.get("file-9")
    await sian.sends_photo()
    telegram.fail_next("download", error_code=404, description="Not Found")
    with pytest.raises(NotFound):
        await fetching.get("file-2")


async def test_what_telegram_says_is_too_big_is_refused(fetching: Fetching, sian: Person) -> None:
    await sian.sends_document("film.pdf", size=50_000_000)
    with pytest.raises(FileRefused) as refused:
        await fetching.get("file-1")
    assert refused.value.reason == Refusal.TOO_LARGE


@pytest.mark.parametrize("said", [MOST_BYTES + 1, 1])
async def test_more_bytes_than_a_file_may_have_are_refused_whatever_was_said_of_its_size(
    said: int, fetching: Fetching, sian: Person
) -> None:
    await sian.sends_document("list.pdf", content=b"x" * (MOST_BYTES + 1), size=said)
    with pytest.raises(FileRefused) as refused:
        await fetching.get("file-1")
    assert refused.value.reason == Refusal.TOO_LARGE


@pytest.mark.parametrize("method", ["getFile", "download"])
async def test_what_fails_on_the_way_is_tried_again_later_and_no_error_tells_the_token(
    method: str, fetching: Fetching, telegram: FakeTelegram, sian: Person
) -> None:
    await sian.sends_photo()
    telegram.fail_next(method, error_code=502, description="Bad Gateway")
    with pytest.raises(Busy) as busy:
        await fetching.get("file-2")

    assert await fetching.get("file-2") == PHOTO
    assert telegram.token not in "".join(format_exception(busy.value))
