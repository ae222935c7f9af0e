"""What a process did, in plain numbers: counted where it happens, read by `/metrics`.

A tally never holds who or what: labels come from short fixed lists in the code.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Counted(StrEnum):
    """What only goes up, with the names of its labels in `LABELS`."""

    UPDATES = "updates"
    TELEGRAM_CALLS = "telegram_calls"
    JOBS = "jobs"
    SUBMISSIONS = "submissions"
    LOG_LINES_LOST = "log_lines_lost"
    MESSAGES = "messages"
    TELLINGS = "tellings"


class Moment(StrEnum):
    """When something happened last."""

    HEARD = "telegram_heard"
    JOB_SUCCEEDED = "job_succeeded"
    CHANNEL_DOWN = "channel_down"
    CHANNEL_WORKED = "channel_worked"
    LETTERS_TAKEN = "letters_taken"
    LETTERS_NOT_TAKEN = "letters_not_taken"


# Not "job" or "instance": a scraper writes its own values there, and ours would be lost.
LABELS: Final[dict[Counted | Moment, tuple[str, ...]]] = {
    Counted.UPDATES: ("outcome",),
    Counted.TELEGRAM_CALLS: ("method", "outcome"),
    Counted.JOBS: ("work", "outcome"),
    Counted.SUBMISSIONS: ("channel",),
    Counted.LOG_LINES_LOST: (),
    Counted.MESSAGES: ("channel", "outcome"),
    Counted.TELLINGS: ("channel", "outcome"),
    Moment.HEARD: (),
    Moment.JOB_SUCCEEDED: ("work",),
    Moment.CHANNEL_DOWN: ("channel",),
    Moment.CHANNEL_WORKED: ("channel",),
    Moment.LETTERS_TAKEN: (),
    Moment.LETTERS_NOT_TAKEN: (),
}


@dataclass(slots=True)
class Tally:
    """One process's numbers since it started."""

    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    moments: dict[tuple[str, ...], datetime] = field(default_factory=dict)

    def count(self, what: Counted, *labels: str, by: int = 1) -> None:
        """Add to a count; as many labels as `LABELS` names."""
        self.counts[(what, *labels)] += by

    def mark(self, what: Moment, *labels: str, at: datetime) -> None:
        """Note when it happened last."""
        self.moments[(what, *labels)] = at
