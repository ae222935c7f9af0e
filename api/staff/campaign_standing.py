"""How a wave stands: rows and a bar that say the same, and add up to everybody of the audience.

Whether one person has answered must not be read from a number either: where fewer were invited than
the smallest group that is shown, what people did with their invitation is told as one number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.staff.campaign_words import INVITATIONS, failure_in_words, reason_in_words
from api.staff.shell import Desk
from api.staff.structure_words import number
from survey.domain.language import N_
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, Standing, Wave

_DOING: Final = frozenset(
    {
        InvitationState.DELIVERED,
        InvitationState.OPENED,
        InvitationState.STARTED,
        InvitationState.ANSWERED,
        InvitationState.REFUSED,
    }
)
"""What becomes of an invitation that arrived: what a person does, not what we do."""

_FAILING: Final = frozenset(
    {InvitationState.FAILED, InvitationState.BLOCKED, InvitationState.EXPIRED}
)

BAR: Final = 1000
"""Width of the bar in its own units."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the states that everybody of the audience is in exactly one of.

    `x` and `width` are its place in the bar, in units of which the whole has `BAR`; `reasons` are
    (why, how many) where more is known.
    """

    key: str
    name: str
    number: int
    percent: str
    x: int
    width: int
    reasons: tuple[tuple[str, int], ...]


def hides_small(wave: Wave, standing: Standing) -> bool:
    """Whether so few were invited that what they do would show who did it.

    Those left out do nothing: they are no crowd to hide in.
    """
    return wave.privacy is not Privacy.ATTRIBUTED and standing.invited < wave.floor


def parts_of(wave: Wave, standing: Standing, desk: Desk) -> list[Part]:
    """Every state with somebody in it; their numbers add up to the audience."""
    counted: list[tuple[str, str, int, frozenset[InvitationState]]] = []
    together = _DOING if hides_small(wave, standing) else frozenset()
    if together:
        many = sum(standing.states.get(each, 0) for each in together)
        counted.append(("reached", desk.say(N_("Reached")), many, together))
    counted += [
        (each.value, desk.say(name), standing.states.get(each, 0), frozenset({each}))
        for each, name in INVITATIONS.items()
        if each not in together
    ]
    return _placed([each for each in counted if each[2]], standing, desk)


def progress_in_words(wave: Wave, standing: Standing, desk: Desk) -> str:
    """One line: how many of those who were asked have answered."""
    if not standing.audience:
        return desk.say(N_("Nobody was asked"))
    asked = number(standing.invited, desk)
    if hides_small(wave, standing):
        return desk.say(N_("%(asked)s asked")) % {"asked": asked}
    answered = number(standing.states.get(InvitationState.ANSWERED, 0), desk)
    told = {"answered": answered, "asked": asked}
    if wave.privacy is Privacy.ATTRIBUTED:
        return desk.say(N_("%(answered)s of %(asked)s schools or departments answered")) % told
    return desk.say(N_("%(answered)s of %(asked)s answered")) % told


def _placed(
    counted: Sequence[tuple[str, str, int, frozenset[InvitationState]]],
    standing: Standing,
    desk: Desk,
) -> list[Part]:
    whole = max(1, standing.audience)
    found, before = [], 0
    for key, name, many, states in counted:
        left, right = before * BAR // whole, (before + many) * BAR // whole
        before += many
        found.append(
            Part(
                key=key,
                name=name,
                number=many,
                percent=_percent(many, whole),
                x=left,
                width=max(1, right - left),
                reasons=_reasons(standing.reasons, states, desk),
            )
        )
    return found


def _percent(many: int, whole: int) -> str:
    """Whole percent, halves up; something that is there is never 0."""
    rounded = (many * 200 + whole) // (2 * whole)
    if not rounded and many:
        return "<1%"
    return f"{min(rounded, 99 if many < whole else 100)}%"


def _reasons(
    known: Mapping[tuple[InvitationState, str], int],
    states: frozenset[InvitationState],
    desk: Desk,
) -> tuple[tuple[str, int], ...]:
    """The commonest first."""
    found = [
        (
            failure_in_words(why, desk.say)
            if state in _FAILING
            else reason_in_words(why, desk.say),
            many,
        )
        for (state, why), many in known.items()
        if state in states and why
    ]
    return tuple(sorted(found, key=lambda each: (-each[1], each[0])))
