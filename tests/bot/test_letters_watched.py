"""Whether somebody listens for answers by e-mail: what an alert goes by."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from bot.worker import Worker
from survey.tally import Counted, Moment, Tally
from tests.support.application import running

OF_LETTERS = (Moment.LETTERS_TAKEN, Moment.LETTERS_NOT_TAKEN)


@dataclass
class Told(Tally):
    """Says when it heard whether letters are taken."""

    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def mark(self, what: Moment, *labels: str, at: datetime) -> None:
        super().mark(what, *labels, at=at)
        if what in OF_LETTERS:
            self.heard.set()

    @property
    def of_letters(self) -> list[Counted | Moment]:
        return [each for each in OF_LETTERS if (each,) in self.moments]


async def test_who_listens_for_letters_says_so_and_who_cannot_says_that(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        running(
            database_url,
            tmp_path,
            smtp_url=SecretStr("smtp://127.0.0.1:9"),
            mail_from="Barnet Council <help@barnet.example>",
            mail_reply_to="reply@tellback.barnet.example",
            lmtp_listen=f"unix:{tmp_path / 'lmtp.sock'}",
        ) as here,
        asyncio.timeout(60),
        AsyncExitStack() as stack,
    ):
        first, second = Told(), Told()
        for tally in (first, second):
            core = replace(here.core, tally=tally)
            await stack.enter_async_context(Worker(core, here.figures))
            await tally.heard.wait()

    assert first.of_letters == [Moment.LETTERS_TAKEN]
    assert second.of_letters == [Moment.LETTERS_NOT_TAKEN]
