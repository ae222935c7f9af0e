"""What a service promises to whoever reports a problem: its hours, its times, its cut-offs.

A service without a promise of its own has that of the service above it, the topmost `Promise()`.
Times are in hours of work: an hour at night is none.
"""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from survey.domain.cases import CaseKind, Priority
from survey.domain.clock_times import ClockTime

WorkingHours = Annotated[int, Field(ge=1, le=2_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Times(_Part):
    """Hours of work until a report is acknowledged, until news of it, and until it is fixed."""

    acknowledge: WorkingHours
    update: WorkingHours
    fix: WorkingHours


class CutOff(_Part):
    """A time of each month by which something has to be right: the payroll closes, say.

    On day `day` (in a shorter month its last) at `at` by the local clock; on a closed day the last
    open day before it. A report of one of these `kinds` from before then is to be fixed by then.
    """

    name: Annotated[str, Field(min_length=1, max_length=120)]
    day: Annotated[int, Field(ge=1, le=31)]
    at: ClockTime = time(12)
    kinds: Annotated[tuple[CaseKind, ...], Field(min_length=1)]


_TIMES: Final[Mapping[Priority, Times]] = {
    Priority.URGENT: Times(acknowledge=1, update=4, fix=8),
    Priority.HIGH: Times(acknowledge=4, update=8, fix=24),
    Priority.NORMAL: Times(acknowledge=8, update=24, fix=80),
    Priority.LOW: Times(acknowledge=16, update=40, fix=160),
}


class Promise(_Part):
    """When somebody works on reports, and how soon what happens.

    `days` are those of the week, 1 Monday to 7 Sunday (ISO 8601). `urgent` and `safeguarding` are
    told before anybody types: whom to telephone, at any hour.
    """

    opens: ClockTime = time(9)
    until: ClockTime = time(17)
    days: Annotated[frozenset[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1)] = frozenset(
        {1, 2, 3, 4, 5}
    )
    times: Mapping[Priority, Times] = Field(default_factory=lambda: _TIMES)
    cut_offs: tuple[CutOff, ...] = ()
    urgent: Annotated[str, Field(max_length=500)] = ""
    safeguarding: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.opens >= self.until:
            raise ValueError("until must be later than opens")
        if missing := [each for each in Priority if each not in self.times]:
            raise ValueError(f"give times for {', '.join(missing)}")
        return self
