"""What each person saw, in order, and what the bot asked for.

The ledger alone decides what was missed and what was repeated. It records effects: a call that
took effect is here even when the connection broke before the bot could read the answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SENT = "sendMessage"
DELETED = "deleteMessage"
EDITED = ("editMessageText", "editMessageReplyMarkup")

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
class Act:
    """One thing that a person did: wrote (`message`), tapped (`callback_query`), corrected.

    `after` is the number of the newest entry of anybody when they did it.
    """

    at: datetime
    chat: int
    kind: str
    text: str
    after: int


@dataclass(frozen=True, kw_only=True)
class Visible:
    """A message of the bot as it stands."""

    message_id: int
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
        self._acts: defaultdict[int, list[Act]] = defaultdict(list)
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

    def note_act(self, *, at: datetime, chat: int, kind: str, text: str) -> None:
        after = len(self._entries)
        self._acts[chat].append(Act(at=at, chat=chat, kind=kind, text=text, after=after))

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

    def acts(self, chat: int) -> tuple[Act, ...]:
        """Everything that this person did, oldest first."""
        return tuple(self._acts.get(chat, ()))

    def calls(self, method: str | None = None) -> tuple[Call, ...]:
        """Requests that were understood, refused ones included; all, or of one method."""
        return tuple(call for call in self._calls if method in (None, call.method))

    # --- judgements ---

    def missed(self, chat: int, *texts: str) -> tuple[str, ...]:
        """Those of the texts that this person never read, in a message, an edit or a toast."""
        read = [entry.text for entry in self.shown(chat)]
        return tuple(text for text in texts if not any(text in each for each in read))

    def unanswered(self, chat: int) -> tuple[Act, ...]:
        """What this person did without seeing anything happen from then on."""
        shown = self.shown(chat)
        last = shown[-1].number if shown else 0
        return tuple(act for act in self.acts(chat) if act.after >= last)

    def repeated(self, chat: int, *, ever: bool = False) -> tuple[Entry, ...]:
        """New messages that say what this person had been told, and had not asked for again.

        Args:
            ever: compare with every earlier message; else with those since the person last did
                something, after which the same answer may be right.
        """
        acts = [] if ever else [act.after for act in self.acts(chat)]
        told: set[tuple[int, str, Labels]] = set()
        again = []
        for entry in self.sent_to(chat):
            turn = sum(after < entry.number for after in acts)
            said = (turn, entry.text, entry.buttons)
            if said in told:
                again.append(entry)
            told.add(said)
        return tuple(again)

    def now_visible(self, chat: int) -> tuple[Visible, ...]:
        """The bot's messages that this person can scroll to, oldest first, as last edited."""
        visible: dict[int, Visible] = {}
        for entry in self.shown(chat):
            if entry.message_id is None:
                continue
            if entry.method == DELETED:
                visible.pop(entry.message_id, None)
            elif entry.method == SENT or entry.message_id in visible:
                visible[entry.message_id] = Visible(
                    message_id=entry.message_id, text=entry.text, buttons=entry.buttons
                )
        return tuple(visible.values())

    def busiest(self, window: timedelta, *, chats: Iterable[int] | None = None) -> int:
        """The most new messages and edits that fell into any stretch of time this long.

        Args:
            chats: count these together; all where none are named.
        """
        wanted = None if chats is None else set(chats)
        times = [
            entry.at
            for entry in self._entries
            if entry.method in (SENT, *EDITED) and (wanted is None or entry.chat in wanted)
        ]
        most = first = 0
        for last, at in enumerate(times):
            while at - times[first] >= window:
                first += 1
            most = max(most, last - first + 1)
        return most

    def summary(self, chats: Iterable[int]) -> Counter[str]:
        """How many acts, entries by method, repeats and unanswered acts these people have."""
        counted: Counter[str] = Counter()
        for chat in chats:
            counted.update(entry.method for entry in self.shown(chat))
            counted["acts"] += len(self.acts(chat))
            counted["repeated"] += len(self.repeated(chat))
            counted["unanswered"] += len(self.unanswered(chat))
        return counted
