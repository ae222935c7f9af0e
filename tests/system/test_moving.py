"""One conversation in two channels: from chat to the web, from the web to chat, and back."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.app import create_app
from survey.domain.records import Channel
from survey.errors import NotFound
from tests.bot.rig import bot_on, newest, presses, says
from tests.support.application import Running, running
from tests.support.stored import stored_answers
from tests.support.web import WebPerson, browsing
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

PULSE = "/s/people-pulse"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/w/[A-Za-z0-9_-]{22,})")
_START = re.compile(r"https://t\.me/tellback_bot\?start=(w_[A-Za-z0-9_-]{22,62})")
WRONG = "This link does not work"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân")


@asynccontextmanager
async def both(
    database_url: str,
    folder: Path,
    telegram: FakeTelegram,
    publish: Sequence[str] = ("people-pulse",),
) -> AsyncIterator[tuple[Running, WebPerson]]:
    """The bot and the pages of one installation, and somebody at a browser."""
    async with running(
        database_url,
        folder,
        telegram_token=SecretStr(telegram.token),
        telegram_api_base=telegram.base_url,
        bot_username="tellback_bot",
    ) as here:
        for key in publish:
            await here.publish(key)
        async with bot_on(here.core), browsing(create_app(here.core, here.figures)) as browser:
            yield here, browser


async def begins_in_chat(person: Person) -> Shown:
    """Two answers of the pulse; the third question is open."""
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oak")
    await presses(person, "Oakfield Primary School")
    await presses(person, "Agree")
    return await presses(person, "Disagree")


async def link_to_web(person: Person) -> str:
    """The path of the link that /web gives."""
    shown = await says(person, "/web")
    found = _ADDRESS.search(shown.text)
    assert found, shown
    return found[1]


async def link_to_chat(browser: WebPerson) -> str:
    """What the link to the chat starts the bot with."""
    await browser.presses("telegram")
    [link] = browser.page.one("main").all("a", class_="govuk-button")
    found = _START.fullmatch(link.attributes["href"])
    assert found, link.attributes
    return found[1]


async def begins_on_the_web(browser: WebPerson) -> None:
    await browser.comes_to_the_first_question()
    await browser.answers("Agree", "Disagree")


# --- to the web ---


async def test_what_was_begun_in_chat_is_finished_on_the_web_with_one_receipt(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (here, browser):
        await begins_in_chat(sian)
        await browser.opens(await link_to_web(sian))
        assert browser.heading == "Continue here?"
        assert "You began “Staff pulse” in Telegram" in browser.text
        await browser.presses("move")
        assert browser.path == PULSE
        assert "question 3 of 8" in browser.text
        await browser.answers(*["Agree"] * 5)
        browser.types("More light")
        await browser.presses("Continue")
        assert list(browser.lines.values())[1:3] == ["Agree", "Disagree"]
        await browser.presses("Send my answers")
        assert browser.receipt

        [stored] = await stored_answers(here, "people-pulse")
        assert stored["unit"] == "oakfield"
        assert stored["answers"]["advocacy"] == 2
        again = await says(sian, "/start s_people-pulse")
        assert again.text.startswith("You have already answered this in May.")


async def test_looking_at_a_link_uses_nothing_up_and_pressing_works_once(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (_, browser):
        await begins_in_chat(sian)
        link = await link_to_web(sian)
        for _ in range(25):
            await browser.opens(link)
            assert browser.status == 200
        pressing = browser.sending("move")
        await browser.sends(pressing)
        assert "question 3 of 8" in browser.text

        await browser.sends(pressing)
        assert (browser.status, browser.heading) == (404, WRONG)


async def test_of_two_links_to_one_conversation_the_other_is_void_once_one_was_used(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (here, browser):
        await begins_in_chat(sian)
        seen_by_others = await link_to_web(sian)
        await browser.opens(await link_to_web(sian))
        await browser.presses("move")
        async with browsing(create_app(here.core, here.figures)) as stranger:
            await stranger.opens(seen_by_others)
            assert (stranger.status, stranger.heading) == (404, WRONG)


async def test_of_twenty_who_press_at_once_one_goes_on(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (here, _):
        shown = await begins_in_chat(sian)
        bot = int(telegram.token.partition(":")[0])
        open_one = await here.core.conversations.current(f"telegram:{bot}:{sian.id}")
        assert open_one is not None
        token = await here.core.handovers.offer(
            open_one.conversation, owner=f"telegram:{bot}:{sian.id}", to=Channel.WEB
        )

        taken = await asyncio.gather(
            *(
                here.core.handovers.take(token, to=Channel.WEB, owner=f"web:{number}")
                for number in range(20)
            ),
            return_exceptions=True,
        )

        won = [each for each in taken if not isinstance(each, BaseException)]
        assert won == [open_one.conversation]
        assert all(isinstance(each, NotFound) for each in taken if each not in won)
        async with here.core.begin.read() as work:
            row = await work.conversations.get(open_one.conversation)
        assert row is not None
        assert row.owner == f"web:{taken.index(won[0])}"
        assert "3 of 8" in shown.text


async def test_the_chat_says_where_the_answers_went_and_takes_them_back(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (_, browser):
        question = await begins_in_chat(sian)
        await browser.opens(await link_to_web(sian))
        await browser.presses("move")
        await browser.answers("Agree")

        old = question.rows[0][0].data or ""
        query = await sian.forge_callback(old, question)
        await sian.until(lambda: query not in sian.spinning)
        where = newest(sian)
        assert where.text == ("Staff pulse\nYou continued this on the web. Your answers are there.")
        for way in ("/survey", "/skip", "/start s_people-pulse", "hello"):
            assert (await says(sian, way)).text == where.text
        back = await presses(sian, "Take it back")
        assert back.text.startswith("4 of 8")

        await browser.reloads()
        assert browser.heading == "You continued this in Telegram"
        await browser.presses("take_back")
        assert "question 4 of 8" in browser.text


async def test_who_stays_in_chat_goes_on_where_they_were(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram):
        await begins_in_chat(sian)
        await link_to_web(sian)
        assert (await presses(sian, "Stay here")).text.startswith("3 of 8")
        assert (await presses(sian, "Agree")).text.startswith("4 of 8")


async def test_the_way_to_the_web_is_offered_to_who_comes_back_and_at_long_questions(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram) as (here, browser):
        await begins_in_chat(sian)
        here.clock.advance(timedelta(days=2))
        page = await says(sian, "/survey")
        assert page.buttons == (("Go on", "Start again"), ("Continue on the web",))
        shown = await presses(sian, "Continue on the web")
        found = _ADDRESS.search(shown.text)
        assert found
        await browser.opens(found[1])
        await browser.presses("move")
        assert "question 3 of 8" in browser.text


# --- to the chat ---


async def test_what_was_begun_on_the_web_is_finished_in_chat_with_one_receipt(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (here, browser):
        await begins_on_the_web(browser)
        start = await link_to_chat(browser)
        asked = await says(sian, f"/start {start}")
        assert asked.text == (
            "Is this you?\nYou began “Staff pulse” on the web and want to continue here."
        )
        question = await presses(sian, "Yes, go on here")
        assert question.message_id == asked.message_id
        assert question.text.startswith("3 of 8")
        for _ in range(5):
            await presses(sian, "Agree")
        await presses(sian, "Skip")
        assert "Receipt" in (await presses(sian, "Send")).text

        [stored] = await stored_answers(here, "people-pulse")
        assert stored["answers"]["advocacy"] == 2
        await says(sian, f"/start {start}")
        assert newest(sian).text.startswith(WRONG)


async def test_who_taps_twice_to_go_on_here_keeps_the_question_that_the_first_tap_brought(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram) as (_, browser):
        await begins_on_the_web(browser)
        asked = await says(sian, f"/start {await link_to_chat(browser)}")
        await asyncio.gather(
            sian.taps("Yes, go on here", message=asked), sian.taps("Yes, go on here", message=asked)
        )
        await sian.until(lambda: not sian.spinning, what="an answer to both taps")
        [question] = [each for each in sian.screen if each.message_id == asked.message_id]
        assert question.text.startswith("3 of 8")
        assert (await presses(sian, "Agree")).text.startswith("4 of 8")


async def test_nothing_moves_before_the_person_says_that_it_was_them(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram) as (_, browser):
        await begins_on_the_web(browser)
        start = await link_to_chat(browser)
        await says(sian, f"/start {start}")
        assert (await presses(sian, "No")).text == "All right. Nothing has moved."
        await browser.opens(PULSE)
        assert "question 3 of 8" in browser.text


async def test_answers_begun_where_others_are_moved_to_are_replaced_and_that_is_said(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (_, browser):
        await begins_in_chat(sian)
        await presses(sian, "Agree")
        await begins_on_the_web(browser)
        start = await link_to_chat(browser)
        asked = await says(sian, f"/start {start}")
        assert "The answers that you began here will be thrown away." in asked.text
        await presses(sian, "Yes, go on here")
        assert (await says(sian, "/survey")).text.startswith("3 of 8")


async def test_who_has_answered_this_month_cannot_bring_a_second_set_from_the_web(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(database_url, tmp_path, telegram) as (here, browser):
        await begins_in_chat(sian)
        for _ in range(5):
            await presses(sian, "Agree")
        await presses(sian, "Skip")
        await presses(sian, "Send")
        await begins_on_the_web(browser)
        await says(sian, f"/start {await link_to_chat(browser)}")
        told = await presses(sian, "Yes, go on here")
        assert told.text == "You have already answered this in May. Thank you."
        assert len(await stored_answers(here, "people-pulse")) == 1
        await browser.opens(PULSE)
        assert "question 3 of 8" in browser.text


async def test_one_account_does_not_take_over_what_another_began(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with both(database_url, tmp_path, telegram) as (_, browser):
        await begins_in_chat(sian)
        await browser.opens(await link_to_web(sian))
        await browser.presses("move")
        start = await link_to_chat(browser)
        assert (await says(tom, f"/start {start}")).text.startswith(WRONG)
        await says(sian, f"/start {start}")
        assert (await presses(sian, "Yes, go on here")).text.startswith("3 of 8")


# --- links that lead nowhere ---


async def test_every_link_that_leads_nowhere_gets_the_same_words_in_both_channels(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram) as (here, browser):
        await begins_in_chat(sian)
        to_web = await link_to_web(sian)
        await begins_on_the_web(browser)
        to_chat = await link_to_chat(browser)
        here.clock.advance(timedelta(minutes=30))

        pages = set()
        unknown = "A" * 32
        for token in (to_web.removeprefix("/w/"), to_chat.removeprefix("w_"), unknown, "%00%ff<"):
            await browser.opens(f"/w/{token}")
            pages.add((browser.status, browser.text))
        assert len(pages) == 1
        assert next(iter(pages))[0] == 404

        told = set()
        for payload in (to_chat, f"w_{to_web.removeprefix('/w/')}", f"w_{unknown}", "w_", "w_'"):
            told.add((await says(sian, f"/start {payload}")).text)
        assert len(told) == 1
        assert next(iter(told)).startswith(WRONG)


async def test_who_tries_one_link_after_the_other_has_to_wait(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram) as (_, browser):
        await begins_in_chat(sian)
        right = await link_to_web(sian)
        for number in range(10):
            await browser.opens(f"/w/{'B' * 30}{number:02}")
            assert browser.status == 404
        await browser.opens(right)
        assert browser.status == 429


async def test_a_post_from_another_site_moves_nothing(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with both(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram) as (_, browser):
        await begins_in_chat(sian)
        await browser.opens(await link_to_web(sian))
        await browser.sends(browser.sending("move").with_(csrf="forged"))
        assert browser.status == 403
        assert (await says(sian, "/survey")).text.startswith("3 of 8")


async def test_a_step_taken_meanwhile_in_the_old_channel_is_never_lost_nor_doubled(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    """The chat's tap and the browser's press race; whoever wins, one conversation goes on."""
    async with both(database_url, tmp_path, telegram) as (here, browser):
        await begins_in_chat(sian)
        await browser.opens(await link_to_web(sian))
        await presses(sian, "Stay here")
        query, _ = await asyncio.gather(sian.taps("Strongly agree"), browser.presses("move"))
        await sian.until(lambda: query not in sian.spinning)
        await browser.opens(PULSE)
        assert re.search(r"question [34] of 8", browser.text)
        async with here.core.begin.read() as work:
            bot = int(telegram.token.partition(":")[0])
            assert await work.conversations.current(f"telegram:{bot}:{sian.id}") is None
