"""What a dry run shows: plain data for a page, a table or a test."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from survey.domain.campaign import ChannelName
from survey.domain.language import N_
from survey.domain.waves import InvitationState

BANNER: Final = N_("This was a dry run: nobody was asked, nothing is kept.")
LINE: Final = "DRY RUN"
"""How each line of it begins where it is printed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How the wave stood: how many invitations were in each state; they add up to the audience."""

    at: datetime
    states: Mapping[InvitationState, int]

    @property
    def audience(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as a simulated person saw it; `number` is 0, or which reminder it was."""

    at: datetime
    to: str
    channel: ChannelName
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that would be published, as the trends page says it; invented like its answers."""

    label: str
    finding: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """A whole one: `moments` in order of time, one message of each kind, figures and the rate.

    `percent` is the response rate (AAPOR RR1), None where nobody was asked.
    """

    campaign: str
    moments: Sequence[Moment]
    messages: Sequence[Sent]
    figures: Sequence[Figure]
    invited: int
    answered: int
    percent: int | None

    def lines(self) -> Iterator[str]:
        """For a terminal: every line says that it is not real."""
        for line in self._lines():
            yield f"{LINE}  {line}".rstrip()

    def _lines(self) -> Iterator[str]:
        yield BANNER
        yield f"Campaign {self.campaign}, with simulated people"
        yield ""
        shown = [
            state
            for state in InvitationState
            if any(each.states.get(state) for each in self.moments)
        ]
        heads = ["when".ljust(16), *(state.value for state in shown), "all"]
        yield "  ".join(heads)
        for moment in self.moments:
            sums = [str(moment.states.get(state, 0)).rjust(len(state.value)) for state in shown]
            cells = [f"{moment.at:%Y-%m-%d %H:%M}", *sums, str(moment.audience).rjust(3)]
            yield "  ".join(cells)
        yield ""
        yield f"Answered: {self.answered} of {self.invited} invited ({self.percent}%)"
        for figure in self.figures:
            yield f"{figure.label}: {figure.finding}"
        for message in self.messages:
            yield ""
            kind = f"reminder {message.number}" if message.number else "invitation"
            yield f"{message.at:%Y-%m-%d %H:%M}  {kind} by {message.channel} to {message.to}:"
            yield from (f"  {line}" for line in message.text.splitlines())
        yield ""
        yield BANNER
