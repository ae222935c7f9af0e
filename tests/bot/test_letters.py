"""The worker sends letters."""

import asyncio
from datetime import datetime
from pathlib import Path
from uuid import UUID

from bot.worker import Worker
from survey.domain.audit import OPERATOR
from survey.domain.letters import Composed
from survey.services.letters import AT_ONCE
from tests.support.application import running
from tests.support.signing import VIEWER, Postbox

LETTERS = 2 * AT_ONCE + 1


class Awaited(Postbox):
    """Says when all letters have come."""

    def __init__(self) -> None:
        super().__init__()
        self.all = asyncio.Event()

    async def send(self, letter: UUID, composed: Composed, *, at: datetime) -> None:
        await super().send(letter, composed, at=at)
        if len(self.sent) == LETTERS:
            self.all.set()


async def test_the_worker_sends_all_that_wait_also_more_than_leave_at_once(
    database_url: str, tmp_path: Path
) -> None:
    postbox = Awaited()
    async with running(database_url, tmp_path, mailer=postbox) as here:
        for number in range(LETTERS):
            email = f"p{number}@barnet.example"
            await here.core.accounts.invite(email, "Ann", [VIEWER], None, by=OPERATOR)

        async with Worker(here.core, here.figures), asyncio.timeout(60):
            await postbox.all.wait()

        waiting = (await here.core.letters.post()).waiting

    assert (len({each.to for each in postbox.sent}), waiting) == (LETTERS, 0)
