"""What a failed call to Telegram means, and what is done about it: the one table.

| Telegram answers                           | meaning      | what is done                        |
|--------------------------------------------|--------------|-------------------------------------|
| 429, with `retry_after` or without         | BUSY         | again after that, at least a second |
| 5xx, a proxy's page, nothing, no JSON      | UNREACHABLE  | again, soon and then seldom         |
| nothing in time, a broken line             | UNREACHABLE  | likewise                            |
| 401, 404                                   | TOKEN        | the bot stops, and says so          |
| 409                                        | OTHER_READER | again, seldom, and said             |
| 403                                        | PERSON       | nothing: they come back, or do not  |
| 400, and whatever else is no success       | REFUSED      | three tries, then parked            |

The code in the answer counts; where it has none, the status. "ok: false" with status 200 and no
code is REFUSED.
"""

from enum import StrEnum

from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)


class Meaning(StrEnum):
    """Stable words, for the log and for parked updates."""

    BUSY = "telegram_busy"
    UNREACHABLE = "telegram_unreachable"
    TOKEN = "telegram_token_refused"  # noqa: S105 (no secret)
    OTHER_READER = "telegram_other_reader"
    PERSON = "person_unreachable"
    REFUSED = "telegram_refused"

    @property
    def passes(self) -> bool:
        """Whether trying again can help."""
        return self in _PASSING


_PASSING = frozenset({Meaning.BUSY, Meaning.UNREACHABLE, Meaning.TOKEN, Meaning.OTHER_READER})


def meaning_of(error: BaseException) -> Meaning | None:
    """None for an error that is not about a call to Telegram."""
    match error:
        case TelegramRetryAfter():
            return Meaning.BUSY
        case TelegramNetworkError() | TelegramServerError():
            return Meaning.UNREACHABLE
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Meaning.TOKEN
        case TelegramConflictError():
            return Meaning.OTHER_READER
        case TelegramForbiddenError():
            return Meaning.PERSON
        case TelegramAPIError() | AiogramError():
            return Meaning.REFUSED
    return None


def asked_to_wait(error: BaseException) -> float:
    """Seconds of patience that Telegram asked for; 0 where it asked for none."""
    return float(error.retry_after) if isinstance(error, TelegramRetryAfter) else 0.0
