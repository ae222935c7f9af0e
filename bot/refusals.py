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

A message of a campaign, which nobody waits for, is looked at more closely (`not_delivered`):

| Telegram answers                           | refusal  | what is done                            |
|--------------------------------------------|----------|-----------------------------------------|
| 429, with `retry_after` or without         | BUSY     | campaigns are silent for as long        |
| 401, 404, 409, 5xx that says so in JSON    | DOWN     | nothing is sent until it works again    |
| no connection at all                       | DOWN     | likewise                                |
| a proxy's page, nothing, no JSON           | UNKNOWN  | it may have arrived                     |
| nothing in time, a broken line             | UNKNOWN  | likewise                                |
| 403 or 400 with a text in `_GONE`          | GONE     | nothing more until they write           |
| 403 with any other text                    | UNCLEAR  | three times over a day are GONE         |
| 400 with any other text, 413, and the rest | FAULT    | never again: the message is at fault    |
"""

from enum import StrEnum
from typing import Final

from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from survey.ports.channels import NotDelivered, Refusal


class Unreadable(TelegramServerError):
    """What came back is no answer of the Bot API: nobody knows what became of the call."""


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


_GONE: Final = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation",
    "bot was kicked",
    "user_is_blocked",
    "input_user_deactivated",
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "have no rights to send a message",
)
"""Of 400 and 403, in small letters: what only the person can change, by writing to the bot.

Source: telegram-bot-api/Client.cpp, and what it passes on from Telegram itself.
"""


_KINDS: Final[tuple[tuple[type[TelegramAPIError], Refusal, str], ...]] = (
    (TelegramUnauthorizedError, Refusal.DOWN, "token_refused"),
    (TelegramNotFound, Refusal.DOWN, "token_refused"),
    (TelegramConflictError, Refusal.DOWN, "other_reader"),
    (TelegramEntityTooLarge, Refusal.FAULT, "refused"),
    (TelegramNetworkError, Refusal.UNKNOWN, "line_lost"),
    (Unreadable, Refusal.UNKNOWN, "no_sense"),
    (TelegramServerError, Refusal.DOWN, "failing"),
    (TelegramMigrateToChat, Refusal.GONE, "moved"),
    (TelegramAPIError, Refusal.FAULT, "refused"),
)
"""The first that fits, for what is not told apart by its text."""


def not_delivered(error: BaseException) -> NotDelivered:
    """What a failed attempt to send somebody a message means for it."""
    if isinstance(error, TelegramRetryAfter):
        return NotDelivered(Refusal.BUSY, "busy", seconds=asked_to_wait(error))
    if isinstance(error, TelegramForbiddenError | TelegramBadRequest):
        return _of_person(error)
    if isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError):
        return NotDelivered(Refusal.DOWN, "unreachable")
    for kind, refusal, reason in _KINDS:
        if isinstance(error, kind):
            return NotDelivered(refusal, reason)
    return NotDelivered(Refusal.UNKNOWN, "fault")


def _of_person(error: TelegramForbiddenError | TelegramBadRequest) -> NotDelivered:
    said = error.message.lower()
    if any(text in said for text in _GONE):
        return NotDelivered(Refusal.GONE, "gone")
    if isinstance(error, TelegramForbiddenError):
        return NotDelivered(Refusal.UNCLEAR, "forbidden")
    return NotDelivered(Refusal.FAULT, "refused")
