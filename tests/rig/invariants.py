"""What must be true after every run, however often the program died: each rule has a name.

Rules look at `Evidence` alone: what people and clients sent and were told (theirs and Telegram's
ledger's word), and what the database and the key directory hold.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from survey.domain.records import CountKey
from tests.rig.load import Sent


@dataclass(frozen=True, slots=True)
class Kept:
    """One set of answers, as a response or as a sealed row that its box's key opens."""

    questionnaire: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known after a run; everything has come to rest.

    Attributes:
        delivered: updates that Telegram will not send again.
        applied, parked, waiting: updates in the inbox.
        shown: for each chat the text of the last message, and how many the bot sent.
        owed: chats whose last turn was not shown.
        unreadable: sealed rows that cannot be opened, or not with the keys that are there.
        leaked: places where an answer stands in the clear and should not.
    """

    sent: Sequence[Sent]
    delivered: Collection[int] = ()
    applied: Collection[int] = ()
    parked: Collection[int] = ()
    waiting: Collection[int] = ()
    receipts: Counter[str] = field(default_factory=Counter)
    kept: Sequence[Kept] = ()
    counts: Mapping[CountKey, int] = field(default_factory=dict)
    recounted: Mapping[CountKey, int] = field(default_factory=dict)
    shown: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    owed: Collection[str] = ()
    unreadable: Collection[str] = ()
    leaked: Collection[str] = ()

    def kept_of(self, sent: Sent) -> list[Kept]:
        return [each for each in self.kept if each.answers.get("comment") == sent.marker]


Rule = Callable[[Evidence], Sequence[str]]
"""What breaks the rule, in words; nothing where it holds."""


def broken(evidence: Evidence) -> dict[str, Sequence[str]]:
    """The rules that do not hold, and why."""
    return {name: faults for name, rule in RULES.items() if (faults := rule(evidence))}


def _everybody_got_to_the_end(evidence: Evidence) -> Sequence[str]:
    return [f"{each.marker}: {each.trouble}" for each in evidence.sent if each.trouble]


def _no_update_lost(evidence: Evidence) -> Sequence[str]:
    known = {*evidence.applied, *evidence.parked}
    lost = [f"update {number}" for number in set(evidence.delivered) - known]
    return lost + [f"update {number} waits" for number in evidence.waiting]


def _nothing_parked(evidence: Evidence) -> Sequence[str]:
    return [f"update {number}" for number in evidence.parked]


def _nothing_kept_twice(evidence: Evidence) -> Sequence[str]:
    found = Counter(str(each.answers.get("comment")) for each in evidence.kept)
    return [f"{marker}: {number} times" for marker, number in found.items() if number > 1]


def _one_receipt_each(evidence: Evidence) -> Sequence[str]:
    holders = Counter(each for sent in evidence.sent for each in sent.references)
    told = [
        f"{sent.marker} was told {sorted(sent.references)}"
        for sent in evidence.sent
        if len(sent.references) != 1
    ]
    kept = [
        f"{reference}: {evidence.receipts[reference]} kept, {number} told of it"
        for reference, number in holders.items()
        if evidence.receipts[reference] != 1 or number != 1
    ]
    unknown = [f"{each}: nobody was told" for each in evidence.receipts.keys() - holders.keys()]
    return [*told, *kept, *unknown]


def _as_many_receipts_as_answers(evidence: Evidence) -> Sequence[str]:
    receipts, kept = evidence.receipts.total(), len(evidence.kept)
    return [] if receipts == kept else [f"{receipts} receipts, {kept} sets of answers"]


def _counts_are_those_of_the_responses(evidence: Evidence) -> Sequence[str]:
    keys = {*evidence.counts, *evidence.recounted}
    return [
        f"{key}: {evidence.counts.get(key, 0)} counted, {evidence.recounted.get(key, 0)} found"
        for key in keys
        if evidence.counts.get(key, 0) != evidence.recounted.get(key, 0)
    ]


def _answers_are_those_of_a_serial_replay(evidence: Evidence) -> Sequence[str]:
    faults = []
    for sent in evidence.sent:
        wanted = [Kept(sent.questionnaire, sent.answers)]
        if (found := evidence.kept_of(sent)) != wanted and not sent.trouble:
            faults.append(f"{sent.marker}: {found} instead of {wanted}")
    return faults


def _nobody_is_owed_a_turn(evidence: Evidence) -> Sequence[str]:
    return [f"{owner} was not shown the last turn" for owner in evidence.owed]


def _everybody_sees_the_end(evidence: Evidence) -> Sequence[str]:
    return [
        f"{sent.marker}'s chat ends with {evidence.shown[sent.chat][0]!r}"
        for sent in evidence.sent
        if sent.chat is not None
        and not any(each in evidence.shown[sent.chat][0] for each in sent.references)
    ]


def _repeated_once_a_kill_at_most(evidence: Evidence) -> Sequence[str]:
    """Each text that a person writes brings one message; a kill may bring one more."""
    counted = [
        (sent, evidence.shown[sent.chat][1]) for sent in evidence.sent if sent.chat is not None
    ]
    return [
        f"{sent.marker}: {messages} messages to {sent.texts} texts, {sent.kills} kills"
        for sent, messages in counted
        if messages > sent.texts + sent.kills
    ]


def _everything_sealed_can_be_opened(evidence: Evidence) -> Sequence[str]:
    return list(evidence.unreadable)


def _nothing_in_the_clear(evidence: Evidence) -> Sequence[str]:
    return list(evidence.leaked)


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "everybody got to the end": _everybody_got_to_the_end,
        "no update is lost": _no_update_lost,
        "no good update is parked": _nothing_parked,
        "nothing is kept twice": _nothing_kept_twice,
        "one receipt for each who was told of one": _one_receipt_each,
        "as many receipts as sets of answers": _as_many_receipts_as_answers,
        "counts are those of the responses": _counts_are_those_of_the_responses,
        "answers are those of a serial replay": _answers_are_those_of_a_serial_replay,
        "nobody is owed a turn": _nobody_is_owed_a_turn,
        "everybody sees the end": _everybody_sees_the_end,
        "a message is repeated once a kill at most": _repeated_once_a_kill_at_most,
        "everything sealed can be opened": _everything_sealed_can_be_opened,
        "nothing stands in the clear": _nothing_in_the_clear,
    }
)
