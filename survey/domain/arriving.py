"""What there is in a text that somebody sends: words of danger, and identifiers of people."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from survey.domain.distress import Concern, noticed
from survey.domain.identifiers import Identifier, found


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was noticed in an answer to `question`; nothing of the text itself."""

    question: str
    concerns: frozenset[Concern] = frozenset()
    identifiers: frozenset[Identifier] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.concerns or self.identifiers)

    @property
    def leaves_the_chat(self) -> bool:
        """Whether the message must not stay in a chat: with it money or records are in reach."""
        return any(each.opens_harm for each in self.identifiers)


def looked_at(question: str, text: str, names: Iterable[Collection[str]] = ()) -> Arrived:
    """`names` are those of people whom the body knows, each as its words in small letters."""
    identifiers = frozenset(each.identifier for each in found(text, names))
    return Arrived(question, noticed(text), identifiers)
