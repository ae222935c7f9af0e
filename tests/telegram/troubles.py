"""What the Bot API says when it does not do what was asked, by method: one table for all tests.

Texts as the official server words them (telegram-bot-api/Client.cpp), what it passes on from
Telegram itself included. `means` is what a bot has to make of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.telegram.faults import Cut, Fault, Garble, Refuse
from tests.telegram.refusal import (
    Refusal,
    bad_request,
    conflict,
    forbidden,
    too_many_requests,
    upgraded,
)

NEW_HOME: Final = -1_001_000_000_001
"""The supergroup that the table's upgraded group has become."""


class Means(StrEnum):
    """The right reaction."""

    PERSON_GONE = "person gone"
    """Nothing more to this chat until they write again."""

    CHAT_MOVED = "chat moved"
    """The chat has another id from now on."""

    ALREADY_SO = "already so"
    """What was wanted is the case."""

    MESSAGE_GONE = "message gone"
    """This message takes no edit: send a new one."""

    TOO_LATE = "too late"
    """Nobody waits for this answer any more."""

    LATER = "later"
    """No effect; try again, after the time that is named if one is."""

    UNKNOWN = "unknown"
    """It may or may not have taken effect."""

    OURS = "ours"
    """The token or the way of getting updates is wrong: an operator must act."""


_SENDING: Final = frozenset({"sendMessage"})
_EDITING: Final = frozenset({"editMessageText", "editMessageReplyMarkup"})
_ANSWERING: Final = frozenset({"answerCallbackQuery"})
_POLLING: Final = frozenset({"getUpdates"})
_TO_A_CHAT: Final = _SENDING | _EDITING
_ANY: Final = _TO_A_CHAT | _ANSWERING | _POLLING


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """`name` is ours; `methods` are those that can meet it."""

    name: str
    fault: Fault
    means: Means
    methods: frozenset[str]

    def __str__(self) -> str:
        return self.name


def _no(name: str, refusal: Refusal, means: Means, methods: frozenset[str]) -> Trouble:
    return Trouble(name=name, fault=Refuse(refusal), means=means, methods=methods)


TROUBLES: Final = (
    _no("blocked", forbidden("bot was blocked by the user"), Means.PERSON_GONE, _TO_A_CHAT),
    _no("deactivated", forbidden("user is deactivated"), Means.PERSON_GONE, _TO_A_CHAT),
    _no(
        "stranger",
        forbidden("bot can't initiate conversation with a user"),
        Means.PERSON_GONE,
        _SENDING,
    ),
    _no(
        "bot kicked",
        forbidden("bot was kicked from the group chat"),
        Means.PERSON_GONE,
        _TO_A_CHAT,
    ),
    _no("chat not found", bad_request("chat not found"), Means.PERSON_GONE, _TO_A_CHAT),
    _no("peer invalid", bad_request("PEER_ID_INVALID"), Means.PERSON_GONE, _TO_A_CHAT),
    _no(
        "no rights",
        bad_request("have no rights to send a message"),
        Means.PERSON_GONE,
        _TO_A_CHAT,
    ),
    _no("upgraded", upgraded(NEW_HOME), Means.CHAT_MOVED, _TO_A_CHAT),
    _no(
        "not modified",
        bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        ),
        Means.ALREADY_SO,
        _EDITING,
    ),
    _no("edit not found", bad_request("message to edit not found"), Means.MESSAGE_GONE, _EDITING),
    _no("edit too late", bad_request("message can't be edited"), Means.MESSAGE_GONE, _EDITING),
    _no(
        "query too old",
        bad_request("query is too old and response timeout expired or query ID is invalid"),
        Means.TOO_LATE,
        _ANSWERING,
    ),
    _no("flood 1 s", too_many_requests(1), Means.LATER, _ANY),
    _no("flood 1 h", too_many_requests(3600), Means.LATER, _ANY),
    _no("flood 0 s", too_many_requests(0), Means.LATER, _ANY),
    _no("flood without a time", Refusal(429, "Too Many Requests"), Means.LATER, _ANY),
    _no("bad gateway", Refusal(502, "Bad Gateway"), Means.LATER, _ANY),
    Trouble(
        name="bad gateway in HTML",
        fault=Garble(502, b"<html><h1>502 Bad Gateway</h1></html>", accepted=False),
        means=Means.UNKNOWN,
        methods=_ANY,
    ),
    Trouble(
        name="empty 200", fault=Garble(200, b"", accepted=False), means=Means.UNKNOWN, methods=_ANY
    ),
    Trouble(
        name="not ok with 200",
        fault=Garble(
            200, b'{"ok":false,"error_code":500,"description":"Internal"}', accepted=False
        ),
        means=Means.LATER,
        methods=_ANY,
    ),
    Trouble(name="reset before", fault=Cut(accepted=False), means=Means.UNKNOWN, methods=_ANY),
    Trouble(name="reset after", fault=Cut(accepted=True), means=Means.UNKNOWN, methods=_ANY),
    _no("token revoked", Refusal(401, "Unauthorized"), Means.OURS, _ANY),
    _no(
        "other poller",
        conflict(
            "terminated by other getUpdates request; "
            "make sure that only one bot instance is running"
        ),
        Means.OURS,
        _POLLING,
    ),
    _no(
        "webhook is set",
        conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        ),
        Means.OURS,
        _POLLING,
    ),
)


def troubles_of(method: str) -> tuple[Trouble, ...]:
    """Everything that can happen to a call of the method."""
    return tuple(trouble for trouble in TROUBLES if method in trouble.methods)
