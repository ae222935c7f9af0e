"""Files of people, albums and replies in the fake: as strict as Telegram."""

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ReplyParameters

from tests.telegram.client import bot_of
from tests.telegram.people import PHOTO, Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


@pytest.fixture
def person(telegram: FakeTelegram) -> Person:
    return telegram.person()


async def file_ids(bot: "Bot") -> list[str]:
    """Of what people sent, the largest of each photo."""
    found = []
    for update in await bot.get_updates(timeout=0):
        message = update.message
        assert message is not None
        if message.photo:
            found.append(message.photo[-1].file_id)
        elif sent := message.document or message.voice:
            found.append(sent.file_id)
    return found


async def test_a_photo_comes_in_two_sizes_and_is_had_by_the_way_that_get_file_tells(
    bot: "Bot", person: Person
) -> None:
    await person.sends_photo("payslip")
    [update] = await bot.get_updates(timeout=0)
    assert update.message is not None
    assert update.message.caption == "payslip"
    assert update.message.photo is not None
    small, large = update.message.photo
    assert (small.width, large.width) == (90, 1280)

    file = await bot.get_file(large.file_id)
    content = BytesIO()
    await bot.download_file(file.file_path or "", content)

    assert content.getvalue() == PHOTO
    assert file.file_size == len(PHOTO)


async def test_what_is_unknown_or_too_big_has_no_way(bot: "Bot", person: Person) -> None:
    await person.sends_document("film.pdf", size=50_000_000)
    [too_big] = await file_ids(bot)
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(too_big)
    with pytest.raises(TelegramBadRequest, match="wrong file_id"):
        await bot.get_file("file-99")


async def test_a_way_is_good_for_an_hour_and_with_the_token_alone(
    bot: "Bot", person: Person, telegram: FakeTelegram
) -> None:
    await person.sends_voice()
    [voice] = await file_ids(bot)
    path = (await bot.get_file(voice)).file_path or ""

    async def status(token: str, path: str) -> int:
        address = f"{telegram.base_url}/file/bot{token}/{path}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status

    assert await status(telegram.token, path) == 200
    assert await status("1:another", path) == 401
    assert await status(telegram.token, "files/other") == 404
    telegram.clock.advance(timedelta(hours=1))
    assert await status(telegram.token, path) == 404


async def test_an_album_is_a_message_for_each_photo_with_the_words_at_the_first(
    bot: "Bot", person: Person
) -> None:
    await person.sends_album(*[PHOTO] * 10, caption="ten pages")
    messages = [each.message for each in await bot.get_updates(timeout=0)]

    assert len({each.media_group_id for each in messages if each}) == 1
    assert [each.caption for each in messages if each] == ["ten pages", *[None] * 9]
    assert len({each.photo[-1].file_id for each in messages if each and each.photo}) == 10


async def test_an_answer_brings_along_what_it_answers_as_long_as_that_is_there(
    bot: "Bot", person: Person, telegram: FakeTelegram
) -> None:
    question = await person.sends("Which one?")
    about = ReplyParameters(message_id=question.message_id, allow_sending_without_reply=True)
    ours = await bot.send_message(person.id, "This one?", reply_parameters=about)
    assert ours.reply_to_message is not None
    assert ours.reply_to_message.text == "Which one?"

    await person.replies(person.screen[-1], "Yes")
    *_, update = await bot.get_updates(timeout=0)
    assert update.message is not None
    answered = update.message.reply_to_message
    assert answered is not None
    assert (answered.text, answered.reply_to_message) == ("This one?", None)

    async with bot_of(telegram) as again:
        await again.delete_message(person.id, question.message_id)
        alone = await again.send_message(person.id, "And now?", reply_parameters=about)
    assert alone.reply_to_message is None
