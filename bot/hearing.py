"""Whether people can be heard, and since when they could not.

Telegram keeps a tap for 150 seconds and then drops it, without a word to anybody. When updates come
again after a longer silence of ours, people with an open question may have tapped in vain: each
is owed their open turn once more, with a word about it. That is an edit of the message they look
at, so it wakes nobody.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.state import TOLD, BotState, Trouble
from survey.tally import Moment
from survey.wiring import Application

TAPS_ARE_KEPT: Final = timedelta(seconds=150)

RECENT: Final = timedelta(days=1)
"""Who took no step for longer than this before the silence had not their finger on a button."""

NOTED_EVERY: Final = timedelta(seconds=15)

_log = structlog.get_logger()


class Hearing:
    """One bot's line to Telegram, as whoever fetches updates (or watches the webhook) finds it."""

    def __init__(self, core: Application, state: BotState, *, bot: int) -> None:
        """`on_taps_lost` may be set to hear at once that there is something to show."""
        self._core, self._state, self._bot = core, state, bot
        self.on_taps_lost: Callable[[], object] = bool
        self._doubtful = True
        self._noted: datetime | None = None

    async def well(self) -> None:
        """Updates come, or would if there were any. Raises: Busy."""
        now = self._core.clock.now()
        self._core.tally.mark(Moment.HEARD, at=now)
        if not self._doubtful and self._noted and now - self._noted < NOTED_EVERY:
            return
        lost = 0
        async with self._core.begin() as work:
            name = f"heard:{self._bot}"
            last = await work.leases.get(name)
            if self._doubtful and last and now - last.until > TAPS_ARE_KEPT:
                since = last.until - RECENT
                lost = await work.conversations.owe_again(self._bot, since=since)
            await work.leases.note(name, self._core.leases.holder, at=now)
            await work.commit()
        self._noted, self._doubtful = now, False
        if self._state.turn(None, at=now):
            _log.info("telegram_reached")
        if lost:
            _log.warning("taps_lost", open_conversations=lost)
            self.on_taps_lost()

    def badly(self, trouble: Trouble) -> None:
        """Updates do not come."""
        self._doubtful = True
        if self._state.turn(trouble, at=self._core.clock.now()):
            _log.error(trouble.value, told=TOLD.get(trouble, "Telegram cannot be reached"))
