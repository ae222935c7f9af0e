"""Somebody who was invited, in chat: word for word what they see, whatever they press and when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.callbacks import Asked as Button
from bot.callbacks import InvitationPress, encode
from survey.db.tables import chats
from survey.domain.audit import OPERATOR
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, WaveState
from tests.bot.rig import house, joins, newest, presses, says
from tests.support.application import Running
from tests.support.asked import WAVE, Asked, a_wave, asked, invitation_of
from tests.support.joining import kept_person, save_person
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

NOTICE = (
    "Barnet staff pulse: 8 questions, about 2 minutes\n"
    "From: People team, Barnet Council.\n"
    "Why: To see where working here gets better or worse.\n"
    "Private: Your answers go into a sealed box and are mixed with other people's before anyone "
    "can count them. We never show a figure of fewer than 10 people. Nobody can tell from the "
    "figures which answers are yours, us included.\n"
    "We note that you have answered, and never what.\n"
    "Telegram itself can see this chat. Deleting a message changes no answer.\n"
    "Privacy notice: Staff surveys, May 2026\n"
    "Open until Thursday 28 May."
)
CLOSED = "This survey closed on Thursday 28 May. Thank you anyway."
ANSWERED = "You have already answered this in May. Thank you."
SOMEBODY_ELSES = "This invitation was sent to somebody else, so it cannot be answered here."
NO_SUCH_LINK = (
    "This link does not work. It may have been used already.\n"
    "Ask whoever sent it for a new one, or send /survey."
)
WHEN = (
    ("In 1 hour",),
    ("Tomorrow 9:30",),
    ("Next week",),
    ("Don't ask me about this",),
    ("Stop all surveys",),
)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân")


@asynccontextmanager
async def invited(
    database_url: str, folder: Path, telegram: FakeTelegram, person: Person | None = None
) -> AsyncIterator[tuple[Running, Asked]]:
    """Ann, invited to a pulse; as whom `person` has joined in their chat."""
    async with house(database_url, folder, telegram) as here:
        who = await asked(here, await a_wave(here))
        if person is not None:
            await joins(here, telegram, person, who)
        yield here, who


async def closes(here: Running) -> None:
    here.clock.advance(timedelta(days=14))
    async with here.core.begin() as work:
        at = here.clock.now()
        await work.waves.set_state(WAVE, WaveState.CLOSED, at=at, was=WaveState.OPEN)
        await work.commit()


async def taps(person: Person, label: str, message: Shown) -> None:
    """A button of this message, which may be an old one."""
    query = await person.taps(label, message=message)
    await person.until(lambda: query not in person.spinning)


async def forges(person: Person, action: Button, who: Asked, message: Shown) -> None:
    """A button of somebody's invitation, below whatever message."""
    query = await person.forge_callback(encode(InvitationPress(action, who.id)), message)
    await person.until(lambda: query not in person.spinning)


async def answers_to_the_check(person: Person) -> Shown:
    await presses(person, "Agree")
    for _ in range(7):
        shown = await presses(person, "Skip")
    assert shown.text.startswith("Check your answers")
    return shown


async def test_an_invited_pulse_from_the_link_to_the_receipt_in_one_message(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram) as (here, who):
        offered = await says(sian, f"/start i_{who.token}")
        assert offered.text == NOTICE
        assert offered.buttons == (("Start", "Not now"),)
        assert (await invitation_of(here, who)).state is InvitationState.OPENED

        question = await presses(sian, "Start")
        assert question.text.startswith("1 of 8\n")
        assert question.message_id == offered.message_id
        await answers_to_the_check(sian)
        sent = await presses(sian, "Send")

        assert sent.message_id == offered.message_id
        lines = sent.text.split("\n")
        assert lines[0] == "Thank you. Your answers are in the box."
        assert lines[1].startswith("Receipt ")
        assert lines[-1] == "Results: after Thursday 28 May."
        assert "Agree" not in sent.text
        assert (await invitation_of(here, who)).mode == "chat"

        again = await says(sian, f"/start i_{who.token}")
        assert again.text == ANSWERED


async def test_not_now_asks_when_and_each_answer_says_what_happens_next(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):

        async def not_now(answer: str) -> str:
            await says(sian, f"/start i_{who.token}")
            asked_when = await presses(sian, "Not now")
            assert asked_when.text == "When shall I ask you again?"
            assert asked_when.buttons == WHEN
            return (await presses(sian, answer)).text

        to_begin = "To answer before then, send /survey."
        as_soon = "If we send no messages at that time, it comes as soon as we do."
        assert await not_now("In 1 hour") == (
            f"All right. I ask you again in 1 hour.\n{as_soon}\n{to_begin}"
        )
        assert await not_now("Tomorrow 9:30") == (
            f"All right. I ask you again on Friday 15 May at 9:30.\n{as_soon}\n{to_begin}"
        )
        held = await invitation_of(here, who)
        assert (held.state, held.reason) == (InvitationState.HELD, "snoozed")
        assert held.snoozed_until is not None
        assert held.snoozed_until.astimezone(here.core.settings.zone).hour == 9
        assert await not_now("Next week") == (
            f"All right. I ask you again on Thursday 21 May at 9:30.\n{as_soon}\n{to_begin}"
        )
        assert await not_now("Don't ask me about this") == (
            "All right. We do not ask you about this survey again.\n"
            "If you change your mind: it is open until Thursday 28 May. Send /survey."
        )
        assert (await invitation_of(here, who)).state is InvitationState.REFUSED
        assert (await kept_person(here, who.person.id)).opted_out_at is None
        assert await not_now("Stop all surveys") == (
            "You will get no more messages from us unless you write first.\n"
            "To get them again, send /start."
        )
        assert (await kept_person(here, who.person.id)).opted_out_at is not None


async def test_what_would_be_over_by_then_is_not_offered_nor_done(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        await says(sian, f"/start i_{who.token}")
        early = await presses(sian, "Not now")
        here.clock.advance(timedelta(days=13, hours=1))

        await taps(sian, "Next week", early)
        told = newest(sian)
        assert told.text == ("This survey closes on Thursday 28 May, before I could ask again.")
        await presses(sian, "Start")
        await says(sian, f"/start i_{who.token}")
        assert (await presses(sian, "Not now")).buttons[0] == ("In 1 hour",)
        assert ("Next week",) not in newest(sian).buttons


async def test_stop_refuses_what_is_open_and_start_turns_messages_on(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        await says(sian, "/stop")
        assert (await invitation_of(here, who)).state is InvitationState.REFUSED

        listed = await says(sian, "/start")
        assert listed.buttons[0] == ("Barnet staff pulse",)
        assert (await kept_person(here, who.person.id)).opted_out_at is None


async def test_b3_b6_a_press_on_an_old_message_says_that_it_closed_or_was_answered(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        old = [await says(sian, f"/start i_{who.token}") for _ in range(4)]
        await taps(sian, "Start", old[0])
        by_words = await says(sian, "Agree")
        assert by_words.text.startswith("2 of 8")
        here.clock.advance(timedelta(days=1))
        await closes(here)

        for label, message in (("Start", old[1]), ("Not now", old[2])):
            await taps(sian, label, message)
            assert sian.toasts[-1].text == CLOSED
            shown = next(each for each in sian.screen if each.message_id == message.message_id)
            assert (shown.text, shown.buttons) == (CLOSED, ())
        late = await presses(sian, "Skip")
        assert late.text == CLOSED
        assert (await says(sian, f"/start i_{who.token}")).text == CLOSED
        assert (await says(sian, "/survey")).text.endswith("There is no survey open just now.")


async def test_an_answer_that_comes_after_closing_is_told_so_at_send(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        await says(sian, f"/start i_{who.token}")
        await presses(sian, "Start")
        await answers_to_the_check(sian)
        await closes(here)

        assert (await presses(sian, "Send")).text == CLOSED
        assert (await invitation_of(here, who)).state is InvitationState.STARTED


async def test_what_was_answered_elsewhere_meanwhile_is_told_so(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        first = await says(sian, f"/start i_{who.token}")
        await presses(sian, "Start")
        await answers_to_the_check(sian)
        async with here.core.begin() as work:  # as staff key in what somebody said by telephone
            started = {InvitationState.STARTED}
            await work.invitations.set_state(who.id, InvitationState.ANSWERED, was=started)
            await work.commit()

        assert (await presses(sian, "Send")).text == ANSWERED
        await forges(sian, Button.START, who, first)
        assert sian.toasts[-1].text == ANSWERED


async def test_b6_b7_somebody_elses_invitation_is_refused_in_words_and_nothing_is_told(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        ben, nobody = telegram.person(name="Ben"), telegram.person(name="Nobody")
        async with here.core.begin.read() as work:
            wave = await work.waves.get(WAVE)
        assert wave is not None
        bens = await asked(here, wave, key="ben")
        await joins(here, telegram, ben, bens)

        for person in (ben, nobody):
            told = await says(person, f"/start i_{who.token}")
            assert told.text.split("\n")[0] == SOMEBODY_ELSES
            for action in Button:
                await forges(person, action, who, told)
                assert person.toasts[-1].text.startswith(SOMEBODY_ELSES)
            assert newest(person).text == told.text
        assert (await invitation_of(here, who)).state is InvitationState.DELIVERED


async def test_b12_every_bad_link_has_the_same_plain_page(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram) as (_here, who):
        changed = who.token[:-1] + ("A" if who.token[-1] != "A" else "E")
        for payload in ("i_", "i_x", "i_" + "x" * 43, "i_" + "x" * 63, f"i_{changed}"):
            assert (await says(sian, f"/start {payload}")).text == NO_SUCH_LINK


async def test_a34_after_ten_wrong_links_the_chat_has_to_wait_whatever_kind_they_are(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    """Guesses are counted together; whoever is in another chat is not kept waiting."""
    async with invited(database_url, tmp_path, telegram) as (_here, who):
        ben = telegram.person(name="Ben")
        for number in range(5):
            assert (await says(sian, f"/start i_{number:0>42}A")).text == NO_SUCH_LINK
            assert (await says(sian, f"/start j_{number:0>21}A")).text == NO_SUCH_LINK

        waits = "Too many links and codes did not work.\nPlease wait 15 minutes and try again."
        assert (await says(sian, f"/start i_{who.token}")).text == waits
        assert (await says(sian, "/start j_" + "0" * 21 + "A")).text == waits
        assert "Start" in (await says(ben, f"/start i_{who.token}")).buttons[0]


async def test_b17_who_blocks_the_bot_in_mid_survey_and_returns_goes_on_at_the_same_question(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        await says(sian, f"/start i_{who.token}")
        await presses(sian, "Start")
        at = (await presses(sian, "Agree")).text
        await sian.blocks()
        async with here.core.begin() as work:  # as the sender finds out
            await work.invitations.set_state(
                who.id, InvitationState.BLOCKED, was={InvitationState.STARTED}
            )
            await work.commit()
        here.clock.advance(timedelta(days=3))
        await sian.unblocks()

        back = await says(sian, "/start")
        assert "You answered 1 of 8 on Thursday." in back.text
        assert (await presses(sian, "Go on")).text == at
        for _ in range(7):
            await presses(sian, "Skip")
        await presses(sian, "Send")
        assert (await invitation_of(here, who)).state is InvitationState.ANSWERED


async def test_who_stands_for_several_units_is_offered_theirs_and_no_other(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram) as (here, who):
        both = replace(who.person, units=("elmwood", "oakfield"), revision=2)
        await save_person(here, both)

        await says(sian, f"/start i_{who.token}")
        shown = await presses(sian, "Start")

        assert shown.buttons[:2] == (("Elmwood School",), ("Oakfield Primary School",))
        found = await says(sian, "adult")
        assert "Adult Social Care" not in str(found.buttons)


async def test_a_stricter_wave_makes_a_stricter_promise(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram) as here:
        who = await asked(here, await a_wave(here, privacy=Privacy.ANONYMOUS, floor=15))

        offered = await says(sian, f"/start i_{who.token}")

        assert "Private: We do not ask who you are." in offered.text
        assert "fewer than 15 people" in offered.text


async def test_survey_lists_what_one_is_invited_to_first_and_shows_it_before_it_begins(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, _who):
        await here.publish("service-satisfaction")

        listed = await says(sian, "/survey")
        assert listed.buttons[0] == ("Barnet staff pulse",)
        assert len(listed.buttons) == 2

        offered = await presses(sian, "Barnet staff pulse")
        assert offered.text == NOTICE
        assert (await presses(sian, "Start")).text.startswith("1 of 8")


@pytest.mark.parametrize("does", ["/help", "a word", "Start"])
async def test_a16_who_writes_or_presses_anything_is_reached_again(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person, does: str
) -> None:
    async with invited(database_url, tmp_path, telegram, sian) as (here, who):
        await says(sian, f"/start i_{who.token}")
        async with here.core.database.writing() as connection:
            refused = {"blocked_at": here.clock.now(), "failures": 2, "failed_at": None}
            await connection.execute(chats.update().values(**refused))
            await connection.commit()
        bot = int(telegram.token.partition(":")[0])
        # What staff note of somebody says nothing about whether messages reach them.
        await here.core.people.opt_in(who.person.id, by=OPERATOR)
        async with here.core.begin.read() as work:
            before = await work.chats.get(bot, sian.id)
        assert before is not None
        assert before.unreached

        await (presses(sian, does) if does == "Start" else says(sian, does))

        async with here.core.begin.read() as work:
            after = await work.chats.get(bot, sian.id)
        assert after is not None
        assert not after.unreached
