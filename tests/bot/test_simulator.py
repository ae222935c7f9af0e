"""The bot without Telegram: the real handlers, with chats in memory instead of messages sent."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound
from sqlalchemy import select

from bot.fetching import Fetching
from bot.inbox import Inbox
from bot.markup import Piece, View, bold, italic, to_html
from bot.screen import Screen
from bot.simulator.chats import Chats, Gone, Numbers, Said
from bot.simulator.desk import Desk, Guest, Simulated
from bot.simulator.drawer import IDLE, Drawer
from bot.simulator.reading import CannotParse, pieces_of
from bot.simulator.session import BOT, TOKEN, SimulatedSession
from survey.db.tables import attachments
from survey.domain.case_records import Attachment
from survey.domain.file_kinds import Refusal
from survey.domain.records import Chat, InboxRow, UpdateKey, owner_of
from survey.errors import Busy
from survey.wiring import RandomIds
from tests.bot.rig import Nudges, no_wait, simulator_on
from tests.support.application import NOON, Running, TestClock, running
from tests.support.cases import a_case
from tests.support.joining import a_person
from tests.support.pictures import photo

SIAN = Guest(4_503_599_627_370_495, "en")
TOM = Guest(7, "cy")


def words(said: Said) -> str:
    return "".join(piece.text for piece in said.pieces)


def chat_of(desk: Desk, guest: Guest = SIAN) -> Sequence[Said]:
    pane = desk.chats.look(guest.user)
    return tuple(pane.said.values()) if pane else ()


def newest(desk: Desk, guest: Guest = SIAN) -> Said:
    return chat_of(desk, guest)[-1]


def labels(said: Said) -> list[str]:
    return [key.text for row in said.keys for key in row]


async def presses(bot: Simulated, desk: Desk, label: str, guest: Guest = SIAN) -> Said:
    """Tap a button of the newest message."""
    message = newest(desk, guest)
    [key] = [each for row in message.keys for each in row if each.text == label]
    await bot.press(guest, message.id, key.data)
    return newest(desk, guest)


def desk_of(here: Running, **patience: float) -> Desk:
    return Desk(here.core.clock, here.core.ids, **patience)


async def comes_to_the_first_question(bot: Simulated, desk: Desk, guest: Guest = SIAN) -> Said:
    await bot.say(guest, "/start s_people-pulse")
    await presses(bot, desk, "Start", guest)
    await bot.say(guest, "oak")
    return await presses(bot, desk, "Oakfield Primary School", guest)


# --- a whole conversation ---


async def test_a_survey_is_played_to_its_receipt_by_the_real_handlers(here: Running) -> None:
    await here.publish("people-pulse")
    desk, worker = desk_of(here), Nudges()
    async with simulator_on(here.core, desk, worker) as bot:
        asked = await comes_to_the_first_question(bot, desk)
        assert words(asked).startswith("1 of 8\nI am proud")
        for _ in range(7):
            await presses(bot, desk, "Agree")
        await bot.say(SIAN, "More <b>light</b> & air")
        checked = newest(desk)
        ended = await presses(bot, desk, "Send")

    assert "More <b>light</b> & air" in words(checked)
    assert "Receipt " in words(ended)
    assert ended.keys == ()
    assert ended.id == checked.id
    assert worker.count == 1


async def test_each_visitor_has_a_chat_of_their_own_in_the_language_of_their_page(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.say(SIAN, "/start s_people-pulse")
        await bot.say(TOM, "/start s_people-pulse")

    assert [each.by_bot for each in chat_of(desk)] == [False, True]
    assert "Start" in labels(newest(desk))
    assert "Dechrau" in labels(newest(desk, TOM))
    assert [newest(desk).language, newest(desk, TOM).language] == ["en", "cy"]


async def test_a_language_chosen_in_the_chat_holds_for_the_message_that_says_so(
    here: Running,
) -> None:
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.say(SIAN, "/language")
        await presses(bot, desk, "Cymraeg")

    assert newest(desk).language == "cy"


async def test_a_tap_that_comes_too_late_is_told_so_until_the_next_move(here: Running) -> None:
    await here.publish("people-pulse")
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        first = await comes_to_the_first_question(bot, desk)
        pressed = first.keys[0][0].data
        await bot.press(SIAN, first.id, pressed)
        await bot.press(SIAN, first.id, pressed)
        pane = desk.chats.look(SIAN.user)
        assert pane is not None
        late = pane.toast
        await presses(bot, desk, "Agree")

    assert late == "You have already answered that one."
    assert pane.toast == ""


# --- stops and restarts ---


async def test_after_a_restart_the_open_question_is_shown_again_and_old_buttons_serve(
    database_url: str, tmp_path: Path
) -> None:
    clock = TestClock()
    async with running(database_url, tmp_path, clock=clock) as here:
        await here.publish("people-pulse")
        desk = desk_of(here)
        async with simulator_on(here.core, desk) as bot:
            before = await comes_to_the_first_question(bot, desk)
    clock.advance(timedelta(minutes=1))
    async with running(database_url, tmp_path, clock=clock) as here:
        desk = desk_of(here)
        async with simulator_on(here.core, desk) as bot:
            await bot.come_back(SIAN)
            pane = desk.chats.look(SIAN.user)
            assert pane is not None
            [again] = pane.said.values()
            await bot.press(SIAN, before.id, before.keys[0][0].data)
            after = newest(desk)

    assert words(again) == words(before)
    assert pane.cut
    assert words(after).startswith("2 of 8")


async def test_what_was_kept_before_a_crash_is_applied_after_it(here: Running) -> None:
    await here.publish("people-pulse")
    update = (
        b'{"update_id": 5, "message": {"message_id": 1, "date": 1, "text": "/start s_people-pulse",'
        b'"chat": {"id": 7, "type": "private"},'
        b'"from": {"id": 7, "is_bot": false, "first_name": "Visitor"}}}'
    )
    key, payload = here.core.keys.encrypt("inbox", NOON.date().replace(day=1), update)
    async with here.core.begin() as work:
        await work.inbox.store([InboxRow(UpdateKey(BOT, 5), TOM.user, payload, key, NOON)])
        await work.commit()
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.say(Guest(TOM.user, "en"), "/help")  # in order: it comes behind what was waiting

    said, notice, helped = chat_of(desk, TOM)
    assert words(said) == "/help"
    assert labels(notice)[:2] == ["Start", "Not now"]
    assert words(helped).startswith("What I can do")


async def test_somebody_in_no_survey_comes_back_to_an_empty_chat(here: Running) -> None:
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.come_back(SIAN)

    assert chat_of(desk) == ()


async def test_forgetting_leaves_neither_chat_nor_answers_nor_choices(here: Running) -> None:
    await here.publish("people-pulse")
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.say(SIAN, "/language")
        await presses(bot, desk, "Cymraeg")
        await bot.say(SIAN, "/start s_people-pulse")
        await bot.forget(SIAN)
    async with here.core.begin.read() as work:
        kept = await work.chats.get(BOT, SIAN.user)
        conversation = await work.conversations.current(owner_of(BOT, SIAN.user))

    assert desk.chats.look(SIAN.user) is None
    assert kept is not None
    assert kept.language is None
    assert conversation is None


async def test_who_writes_while_the_bot_starts_waits_and_in_the_end_is_told(here: Running) -> None:
    desk = desk_of(here, patience=0.01)
    with pytest.raises(Busy):
        await desk.started()
    async with simulator_on(here.core, desk) as bot:
        assert await desk.started() is bot
    with pytest.raises(Busy):
        await desk.started()


async def test_what_could_not_be_kept_is_not_shown_as_said(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(inbox: Inbox, updates: object) -> None:
        raise Busy("the database is busy")

    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        monkeypatch.setattr(Inbox, "keep", refuse)
        with pytest.raises(Busy):
            await bot.say(SIAN, "/help")

    assert chat_of(desk) == ()


# --- the transport, as strict as Telegram's ---


class Transport:
    """A screen on a simulated session."""

    def __init__(self) -> None:
        self.clock = TestClock()
        self.chats = Chats(self.clock)
        session = SimulatedSession(
            self.chats, Numbers(self.clock), self.clock, Drawer(self.clock, RandomIds())
        )
        self.bot = Bot(TOKEN, session=session)
        self.screen = Screen(self.bot, sleep=no_wait)

    def said(self) -> list[str]:
        pane = self.chats.look(1)
        return [words(each) for each in pane.said.values()] if pane else []


async def test_an_edit_replaces_in_place_and_one_of_a_lost_message_comes_at_the_bottom() -> None:
    here = Transport()
    first = await here.screen.send(1, View("one"))
    assert first is not None
    assert await here.screen.replace(1, first, View("two")) == first
    assert here.said() == ["two"]
    assert await here.screen.replace(1, first, View("two")) == first
    assert await here.screen.replace(1, 99, View("three")) != first
    assert here.said() == ["two", "three"]


async def test_a_message_is_taken_out_of_play_or_away() -> None:
    here = Transport()
    for keep in (True, False):
        message = await here.screen.send(1, View("one"))
        assert message is not None
        await here.screen.retire(1, message, keep=keep)
    assert here.said() == ["one"]


async def test_markup_that_cannot_be_read_and_unknown_methods_are_refused() -> None:
    here = Transport()
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await here.screen.send(1, View("<script>"))
    with pytest.raises(TelegramNotFound):
        await here.bot.get_webhook_info()
    with pytest.raises(TelegramBadRequest, match="not found"):
        await here.bot.delete_message("@channel", 1)
    assert (await here.bot.me()).id == BOT
    assert here.said() == []


async def test_text_without_markup_is_taken_as_it_is() -> None:
    here = Transport()
    await here.bot.send_message(1, "1 < 2")
    assert here.said() == ["1 < 2"]


def test_what_the_bot_writes_is_read_back_piece_by_piece() -> None:
    pieces = (bold("Tom & <b>"), Piece("\n1 < 2 &amp; "), italic("ŷ 🙂"))
    assert pieces_of(to_html(pieces)) == pieces


@pytest.mark.parametrize("html", ["<b>x", "x</b>", "<b><i>x</i></b>", "<b class='x'>x</b>", "<p>x"])
def test_other_markup_is_not_read(html: str) -> None:
    with pytest.raises(CannotParse):
        pieces_of(html)


# --- bounds ---


def a_message(number: int) -> Said:
    return Said(id=number, at=NOON, by_bot=True, pieces=(Piece(str(number)),))


def test_a_chat_keeps_its_newest_messages_and_says_that_there_were_more() -> None:
    chats = Chats(TestClock(), most_said=2)
    for number in (1, 2, 3):
        chats.add(1, a_message(number))
    pane = chats.open(1)
    assert (list(pane.said), pane.cut) == ([2, 3], True)
    with pytest.raises(Gone):
        chats.remove(1, 1)


def test_the_chats_that_were_looked_at_last_are_kept() -> None:
    chats = Chats(TestClock(), most=2)
    for user in (1, 2):
        chats.open(user)
    chats.look(1)
    chats.open(3)
    assert [user for user in (1, 2, 3) if chats.look(user)] == [1, 3]


def test_a_chat_that_nobody_looks_at_is_not_kept() -> None:
    clock = TestClock()
    chats = Chats(clock, idle=timedelta(hours=1))
    chats.open(1)
    clock.advance(timedelta(minutes=40))
    assert chats.look(1) is not None
    clock.advance(timedelta(minutes=61))
    assert chats.look(1) is None


def test_a_persons_own_message_cannot_be_edited_by_the_bot() -> None:
    chats = Chats(TestClock())
    chats.add(1, Said(id=1, at=NOON, by_bot=False, pieces=(Piece("mine"),)))
    with pytest.raises(Gone):
        chats.edit(1, 1, keys=())


def test_numbers_rise_and_do_not_come_again_after_a_restart() -> None:
    clock = TestClock()
    first = [Numbers(clock).next() for _ in range(1)]
    numbers = Numbers(clock)
    run = [numbers.next() for _ in range(3)]
    clock.advance(timedelta(seconds=1))
    assert run == sorted(set(run))
    assert Numbers(clock).next() > max(run + first)


# --- files ---


async def fetched(here: Running, desk: Desk) -> None:
    """What the job of the simulated bot does every two seconds."""
    session = SimulatedSession(desk.chats, Numbers(here.clock), here.clock, desk.drawer)
    async with Bot(TOKEN, session=session) as bot:
        while await here.core.attachments.fetch(Fetching(bot).get, here=True):
            pass


async def files_of(here: Running) -> Sequence[Attachment]:
    async with here.core.database.reading() as connection:
        of = await connection.scalar(select(attachments.c.conversation))
    assert of is not None
    async with here.core.begin.read() as work:
        return await work.attachments.of_conversation(of)


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [("desk.jpg", photo(), "photo.jpg"), ("list.csv", b"name,pay\nA,1\n", "list.csv")],
)
async def test_a_file_with_words_begins_a_report_by_the_way_of_telegrams(
    name: str, content: bytes, kept: str, here: Running
) -> None:
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.send(SIAN, name, content, "payslip wrong again")
        own, asked = chat_of(desk)
        await fetched(here, desk)
        (file,) = await files_of(here)
        served = await here.core.attachments.read(file)

    assert words(own) == f"{name}\npayslip wrong again"
    assert "Added to your report" in words(asked)
    assert served.name == kept
    assert file.source == ""


async def test_a_tap_below_the_bots_question_brings_the_file_along_that_it_is_about(
    here: Running,
) -> None:
    desk, who = desk_of(here), await a_person(here)
    case = await a_case(here, person=who.id, unit="oakfield", text="Wrong payslip")
    async with simulator_on(here.core, desk) as bot:
        async with here.core.begin() as work:
            await work.chats.put(Chat(BOT, SIAN.user))
            await work.chats.link(BOT, SIAN.user, who.id)
            await work.commit()
        await bot.send(SIAN, "list.csv", b"name,pay\nA,1\n", "")
        assert words(newest(desk)).startswith("Is this for one of your reports?")
        await presses(bot, desk, f"{case.reference} Payroll")
        assert words(newest(desk)).startswith(f"Added to {case.reference}.")
        await fetched(here, desk)
    async with here.core.begin.read() as work:
        (file,) = await work.attachments.of_case(case.id)
    assert (file.name, file.entry) == ("list.csv", 2)


async def test_a_bot_of_telegram_asks_for_no_file_of_the_simulated_one(here: Running) -> None:
    desk = desk_of(here)

    async def get(source: str) -> bytes:
        raise AssertionError(source)

    async with simulator_on(here.core, desk) as bot:
        await bot.send(SIAN, "list.csv", b"name,pay\nA,1\n", "")
        assert not await here.core.attachments.fetch(get)
        await fetched(here, desk)
    (file,) = await files_of(here)
    assert file.digest


async def test_a_file_that_is_gone_before_it_was_fetched_is_lost_as_at_telegram(
    here: Running,
) -> None:
    desk = desk_of(here)
    async with simulator_on(here.core, desk) as bot:
        await bot.send(SIAN, "list.csv", b"name,pay\nA,1\n", "")
        here.clock.advance(IDLE)
        await fetched(here, desk)
    (file,) = await files_of(here)
    assert file.refused == Refusal.LOST


def test_the_drawer_holds_so_much_and_drops_the_oldest() -> None:
    clock = TestClock()
    drawer = Drawer(clock, RandomIds(), most_bytes=10)
    first, second, third = drawer.put(b"12345"), drawer.put(b"67890"), drawer.put(b"1")
    assert [drawer.get(each) for each in (first, second, third)] == [None, b"67890", b"1"]
    large = drawer.put(b"x" * 11)
    assert drawer.get(large) == b"x" * 11
    clock.advance(IDLE)
    assert drawer.get(large) is None
