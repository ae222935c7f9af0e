"""Joining in chat: "Is this you?", what linked people may do, and how they are forgotten."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from survey.domain.accounts import Account, Grant, Role
from survey.domain.records import Chat
from tests.bot.rig import bot_on, newest, presses, says
from tests.support.application import Running, running
from tests.support.joining import (
    BOT_NAME,
    a_link,
    a_person,
    kept_person,
    payload,
    save_person,
)
from tests.support.stored import stored_answers
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

WRONG = (
    "This link does not work. It may have been used already.\n"
    "Ask whoever sent it for a new one, or send /survey."
)

_PLAINLY_A_CODE = 6
"""Digits: one code in some hundreds has so few that, cut short, it could be words."""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@asynccontextmanager
async def chatting(
    database_url: str, folder: Path, telegram: FakeTelegram, *publish: str
) -> AsyncIterator[Running]:
    async with running(
        database_url,
        folder,
        telegram_token=SecretStr(telegram.token),
        telegram_api_base=telegram.base_url,
        bot_username=BOT_NAME,
    ) as here:
        for key in publish:
            await here.publish(key)
        async with bot_on(here.core):
            yield here


async def chat_of(here: Running, telegram: FakeTelegram, person: Person) -> Chat:
    bot = int(telegram.token.partition(":")[0])
    async with here.core.begin.read() as work:
        return await work.chats.get(bot, person.id) or Chat(bot, person.id)


def buttons(person: Person) -> Sequence[str]:
    return [label for row in newest(person).buttons for label in row]


async def test_a_link_asks_is_this_you_and_joins_after_yes(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse") as here:
        siân = telegram.person(name="Siân")
        ann = await a_person(here, "Ann Lee")
        link = await a_link(here, ann)

        asked = await says(siân, f"/start {payload(link)}")
        assert "Is this you?" in asked.text
        assert "Ann Lee" in asked.text
        assert "Oakfield Primary School" in asked.text
        assert "Barnet Council wants to ask you short questions here." in asked.text
        assert buttons(siân) == ["Yes, this is me", "No"]
        assert (await chat_of(here, telegram, siân)).person is None

        done = await presses(siân, "Yes, this is me")
        assert "You have joined." in done.text
        assert "send /survey" in done.text
        assert done.message_id == asked.message_id
        assert not done.buttons
        assert (await chat_of(here, telegram, siân)).person == ann.id


async def test_a_printed_code_joins_as_people_type_it(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        link = await a_link(here, await a_person(here, "Ann Lee"))
        typed = link.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        for words in (typed, f"/start {typed}", link.code.replace("-", "")):
            asked = await says(telegram.person(name="Someone"), words)
            assert "Is this you?" in asked.text
            assert "Ann Lee" in asked.text
        siân = telegram.person(name="Siân")
        await says(siân, link.code)
        assert "You have joined." in (await presses(siân, "Yes, this is me")).text


async def test_a_slip_in_a_code_is_told_at_once_and_is_no_guess(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân = telegram.person(name="Siân")
        person = await a_person(here)
        link = await a_link(here, person)
        while sum(map(str.isdigit, link.code)) < _PLAINLY_A_CODE:
            link = await a_link(here, person)
        last = "7" if link.code[-1] != "7" else "8"
        for _ in range(11):
            said = await says(siân, link.code[:-1] + last)
            assert "One of the characters of this code is not right." in said.text
        assert "too few or too many" in (await says(siân, link.code[:-2])).text
        assert "Is this you?" in (await says(siân, link.code)).text


async def test_no_joins_nobody_and_uses_nothing_up(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân, ben = telegram.person(name="Siân"), telegram.person(name="Ben")
        link = await a_link(here, await a_person(here))
        await says(siân, f"/start {payload(link)}")
        assert (await presses(siân, "No")).text == "All right. Nothing has changed."
        assert (await chat_of(here, telegram, siân)).person is None
        await says(ben, f"/start {payload(link)}")
        assert "You have joined." in (await presses(ben, "Yes, this is me")).text


async def test_b12_every_payload_that_leads_nowhere_is_answered_with_the_same_words(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse") as here:
        siân = telegram.person(name="Siân")
        used = await a_link(here, await a_person(here, "Ann Lee"))
        await here.core.joining.join(used.secret, bot=1, user=1)
        old = await a_link(here, await a_person(here, "Ben Ash"))
        here.clock.time = old.expires_at
        gone = await a_person(here, "Cai Rhys")
        left = await a_link(here, gone)
        await save_person(here, replace(gone, ended_at=here.clock.now()))
        hostile = [
            payload(used),
            payload(old),
            payload(left),
            "j_AAAAAAAAAAAAAAAAAAAAAA",
            "j_",
            "j_" + "A" * 63,
            "j_" + "A" * 21 + "é",
            "j_' OR 1=1 --",
            "j_<b>x</b>",
            "l_out",
            "c_0123456789",
            "x" * 65,
            "../../etc/passwd",
        ]
        for each in hostile:
            assert (await says(siân, f"/start {each}")).text == WRONG, each
        assert "asks short questions here" in (await says(siân, "/start")).text


async def test_a34_after_ten_wrong_links_the_chat_has_to_wait(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân, ben = telegram.person(name="Siân"), telegram.person(name="Ben")
        link = await a_link(here, await a_person(here))
        for number in range(10):
            assert (await says(siân, f"/start j_{number:0>21}A")).text == WRONG
        waits = "Too many links and codes did not work.\nPlease wait 15 minutes and try again."
        assert (await says(siân, f"/start {payload(link)}")).text == waits
        assert (await says(siân, link.code)).text == waits
        assert "Is this you?" in (await says(ben, f"/start {payload(link)}")).text


async def test_b18_a_second_person_s_code_asks_before_it_changes_who_is_here(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân = telegram.person(name="Siân")
        ann, ben = await a_person(here, "Ann Lee"), await a_person(here, "Ben Ash", "elmwood")
        first, second = await a_link(here, ann), await a_link(here, ben)
        early = await says(siân, f"/start {payload(second)}")
        await says(siân, f"/start {payload(first)}")
        await presses(siân, "Yes, this is me")

        query = await siân.taps("Yes, this is me", message=early)
        await siân.until(lambda: query not in siân.spinning, what="an answer")
        assert (await chat_of(here, telegram, siân)).person == ann.id

        asked = await says(siân, f"/start {payload(second)}")
        assert "You have joined as Ann Lee. Change to Ben Ash?" in asked.text
        assert "will be thrown away" in asked.text
        await presses(siân, "No")
        assert (await chat_of(here, telegram, siân)).person == ann.id
        await says(siân, f"/start {payload(second)}")
        assert "Ben Ash" in (await presses(siân, "Yes, change")).text
        assert (await chat_of(here, telegram, siân)).person == ben.id


async def test_b18_a_new_code_on_a_second_telephone_ends_the_link_of_the_first(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        old, new = telegram.person(name="Old"), telegram.person(name="New")
        ann = await a_person(here, "Ann Lee")
        for phone in (old, new):
            await says(phone, f"/start {payload(await a_link(here, ann))}")
            await presses(phone, "Yes, this is me")
        assert (await chat_of(here, telegram, old)).person is None
        assert "You have not joined" in (await says(old, "/mydata")).text
        assert "Name: \u2068Ann Lee\u2069" in (await says(new, "/mydata")).text


async def test_a_second_yes_after_it_worked_says_so_again(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân = telegram.person(name="Siân")
        asked = await says(siân, f"/start {payload(await a_link(here, await a_person(here)))}")
        await presses(siân, "Yes, this is me")
        yes = f"join/{payload(await a_link(here, await a_person(here)))[2:]}"
        query = await siân.forge_callback("join/AAAAAAAAAAAAAAAAAAAAAA", asked)
        await siân.until(lambda: query not in siân.spinning, what="an answer")
        assert "You have joined." in newest(siân).text
        stranger = telegram.person(name="Stranger")
        shown = await says(stranger, "/help")
        query = await stranger.forge_callback(yes.replace("join/", "joininstead/"), shown)
        await stranger.until(lambda: query not in stranger.spinning, what="an answer")
        assert "This button does not work any more" in stranger.toasts[-1].text
        assert (await chat_of(here, telegram, stranger)).person is None


# --- which school ---


async def test_who_stands_for_one_school_is_not_asked_for_it(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse", "member-it") as here:
        siân = telegram.person(name="Siân")
        await says(siân, f"/start {payload(await a_link(here, await a_person(here)))}")
        await presses(siân, "Yes, this is me")
        await says(siân, "/start s_people-pulse")
        assert "1 of 8" in (await presses(siân, "Start")).text
        await says(siân, "/start s_member-it")
        assert (await presses(siân, "Start")).buttons


async def test_who_stands_for_several_schools_chooses_among_theirs_first(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(
        database_url, tmp_path, telegram, "people-pulse", "school-service-check"
    ) as here:
        siân = telegram.person(name="Siân")
        manager = await a_person(here, "Ann Lee", "elmwood", "oakfield")
        await says(siân, f"/start {payload(await a_link(here, manager))}")
        done = await presses(siân, "Yes, this is me")
        assert "Where a survey asks where you are from, you choose one of these." in done.text
        for survey in ("people-pulse", "school-service-check"):
            here.clock.advance(timedelta(minutes=1))
            await says(siân, f"/start s_{survey}")
            asked = await presses(siân, "Start")
            assert "Choose the one that you answer for now." in asked.text
            theirs = ["Elmwood School", "Oakfield Primary School"]
            assert buttons(siân)[:-1] == theirs
            await says(siân, "adult social")
            assert buttons(siân)[:-1] == theirs
            await says(siân, "OAK")
            assert buttons(siân)[:-1] == theirs[1:]
            await presses(siân, "Oakfield Primary School")
            assert not any("Which school" in line for line in newest(siân).text.splitlines())
        assert (await chat_of(here, telegram, siân)).unit is None


async def test_no_button_answers_for_a_school_that_is_not_theirs(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse") as here:
        siân = telegram.person(name="Siân")
        manager = await a_person(here, "Ann Lee", "elmwood", "oakfield")
        await says(siân, f"/start {payload(await a_link(here, manager))}")
        await presses(siân, "Yes, this is me")
        await says(siân, "/start s_people-pulse")
        asked = await presses(siân, "Start")
        [elmwood] = [
            each
            for row in siân._message_json(asked)["reply_markup"]["inline_keyboard"]
            for each in row
            if each["text"] == "Elmwood School"
        ]
        forged = elmwood["callback_data"].replace("elmwood", "adult-social-care")
        query = await siân.forge_callback(forged, asked)
        await siân.until(lambda: query not in siân.spinning, what="an answer")
        assert "This button does not work any more" in siân.toasts[-1].text
        assert "Which school" in newest(siân).text


async def test_joining_changes_nothing_in_what_is_stored_of_an_answer(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse") as here:
        siân = telegram.person(name="Siân")
        await says(siân, f"/start {payload(await a_link(here, await a_person(here)))}")
        await presses(siân, "Yes, this is me")
        await says(siân, "/start s_people-pulse")
        await presses(siân, "Start")
        for _ in range(7):
            await presses(siân, "Agree")
        await presses(siân, "Skip")
        await presses(siân, "Send")
        [stored] = await stored_answers(here, "people-pulse")
        assert stored["unit"] == "oakfield"
        assert "Ann" not in str(stored)
        again = await says(siân, "/start s_people-pulse")
        assert again.text.startswith("You have already answered this in May.")


# --- being left alone, and being forgotten ---


async def test_stop_counts_for_the_person_everywhere_and_start_takes_it_back(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân = telegram.person(name="Siân")
        ann = await a_person(here)
        await says(siân, f"/start {payload(await a_link(here, ann))}")
        await presses(siân, "Yes, this is me")
        await says(siân, "/stop")
        assert not (await kept_person(here, ann.id)).may_be_asked
        assert "you want no messages" in (await says(siân, "/mydata")).text
        await says(siân, "/start")
        assert (await kept_person(here, ann.id)).may_be_asked
        assert not (await chat_of(here, telegram, siân)).stopped


async def test_mydata_says_what_is_held_and_what_nobody_can_find(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse") as here:
        siân = telegram.person(name="Siân")
        said = await says(siân, "/mydata")
        assert "Your number in Telegram" in said.text
        assert "You have not joined by a personal link or code." in said.text
        ann = await a_person(here, "Ann Lee", email="ann@oakfield.example")
        await save_person(here, replace(ann, roles=("headteacher",), attributes={"site": "North"}))
        await says(siân, f"/start {payload(await a_link(here, ann))}")
        await presses(siân, "Yes, this is me")
        await says(siân, "/start s_people-pulse")
        await presses(siân, "Start")
        said = await says(siân, "/mydata")
        plain = said.text.replace("\u2068", "").replace("\u2069", "")
        for told in (
            "Name: Ann Lee",
            "School, department or team: Oakfield Primary School",
            "E-mail: ann@oakfield.example",
            "Roles: headteacher",
            "site: North",
            "Answers that you have not sent: Staff pulse. They are kept encrypted, for 30 days",
            "Nobody can tell which are yours, us included",
        ):
            assert told in plain


async def test_forget_me_here_asks_twice_and_then_knows_nobody(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram, "people-pulse") as here:
        siân = telegram.person(name="Siân")
        ann = await a_person(here)
        await says(siân, f"/start {payload(await a_link(here, ann))}")
        await presses(siân, "Yes, this is me")
        await says(siân, "/start s_people-pulse")
        await presses(siân, "Start")
        await says(siân, "/mydata")
        assert "Forget you here?" in (await presses(siân, "Forget me here")).text
        await presses(siân, "No")
        assert (await chat_of(here, telegram, siân)).person == ann.id
        await says(siân, "/mydata")
        await presses(siân, "Forget me here")
        assert "Done." in (await presses(siân, "Yes, forget me")).text
        assert (await chat_of(here, telegram, siân)).person is None
        said = await says(siân, "/mydata")
        assert "You have not joined" in said.text
        assert "have not sent" not in said.text
        assert await kept_person(here, ann.id) == ann


# --- the pages of staff ---


async def test_signin_gives_a_link_to_who_has_an_account_and_tells_others_plainly(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with chatting(database_url, tmp_path, telegram) as here:
        siân = telegram.person(name="Siân")
        ann = await a_person(here)
        for words in ("/signin", "/start l_in"):
            assert "only to staff with an account" in (await says(siân, words)).text
        await says(siân, f"/start {payload(await a_link(here, ann))}")
        await presses(siân, "Yes, this is me")
        assert "only to staff with an account" in (await says(siân, "/signin")).text
        assert "/signin" not in (await says(siân, "/help")).text
        account = Account(
            id=uuid4(),
            email="ann@barnet.example",
            name="Ann Lee",
            grants=frozenset({Grant(Role.VIEWER)}),
            created_at=here.clock.now(),
            person=ann.id,
        )
        async with here.core.begin() as work:
            await work.accounts.put(account)
            await work.commit()
        assert "also needs a second step" in (await says(siân, "/signin")).text
        assert "/signin" not in (await says(siân, "/help")).text
        async with here.core.begin() as work:
            await work.accounts.put(replace(account, totp=b"sealed"))
            await work.commit()
        for words in ("/signin", "/start l_in"):
            given = (await says(siân, words)).text
            assert "It works once, within 10 minutes." in given
            token = given.partition("/staff/link/")[2].split()[0]
            assert (await here.core.sign_in.look(token)).email == "ann@barnet.example"
        assert "/signin" in (await says(siân, "/help")).text
