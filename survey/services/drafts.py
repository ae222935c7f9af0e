"""Half-finished answers as they are kept: encrypted with a key that lies outside the database."""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.calendar import local_month
from survey.domain.drafts import from_bytes, to_bytes
from survey.domain.named import named_person
from survey.domain.records import Conversation
from survey.domain.turns import State
from survey.errors import DraftUnreadable
from survey.ports import Keys


class Drafts:
    """Seals and opens drafts; `zone` says in which month the key of a moment lies."""

    def __init__(self, keys: Keys, zone: ZoneInfo) -> None:
        self._keys, self._zone = keys, zone

    def sealed(self, state: State, now: datetime) -> tuple[str, bytes]:
        """The name of the key, and the encrypted state."""
        return self._keys.encrypt("draft", local_month(now, self._zone), to_bytes(state))

    def opened(self, row: Conversation) -> State:
        """Raises: DraftUnreadable."""
        try:
            draft = self._keys.decrypt(row.draft_key, row.draft)
        except (KeyError, ValueError):
            raise DraftUnreadable("its key is destroyed, or its bytes are changed") from None
        return from_bytes(draft)


class Pseudonyms:
    """Who takes part, as keyed hashes that nobody without the key can make."""

    def __init__(self, key: bytes, *previous: bytes) -> None:
        """`previous` keys are those from before the secret was changed."""
        self._key, self._keys = key, (key, *previous)

    def participant(self, owner: str, person: UUID | None = None) -> str | None:
        """A person where it is known who it is, else the chat; a web visitor is nobody we know."""
        return next(iter(self.participants(owner, person)), None)

    def participants(self, owner: str, person: UUID | None = None) -> tuple[str, ...]:
        """The same by each key, that of now first: all names under which they may be known.

        Those of a person come first, then those of the chat, which has them before somebody joins.
        """
        known = [named_person(person)] if person else []
        if owner.startswith("telegram:"):
            known.append(owner)
        return tuple(
            blake2b(each.encode(), key=key, digest_size=16).hexdigest()
            for each in known
            for key in self._keys
        )

    def way_back(self, owner: str, questionnaire: str, wave: str) -> bytes:
        """Stands for a token that only this owner holds, for what they began about this."""
        about = f"{questionnaire}\n{wave}" if wave else questionnaire
        told = f"way back\n{about}\n{owner}"
        return blake2b(told.encode(), key=self._key, digest_size=32).digest()


def is_over(row: Conversation) -> bool:
    """A conversation that is over keeps no answers."""
    return not row.draft
