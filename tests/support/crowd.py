"""A borough's people who are asked by a campaign: some in chats, the others by e-mail."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final
from uuid import UUID

import httpx2 as httpx

from survey.domain.people import Person
from tests.bot.rig import presses, says
from tests.support.application import Running
from tests.support.joining import a_link, payload
from tests.support.web import WebPerson
from tests.survey.mail.servers import Received
from tests.telegram.ledger import SENT, Entry
from tests.telegram.people import Person as Chatter
from tests.telegram.server import FakeTelegram

SCHOOLS: Final = ("oakfield", "elmwood")
_QUESTIONS: Final = 7
_PATIENCE: Final = 60.0
"""Seconds of wall time at most, when many press at once on a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody has an e-mail address; `chats` are of those who joined, by the person's key."""

    people: tuple[Person, ...]
    chats: Mapping[str, Chatter]

    @property
    def by_mail(self) -> tuple[Person, ...]:
        return tuple(each for each in self.people if each.key not in self.chats)


async def a_crowd(
    here: Running, telegram: FakeTelegram, *, size: int, in_chat: int, now: datetime
) -> Crowd:
    """So many people in two schools, of whom the first `in_chat` join in chats by their links.

    The bot has to run.
    """
    people = [
        Person(
            UUID(int=number),
            f"p-{number:03}",
            f"Person {number:03}",
            (SCHOOLS[number % len(SCHOOLS)],),
            now,
            email=f"p{number:03}@barnet.example",
        )
        for number in range(1, size + 1)
    ]
    async with here.core.begin() as work:
        await work.people.put(people)
        await work.commit()
    joining = people[:in_chat]
    chats = await asyncio.gather(*(_joins(here, telegram, each) for each in joining))
    return Crowd(tuple(people), {each.key: chat for each, chat in zip(joining, chats, strict=True)})


async def _joins(here: Running, telegram: FakeTelegram, person: Person) -> Chatter:
    link = await a_link(here, person)
    chatter = telegram.person(name=person.name)
    await says(chatter, f"/start {payload(link)}")
    joined = await presses(chatter, "Yes, this is me")
    assert "You have joined." in joined.text
    return chatter


def invitations(telegram: FakeTelegram, title: str) -> Sequence[Entry]:
    """What the bot has sent of a campaign of this title, by itself."""
    return [
        each
        for each in telegram.ledger.entries
        if each.method == SENT and each.text.startswith(f"{title}:")
    ]


def letters(received: Received) -> Mapping[str, Sequence[EmailMessage]]:
    """Those that arrived, by whom they are to."""
    found: dict[str, list[EmailMessage]] = {}
    for envelope in received.envelopes:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        found.setdefault(str(message["To"]), []).append(message)
    return found


def link_in(letter: EmailMessage) -> str:
    """The address at which somebody answers, as the letter has it."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"http\S+/i/[\w-]{43}", body.get_content())
    assert found is not None
    return found[0]


async def answers_in_chat(chatter: Chatter, label: str) -> None:
    """The pulse, from the invitation that they were sent to the receipt."""
    await _taps(chatter, "Start")
    for _ in range(_QUESTIONS):
        await _taps(chatter, label)
    await _taps(chatter, "Skip")
    await _taps(chatter, "Send")
    assert chatter.screen[-1].text.startswith("Thank you. Your answers are in the box.")


async def _taps(chatter: Chatter, label: str) -> None:
    query = await chatter.taps(label)
    await chatter.until(lambda: query not in chatter.spinning, _PATIENCE, f"an answer to {label!r}")


async def answers_by_link(link: str, label: str) -> None:
    """The pulse in the web form, from the address in the letter to the receipt."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=_PATIENCE) as http:
        person = WebPerson(http)
        http.base_url = httpx.URL(link).join("/")
        await person.opens(link)
        await person.presses("Start")
        await person.answers(*[label] * _QUESTIONS, "")
        await person.presses("Send my answers")
        assert person.heading == "Thank you. Your answers are in the box"
