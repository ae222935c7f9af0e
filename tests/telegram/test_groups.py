"""Groups and channels as the bot meets them."""

from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import Update

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


async def fresh(bot: "Bot", telegram: FakeTelegram) -> None:
    await bot.get_updates(offset=telegram.updates.next_id)


async def test_a_bot_that_is_added_hears_of_it_and_may_write(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    await fresh(bot, telegram)
    group = telegram.group(title="Staff room")
    with pytest.raises(TelegramForbiddenError, match="not a member of the group chat"):
        await bot.send_message(group.id, "x")
    await group.adds_bot(tom)
    added, said = await bot.get_updates()
    assert added.my_chat_member is not None
    assert added.my_chat_member.new_chat_member.status == "member"
    assert said.message is not None
    assert said.message.chat.title == "Staff room"
    await bot.send_message(group.id, "hello all")
    assert [each.text for each in group.screen if each.by_bot] == ["hello all"]


async def test_what_is_said_and_tapped_in_a_group_names_the_group_and_the_person(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    group = telegram.group()
    await group.adds_bot(tom)
    await fresh(bot, telegram)
    said = await group.hears(tom, "/survey@tellback_test_bot")
    query = await group.forge_callback(tom, "data", said)
    message, tap = await bot.get_updates()
    assert message.message is not None
    assert (message.message.chat.id, message.message.from_user.id) == (group.id, tom.id)  # type: ignore[union-attr]
    assert tap.callback_query is not None
    assert tap.callback_query.from_user.id == tom.id
    assert list(group.spinning) == [query]
    await bot.answer_callback_query(query, text="in private, please")
    assert not group.spinning


async def test_an_upgraded_group_has_a_new_id_and_the_old_one_says_so(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    old = telegram.group()
    await old.adds_bot(tom)
    await fresh(bot, telegram)
    new = await old.upgrades(tom)
    leaving, arriving = await bot.get_updates()
    assert leaving.message is not None
    assert arriving.message is not None
    assert leaving.message.migrate_to_chat_id == new.id == arriving.message.chat.id
    assert arriving.message.migrate_from_chat_id == old.id
    with pytest.raises(TelegramMigrateToChat) as caught:
        await bot.send_message(old.id, "x")
    assert caught.value.migrate_to_chat_id == new.id
    await bot.send_message(new.id, "x")


async def test_a_demoted_bot_may_read_and_not_write_and_a_removed_one_neither(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    group = telegram.group()
    await group.adds_bot(tom, administrator=True)
    await group.demotes_bot(tom)
    with pytest.raises(TelegramBadRequest, match="not enough rights"):
        await bot.send_message(group.id, "x")
    await group.removes_bot(tom)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "x")


async def test_a_channel_posts_without_an_author(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    channel = telegram.group(title="News", kind="channel")
    await channel.adds_bot(tom)
    with pytest.raises(TelegramBadRequest, match="administrator rights"):
        await bot.send_message(channel.id, "x")
    await fresh(bot, telegram)
    await channel.posts("news")
    (post,) = await bot.get_updates()
    assert isinstance(post, Update)
    assert post.channel_post is not None
    assert post.channel_post.from_user is None


async def test_a_forwarded_message_leaves_its_buttons_behind(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    group = telegram.group()
    await group.adds_bot(tom)
    await bot.send_message(tom.id, "a question")
    await fresh(bot, telegram)
    shown = await group.forwards(tom, await tom.sees("a question"))
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.forward_origin is not None
    assert shown.rows == ()
