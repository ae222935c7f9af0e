"""Links to a school's reports: sent to the person's own address, for a day, a few times a day."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.people import Person
from survey.errors import NotFound
from survey.services.school_links import ASKED, LIFETIME, PATH, Opens, SchoolTokens
from tests.support.application import NOON, Running, running
from tests.support.joining import a_person, save_person
from tests.support.signing import Postbox

KEY, OTHER = bytes(64), b"1" * 64
ANN = Opens(UUID("8f14e45f-ceea-467f-a9d2-0b5c1a6d7e3f"), "oakfield")


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
async def sending(database_url: str, tmp_path: Path, postbox: Postbox) -> AsyncIterator[Running]:
    url = "https://tellback.barnet.example"
    async with running(database_url, tmp_path, mailer=postbox, public_url=url) as here:
        yield here


async def ann_of(here: Running, *units: str, email: str | None = "ann@oakfield.example") -> Person:
    return await a_person(here, "Ann Byrne", *units, email=email)


async def waiting(here: Running) -> int:
    return (await here.core.letters.post()).waiting


# --- tokens ---


@given(st.uuids(), st.text(alphabet="abc-é0", min_size=1, max_size=64))
def test_a_token_says_whose_it_is_and_of_which_school(person: UUID, unit: str) -> None:
    tokens, opens = SchoolTokens(KEY), Opens(person, unit)
    token = tokens.token(opens, until=NOON + LIFETIME)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert tokens.read(token, now=NOON) == opens


def test_a_token_ends_on_its_second() -> None:
    tokens = SchoolTokens(KEY)
    token = tokens.token(ANN, until=NOON + LIFETIME)
    assert tokens.read(token, now=NOON + LIFETIME - timedelta(seconds=1)) == ANN
    assert tokens.read(token, now=NOON + LIFETIME) is None


def test_a_token_of_which_anything_was_changed_is_none() -> None:
    tokens = SchoolTokens(KEY)
    token = tokens.token(ANN, until=NOON + LIFETIME)
    for at, sign in enumerate(token):
        changed = token[:at] + ("A" if sign != "A" else "B") + token[at + 1 :]
        assert tokens.read(changed, now=NOON) is None
    for other in ("", "x", token[:-1], f"{token}=", f"{token}AAAA", f" {token}", "é", "A" * 500):
        assert tokens.read(other, now=NOON) is None


def test_a_token_from_before_the_secret_was_changed_still_opens() -> None:
    old = SchoolTokens(OTHER).token(ANN, until=NOON + LIFETIME)
    assert SchoolTokens(KEY).read(old, now=NOON) is None
    assert SchoolTokens(KEY, OTHER).read(old, now=NOON) == ANN


# --- letters ---


async def test_the_letter_goes_to_their_own_address_with_a_link_for_each_school(
    sending: Running, postbox: Postbox
) -> None:
    ann = await ann_of(sending, "oakfield", "elmwood")

    await sending.core.school_links.ask(ann.id, language="en")
    await sending.core.letters.send_due()

    (letter,) = postbox.sent
    assert letter.to == "ann@oakfield.example"
    assert letter.words.subject == "Your link to your school's reports at Barnet Council"
    text = letter.words.text
    assert "Oakfield Primary School:" in text
    assert "It works for 24 hours." in text
    found = re.findall(rf"https://tellback\.barnet\.example{PATH}(\S+)", text)
    opened = [sending.core.school_links.read(each) for each in found]
    assert opened == [Opens(ann.id, "oakfield"), Opens(ann.id, "elmwood")]
    for each in found:
        assert f'<a href="https://tellback.barnet.example{PATH}{each}">' in letter.words.html


async def test_nothing_that_is_kept_holds_a_link(sending: Running) -> None:
    ann = await ann_of(sending)
    await sending.core.school_links.ask(ann.id, language="en")
    async with sending.core.begin() as work:
        (letter,) = await work.letters.claim(now=NOON, limit=9, lease=timedelta(minutes=1))
    assert (letter.person, letter.address) == (ann.id, None)


async def test_a_person_is_sent_a_few_letters_a_day_whoever_asks(
    sending: Running, postbox: Postbox
) -> None:
    ann, ben = await ann_of(sending), await ann_of(sending, email="ben@oakfield.example")
    for _ in range(ASKED.most + 5):
        await sending.core.school_links.ask(ann.id, language="en")
    assert await waiting(sending) == ASKED.most

    await sending.core.school_links.ask(ben.id, language="en")
    assert await waiting(sending) == ASKED.most + 1
    sending.clock.advance(ASKED.window + timedelta(seconds=1))
    await sending.core.school_links.ask(ann.id, language="en")
    assert await waiting(sending) == ASKED.most + 2


async def test_who_has_no_address_or_left_meanwhile_is_sent_nothing(
    sending: Running, postbox: Postbox
) -> None:
    nowhere = await ann_of(sending, email=None)
    left, moved = await ann_of(sending), await ann_of(sending)
    for each in (nowhere, left, moved):
        await sending.core.school_links.ask(each.id, language="en")
    await save_person(sending, replace(left, ended_at=NOON))
    await save_person(sending, replace(moved, units=()))

    while await sending.core.letters.send_due():
        pass

    assert postbox.sent == []
    assert await waiting(sending) == 0


async def test_what_is_offered_in_chat_is_of_the_schools_that_they_stand_for_by_now(
    sending: Running,
) -> None:
    ann = await ann_of(sending)
    (link,) = await sending.core.school_links.of(ann.id)
    token = link.address.rpartition("/")[2]
    assert sending.core.school_links.read(token) == Opens(ann.id, "oakfield")

    await save_person(sending, replace(ann, units=()))
    assert await sending.core.school_links.of(ann.id) == []
    sending.clock.advance(LIFETIME)
    with pytest.raises(NotFound):
        sending.core.school_links.read(token)
