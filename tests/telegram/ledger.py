"""What each person saw, in order, and what the bot asked for.

The ledger alone decides what was missed and what was repeated. It records effects: a call that
took effect is here even when the connection broke before the bot could read the answer.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

SENT = "sendMessage"

Labels = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that one person saw.

    `method` is the Bot API's name for it. `text` is what the person read: of a message, of a
    toast (answerCallbackQuery; empty when only the spinner stopped), the action of a
    sendChatAction, empty for a deletion. `buttons` are rows of labels.
    """

    number: int
    at: datetime
    chat: int
    method: str
    message_id: int | None
    text: str
    buttons: Labels


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of the bot; `error_code` is None when it was accepted, 0 when cut off."""

    at: datetime
    method: str
    chat: int | None
    error_code: int | None


class Ledger:
    """Append only."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._of_chat: defaultdict[int, list[Entry]] = defaultdict(list)
        self._calls: list[Call] = []

    def write(
        self,
        *,
        at: datetime,
        chat: int,
        method: str,
        message_id: int | None = None,
        text: str = "",
        buttons: Labels = (),
    ) -> None:
        entry = Entry(
            number=len(self._entries) + 1,
            at=at,
            chat=chat,
            method=method,
            message_id=message_id,
            text=text,
            buttons=buttons,
        )
        self._entries.append(entry)
        self._of_chat[chat].append(entry)

    def note_call(self, call: Call) -> None:
        self._calls.append(call)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def shown(self, chat: int) -> tuple[Entry, ...]:
        """Everything that this person saw happen, oldest first."""
        return tuple(self._of_chat.get(chat, ()))

    def sent_to(self, chat: int) -> tuple[Entry, ...]:
        """New messages only: what made the telephone buzz."""
        return tuple(entry for entry in self.shown(chat) if entry.method == SENT)

    def calls(self, method: str | None = None) -> tuple[Call, ...]:
        """Requests that were understood, refused ones included; all, or of one method."""
        return tuple(call for call in self._calls if method in (None, call.method))
