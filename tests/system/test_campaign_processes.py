"""A campaign of several processes on PostgreSQL, of which one is killed while it sends."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import httpx2 as httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from sqlalchemy import distinct, func, select
from typer.testing import CliRunner

from api.command import app as command
from survey.db.tables import counts, deliveries
from survey.domain.waves import InvitationState
from survey.services.api_keys import Scope
from survey.services.sending import LEASE
from tests.bot.rig import until
from tests.support.application import Running, running
from tests.support.crowd import (
    Crowd,
    a_crowd,
    answers_by_link,
    answers_in_chat,
    invitations,
    letters,
    link_in,
)
from tests.support.joining import BOT_NAME
from tests.support.program import Program, open_clock, program, settings_of
from tests.support.time import RunningClock, SharedClock
from tests.support.web import WebPerson
from tests.survey.mail.servers import Received, mail_server
from tests.system.test_serve import free_port
from tests.telegram.faults import Hold
from tests.telegram.ledger import SENT
from tests.telegram.server import FakeTelegram

ASKED: Final = 20
IN_CHAT: Final = 10
NINE: Final = datetime(2090, 6, 6, 8, tzinfo=UTC)
"""09:00 in London on a Tuesday that is to come for the command too, whose clock is the wall's."""
PLAN: Final = """\
key: staff-pulse
title: Staff pulse
questionnaire: people-pulse
sender: People team
purpose: To see where working here gets better or worse.
basis: public_task
notice: Staff privacy notice
schedule:
  start: 2090-06-06T09:30
open_days: 14
reminders: [7]
"""
ROLES: Final[Mapping[str, str]] = {
    "api": "api",
    "bot": "bot",
    "worker 1": "worker",
    "worker 2": "worker",
}
ALREADY: Final = "You have already answered"


class SlowPost(Received):
    """Takes letters and says so only when its gate is open, as a server with much to do."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await self.gate.wait()
        return await super().handle_DATA(server, session, envelope)


@dataclass(frozen=True, slots=True)
class Town:
    """The processes, their clock, and a seat at their database that does none of their work."""

    here: Running
    processes: Mapping[str, Program]
    clock: SharedClock
    address: str
    environment: Mapping[str, str]
    telegram: FakeTelegram
    post: SlowPost

    def passes(self, time: timedelta) -> None:
        """For everybody at once."""
        self.clock.jump(time)
        self.here.clock.advance(time)

    async def says(self, *words: str) -> str:
        """What a command that did as it was asked says."""

        def call() -> str:
            done = CliRunner().invoke(command, list(words), env=dict(self.environment))
            assert done.exit_code == 0, done.output
            return done.stdout

        return await asyncio.to_thread(call)

    async def stand(self, state: InvitationState) -> None:
        """Wait until everybody is in this state."""

        async def all_are() -> bool:
            status = await self.here.core.campaigns.status("staff-pulse")
            return bool(status.waves) and status.waves[0].standing.states.get(state) == ASKED

        await until(all_are)

    async def holders(self, *, of_begun: bool) -> int:
        """How many processes hold messages that are not settled; only begun ones on demand."""
        held = select(func.count(distinct(deliveries.c.holder))).where(
            deliveries.c.settled_at.is_(None)
        )
        if of_begun:
            held = held.where(deliveries.c.begun_at.is_not(None))
        async with self.here.core.database.reading() as connection:
            return int(await connection.scalar(held) or 0)

    async def people_counted(self) -> int:
        """Over all units, as the counts of the wave have it."""
        everybody = select(func.sum(counts.c.n)).where(
            counts.c.question == "*", counts.c.dimension == "*", counts.c.wave != ""
        )
        async with self.here.core.database.reading() as connection:
            return int(await connection.scalar(everybody) or 0)


@asynccontextmanager
async def town(database_url: str, folder: Path) -> AsyncIterator[Town]:
    clock, file = open_clock(folder)
    clock.jump(NINE - clock.now())
    post, port = SlowPost(), free_port()
    async with (
        FakeTelegram() as telegram,
        mail_server(post) as mail,
        AsyncExitStack() as stack,
    ):
        chosen: dict[str, Any] = {
            "public_url": f"http://127.0.0.1:{port}",
            "smtp_url": f"smtp://127.0.0.1:{mail}",
            "mail_from": "Barnet surveys <surveys@barnet.example>",
            "telegram_token": telegram.token,
            "telegram_api_base": telegram.base_url,
            "bot_username": BOT_NAME,
        }
        secrets = {name: SecretStr(chosen[name]) for name in ("smtp_url", "telegram_token")}
        here = await stack.enter_async_context(
            running(database_url, folder, clock=RunningClock(NINE), **(chosen | secrets))
        )
        environment = settings_of(folder, database_url, port=str(port), **chosen)
        starting = [program(folder, file, "--only", role, **environment) for role in ROLES.values()]
        # At once: each start takes seconds.
        started = await asyncio.gather(*(each.__aenter__() for each in starting))
        for each in starting:
            stack.push_async_exit(each)
        processes = dict(zip(ROLES, started, strict=True))
        yield Town(here, processes, clock, chosen["public_url"], environment, telegram, post)


async def test_everybody_is_asked_and_counted_once_though_a_worker_is_killed_while_it_sends(
    postgres_url: str, tmp_path: Path
) -> None:
    """API, bot and two workers; what may have arrived twice is listed, and nothing else did."""
    async with town(postgres_url, tmp_path) as its:
        await its.here.publish("people-pulse", open_link=False)
        crowd = await a_crowd(its.here, its.telegram, size=ASKED, in_chat=IN_CHAT, now=NINE)
        await is_launched(its, tmp_path)
        listed = await loses_a_worker_while_it_sends(its)
        found = messages(its, crowd)

        assert set(found) == {each.key for each in crowd.people}
        assert {who for who, number in found.items() if number > 1} <= listed
        assert max(found.values()) <= 2

        await all_answer(its, crowd)
        await it_ends_in_time(its, len(listed))
        ended = {await each.stop() for name, each in its.processes.items() if name != "worker 1"}
    assert ended == {0}
    assert '"level": "error"' not in (tmp_path / "program.log").read_text()


async def is_launched(its: Town, folder: Path) -> None:
    """By the command: for so many people, and nothing leaves before its time."""
    file = folder / "pulse.yaml"
    file.write_text(PLAN)
    await its.says("campaign", "create", str(file))
    assert f"would be asked    {ASKED}" in await its.says("campaign", "plan", "staff-pulse")
    await its.says("campaign", "launch", "staff-pulse", "--people", str(ASKED))
    assert invitations(its.telegram, "Staff pulse") == []


async def loses_a_worker_while_it_sends(its: Town) -> set[str]:
    """Each worker has messages under way when one of them dies; whose are listed, by key."""
    line = Hold()
    its.telegram.faults.order(SENT, line, times=ASKED, nth=3)
    its.passes(timedelta(minutes=30))

    async def both_have_begun() -> bool:
        return await its.holders(of_begun=True) == 2

    await until(both_have_begun)
    await its.processes["worker 1"].kill()
    line.gate.set()
    its.post.gate.set()

    async def only_the_dead_holds_any() -> bool:
        return await its.holders(of_begun=False) == 1

    await until(only_the_dead_holds_any)
    its.passes(LEASE)
    await its.stand(InvitationState.DELIVERED)
    its.telegram.faults.clear()
    repeated = await its.here.core.undelivered.repeated("staff-pulse.1")
    assert len(repeated) == 1
    return {each.name.replace("Person ", "p-") for each in repeated}


def messages(its: Town, crowd: Crowd) -> Mapping[str, int]:
    """How often each person was asked, in their chat or by letter."""
    in_chats = Counter(each.chat for each in invitations(its.telegram, "Staff pulse"))
    found = {key: in_chats[chat.id] for key, chat in crowd.chats.items()}
    written = letters(its.post)
    found |= {each.key: len(written.get(each.email or "", ())) for each in crowd.by_mail}
    return {key: number for key, number in found.items() if number}


async def all_answer(its: Town, crowd: Crowd) -> None:
    """And one of them comes back by the same link."""
    links = [link_in(each) for each in first_of_each(letters(its.post).values())]
    await asyncio.gather(
        *(answers_in_chat(each, "Agree") for each in crowd.chats.values()),
        *(answers_by_link(each, "Strongly agree") for each in links),
    )
    async with httpx.AsyncClient(base_url=its.address, follow_redirects=True) as http:
        again = WebPerson(http)
        await again.opens(links[0])
        assert again.heading == ALREADY
    await its.stand(InvitationState.ANSWERED)


def first_of_each(found: Iterable[Iterable[EmailMessage]]) -> list[EmailMessage]:
    return [next(iter(each)) for each in found]


async def it_ends_in_time(its: Town, listed: int) -> None:
    """After two weeks; then its figure is published, of as many as have answered."""
    its.passes(timedelta(days=14))

    async def published() -> bool:
        async with its.here.core.begin.read() as work:
            return any(key.wave for key in await work.cells.of("people-pulse"))

    await until(published)
    assert await its.people_counted() == ASKED
    point = await figure(its)
    assert (point["status"], point["value"], point["n_band"]) == ("published", 88, "20-29")
    (wave,) = json.loads(await its.says("campaign", "status", "staff-pulse", "--json"))["waves"]
    assert sum(wave["states"].values()) == wave["audience"] == wave["states"]["answered"] == ASKED
    assert (wave["state"], wave["response_rate"], wave["repeated"]) == ("closed", 1, listed)


async def figure(its: Town) -> Mapping[str, Any]:
    """What the API says of the wave."""
    key = await its.here.core.api_keys.add("test", frozenset({Scope.READ}))
    async with httpx.AsyncClient() as http:
        answer = await http.get(
            f"{its.address}/api/v1/trends",
            params={
                "measure": "engagement_index",
                "questionnaire": "people-pulse",
                "by": "wave",
            },
            headers={"Authorization": f"Bearer {key.secret}"},
        )
    (point,) = answer.json()["points"]
    found: Mapping[str, Any] = point
    return found
