"""Letters: kept with the change that they tell of, and sent by the worker, once and in time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from survey.domain.accounts import Account, Purpose
from survey.domain.letters import Composed, Letter, LetterKind, next_try
from survey.domain.records import InstallationKind
from survey.locales import translations
from survey.services.letters import LEASE
from tests.support.application import NOON, Running, running
from tests.support.signing import PASSWORD, VIEWER, Postbox, an_account

EMAIL = "ann.lee@barnet.example"
ISSUER = "https://sign-on.example 007"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
async def sending(database_url: str, tmp_path: Path, postbox: Postbox) -> AsyncIterator[Running]:
    """The application with a mail server that takes everything."""
    url = "https://tellback.barnet.example"
    async with running(database_url, tmp_path, mailer=postbox, public_url=url) as here:
        yield here


async def written(here: Running, kind: LetterKind, account: Account) -> Letter:
    now = here.clock.now()
    letter = Letter(here.core.ids.uuid(), kind, "en", now, now, account=account.id)
    async with here.core.begin() as work:
        await work.letters.add([letter])
        await work.commit()
    return letter


async def until_none_leaves(here: Running) -> int:
    """What the worker does; how many letters left."""
    left = 0
    while sent := await here.core.letters.send_due():
        left += sent
    return left


async def test_who_asks_for_a_link_gets_one_that_signs_in(
    sending: Running, postbox: Postbox
) -> None:
    account = await an_account(sending, grants=[VIEWER])

    await sending.core.sign_in.ask_for_link(f" {EMAIL.upper()}", "en")
    await sending.core.letters.send_due()

    (letter,) = postbox.sent
    assert (letter.to, letter.words.subject) == (EMAIL, "Your link to sign in at Barnet Council")
    assert letter.words.text == (
        "Hello Ann Lee,\n\n"
        "Open this link to sign in to surveys and reports of Barnet Council:\n\n"
        f"https://tellback.barnet.example/staff/link/{postbox.tokens[0]}\n\n"
        "The link works once, until 13:30 on 14 May 2026.\n\n"
        "If this was not you, do nothing: nobody can sign in without the link.\n"
    )
    begun = await sending.core.sign_in.open(postbox.tokens[0], password=None)
    assert begun.session.account == account.id


async def test_a_letter_in_welsh_says_that_no_speaker_has_read_it(
    sending: Running, postbox: Postbox
) -> None:
    await an_account(sending, grants=[VIEWER])

    await sending.core.sign_in.ask_for_link(EMAIL, "cy")
    await sending.core.letters.send_due()

    (letter,) = postbox.sent
    assert letter.words.subject == "Eich dolen i fewngofnodi i Barnet Council"
    assert "Mae'r ddolen yn gweithio unwaith, tan 13:30 ar 14 Mai 2026." in letter.words.text
    assert letter.words.text.endswith(
        translations("cy").gettext("Our translation, not reviewed by a speaker yet.") + "\n"
    )
    assert await sending.core.sign_in.look(postbox.tokens[0])


async def test_the_letter_is_in_html_too_and_what_people_are_called_is_no_markup(
    sending: Running, postbox: Postbox
) -> None:
    account = await an_account(sending, name="Ann <b>Lee</b> & Co")
    await written(sending, LetterKind.INVITATION, account)

    await sending.core.letters.send_due()

    html = postbox.sent[0].words.html
    assert "Ann &lt;b&gt;Lee&lt;/b&gt; &amp; Co" in html
    assert html.count(postbox.tokens[0]) == 2
    assert '<html lang="en">' in html


async def test_a_reset_is_a_link_to_choose_a_password(sending: Running, postbox: Postbox) -> None:
    await an_account(sending, password=PASSWORD)

    await sending.core.sign_in.ask_for_reset(EMAIL, "en")
    await sending.core.letters.send_due()

    assert (await sending.core.sign_in.look(postbox.tokens[0])).purpose is Purpose.RESET


@pytest.mark.parametrize("case", ["nobody", "ended", "signs in elsewhere"])
async def test_an_address_without_a_use_for_it_gets_no_letter_and_asking_looks_the_same(
    sending: Running, postbox: Postbox, case: str
) -> None:
    if case == "ended":
        await an_account(sending, ended_at=NOON)
    if case == "signs in elsewhere":
        await an_account(sending, subject=ISSUER)

    await sending.core.sign_in.ask_for_reset(EMAIL, "en")

    assert (await sending.core.letters.post()).waiting == 1
    assert await sending.core.letters.send_due() == 0
    assert (await sending.core.letters.post()).waiting == 0
    assert postbox.sent == []


async def test_an_address_gets_three_letters_of_a_kind_an_hour(
    sending: Running, postbox: Postbox
) -> None:
    await an_account(sending)

    for _ in range(5):
        await sending.core.sign_in.ask_for_link(EMAIL, "en")
        await sending.core.sign_in.ask_for_reset(EMAIL, "en")
    await sending.core.letters.send_due()
    in_the_first_hour = len(postbox.sent)
    sending.clock.advance(timedelta(hours=1))
    await sending.core.sign_in.ask_for_link(EMAIL, "en")
    await sending.core.letters.send_due()

    assert (in_the_first_hour, len(postbox.sent)) == (6, 7)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "ann.lee",
        "ann lee@barnet.example",
        "ann@barnet.example\nBcc: all@barnet.example",
        "ann@barnet.example, all@barnet.example",
        "<ann@barnet.example>",
        '"ann"@barnet.example',
        "\0@barnet.example",
        "\udc80@barnet.example",
        f"{'a' * 300}@barnet.example",
    ],
)
async def test_what_is_no_address_is_answered_like_one_and_writes_nothing(
    here: Running, odd: str
) -> None:
    await here.core.sign_in.ask_for_link(odd, "en")

    assert (await here.core.letters.post()).waiting == 0


async def test_letters_wait_where_no_mail_server_is_set_up(here: Running) -> None:
    await an_account(here)
    await here.core.sign_in.ask_for_link(EMAIL, "en")

    assert await here.core.letters.send_due() == 0
    post = await here.core.letters.post()
    assert (here.core.letters.can_send, post.waiting, post.oldest) == (False, 1, NOON)


async def test_nothing_leaves_a_restored_copy_until_it_is_released(
    sending: Running, postbox: Postbox
) -> None:
    await an_account(sending)
    await sending.core.sign_in.ask_for_link(EMAIL, "en")
    async with sending.core.begin() as work:
        await work.installation.settle(InstallationKind.REAL)
        await work.installation.hold(at=NOON)
        await work.commit()

    assert await sending.core.letters.send_due() == 0


async def test_a_letter_that_may_leave_later_is_tried_for_a_day(
    sending: Running, postbox: Postbox
) -> None:
    await an_account(sending)
    await sending.core.sign_in.ask_for_link(EMAIL, "en")
    postbox.refuse(again=True)
    tries = 0
    while (await sending.core.letters.post()).waiting:
        await sending.core.letters.send_due()
        sending.clock.advance(timedelta(minutes=1))
        tries += 1

    post = await sending.core.letters.post()
    assert timedelta(hours=22) < sending.clock.now() - NOON <= timedelta(hours=24)
    assert (post.waiting, post.given_up) == (0, 1)


async def test_it_arrives_once_the_server_is_back(sending: Running, postbox: Postbox) -> None:
    await an_account(sending)
    await sending.core.sign_in.ask_for_link(EMAIL, "en")
    postbox.refuse(again=True)
    await sending.core.letters.send_due()
    postbox.refusal = None

    too_soon = await sending.core.letters.send_due()
    sending.clock.advance(timedelta(minutes=1))

    assert (too_soon, await sending.core.letters.send_due()) == (0, 1)
    assert await sending.core.sign_in.look(postbox.tokens[0])


async def test_a_letter_that_is_refused_for_good_is_not_tried_again(
    sending: Running, postbox: Postbox
) -> None:
    await an_account(sending)
    await sending.core.sign_in.ask_for_link(EMAIL, "en")
    postbox.refuse(again=False)

    await sending.core.letters.send_due()

    post = await sending.core.letters.post()
    assert (post.waiting, post.given_up) == (0, 1)


async def test_a_letter_that_breaks_the_program_does_not_keep_the_others_back(
    sending: Running, postbox: Postbox
) -> None:
    accounts = [await an_account(sending, f"p{each}@barnet.example") for each in range(9)]
    for account in accounts:
        await written(sending, LetterKind.INVITATION, account)
    postbox.refusal, postbox.only = ZeroDivisionError(), "p0@barnet.example"

    assert await until_none_leaves(sending) == 8
    assert (await sending.core.letters.post()).waiting == 1


class SlowBox(Postbox):
    """Holds each letter until it is let go, and looks whether the database is free."""

    def __init__(self) -> None:
        super().__init__()
        self.taken, self.go = asyncio.Event(), asyncio.Event()

    async def send(self, letter: UUID, composed: Composed, *, at: object) -> None:
        self.taken.set()
        await self.go.wait()
        self.sent.append(composed)


async def test_while_a_letter_leaves_others_write_and_its_link_works_already(
    database_url: str, tmp_path: Path
) -> None:
    slow = SlowBox()
    async with running(database_url, tmp_path, mailer=slow) as here:
        await written(here, LetterKind.INVITATION, await an_account(here))
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(here.core.letters.send_due())
            await slow.taken.wait()
            # On SQLite this would wait for ever if sending held its turn.
            async with asyncio.timeout(20):
                await an_account(here, "second@barnet.example")
                another_process = await here.core.letters.send_due()
            slow.go.set()

    assert (sending.result(), another_process, len(slow.sent)) == (1, 0, 1)


async def test_what_a_crashed_process_had_taken_leaves_when_its_lease_ends(
    sending: Running, postbox: Postbox
) -> None:
    account = await an_account(sending)
    await written(sending, LetterKind.INVITATION, account)
    async with sending.core.begin() as work:
        taken = await work.letters.claim(now=NOON, limit=10, lease=LEASE)
        await work.commit()

    before = await sending.core.letters.send_due()
    sending.clock.advance(LEASE)

    assert (len(taken), before, await sending.core.letters.send_due()) == (1, 0, 1)


async def test_two_processes_share_the_letters(sending: Running, postbox: Postbox) -> None:
    for each in range(12):
        account = await an_account(sending, f"p{each}@barnet.example")
        await written(sending, LetterKind.INVITATION, account)

    sent = await asyncio.gather(*(until_none_leaves(sending) for _ in range(3)))

    assert sum(sent) == 12
    assert len({each.to for each in postbox.sent}) == 12


def test_waiting_doubles_up_to_an_hour_and_ends_after_a_day() -> None:
    def after(attempts: int, hours: float = 0) -> object:
        letter = Letter(UUID(int=1), LetterKind.EMAIL, "en", NOON, NOON, attempts=attempts)
        now = NOON + timedelta(hours=hours)
        again = next_try(letter, now)
        return again and (again - now).total_seconds() / 60

    assert [after(each) for each in (1, 2, 3, 7, 400)] == [1, 2, 4, 60, 60]
    assert (after(20, 22.9), after(20, 23.1)) == (60, None)
