"""How the bot of this process fares, for whoever watches it: health pages and figures."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Trouble(StrEnum):
    """Why no updates come."""

    UNREACHABLE = "telegram_unreachable"
    TOKEN_REFUSED = "telegram_token_refused"  # noqa: S105 (no secret)
    OTHER_READER = "telegram_other_reader"
    WEBHOOK_REPLACED = "telegram_webhook_replaced"
    WEBHOOK_FAILING = "telegram_webhook_failing"


TOLD = {
    Trouble.TOKEN_REFUSED: (
        "Telegram does not know this token: set TELLBACK_TELEGRAM_TOKEN and restart"
    ),
    Trouble.OTHER_READER: (
        "another program reads this bot's updates, or a webhook is set: stop it"
    ),
    Trouble.WEBHOOK_REPLACED: (
        "updates of this bot go to another address than ours: whoever set it has the token; "
        "stop that program and restart this one"
    ),
    Trouble.WEBHOOK_FAILING: (
        "Telegram cannot deliver updates: see that TELLBACK_PUBLIC_URL is reached from outside"
    ),
}
"""What an operator is to do about it."""


@dataclass(slots=True)
class BotState:
    """One object for the process; the bot writes, others read.

    `trouble` is None where updates can come, and `since` is when that changed last; `ignored`
    counts updates of kinds that nothing here handles.
    """

    trouble: Trouble | None = None
    since: datetime | None = None
    ignored: int = 0

    def turn(self, trouble: Trouble | None, *, at: datetime) -> bool:
        """Note it; whether it is news."""
        if trouble is self.trouble and self.since is not None:
            return False
        self.trouble, self.since = trouble, at
        return True
