"""Figures of problem reports: pure sums of counts, rounded last.

Of reports, not of opinions: role rules decide who sees them, and small numbers are shown. The month
is the one in which a problem was reported, so that each report is in one month for good.

=====================  ============================================================================
figure                 rule
=====================  ============================================================================
confirmed fixed        confirmed / (confirmed + not confirmed + said to be not or only partly fixed)
first contact          at first contact / all that the reporter judged (methods.md, "FCR")
breached               a clock of it ran out / reported
reopened               came back at least once / reported
=====================  ============================================================================

What still waits for its reporter's answer, was declined or merged is in neither part of the first.
Source of the second: ICMI 2013 and SQM; the reporter decides, and the window is 14 days.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from analytics.disclosure import CellStatus, Shown
from analytics.rounding import half_up
from survey.domain.case_sums import CaseCounts, CaseSum
from survey.domain.language import N_
from survey.domain.measures import Measure, MeasureKind


class By(StrEnum):
    """What the figures are told apart by."""

    MONTH = "month"
    SERVICE = "service"
    PROVIDER = "provider"
    KIND = "kind"
    """Of the unit: school, department, team."""


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """The figures of one month, service, provider or kind of unit, by its `key`."""

    key: str
    counts: CaseCounts
    oldest: datetime | None = None

    @property
    def confirmed_rate(self) -> Fraction | None:
        """From 0 to 1; None where no reporter was asked and could have answered."""
        counts = self.counts
        return _share(counts.confirmed, counts.confirmed + counts.not_confirmed + counts.refused)

    @property
    def first_contact_rate(self) -> Fraction | None:
        return _share(self.counts.at_first_contact, self.counts.settled)

    @property
    def breach_rate(self) -> Fraction | None:
        return _share(self.counts.breached, self.counts.reported)

    @property
    def reopened_rate(self) -> Fraction | None:
        return _share(self.counts.reopened, self.counts.reported)

    @property
    def percents(self) -> Mapping[str, Decimal | None]:
        """Every rate as it is shown, by its name in files and in the API."""
        rates = {
            "breached_percent": self.breach_rate,
            "reopened_percent": self.reopened_rate,
            "confirmed_percent": self.confirmed_rate,
            "first_contact_percent": self.first_contact_rate,
        }
        return {name: percent(rate) for name, rate in rates.items()}

    def age(self, now: datetime) -> int | None:
        """Whole days for which the oldest open one has waited; None where none is open."""
        return None if self.oldest is None else (now - self.oldest).days


CONFIRMED: Final = Measure(
    key="confirmed_fixed",
    label=N_("Confirmed as fixed"),
    kind=MeasureKind.SHARE,
    definition=N_("Of problems said to be fixed, the share where the reporter agrees."),
    formula=N_("100 x confirmed / (confirmed + not confirmed + not or only partly fixed)"),
    source=N_("The reporter decides, and silence is no yes"),
    unit="%",
    lowest=0,
    highest=100,
    scale=(),
)
"""As charts take it; it is no measure of answers."""


def figures_by(
    by: By, sums: Iterable[CaseSum], *, providers: Mapping[str, str], months: Sequence[date] = ()
) -> list[CaseFigures]:
    """One row for each key that there is, in order; by month each of `months`, oldest first.

    Args:
        providers: who provides each service; without one it is under ''.
    """
    key_of: Mapping[By, Callable[[CaseSum], str | None]] = {
        By.MONTH: lambda each: each.month.isoformat() if each.month else None,
        By.SERVICE: lambda each: each.service,
        By.PROVIDER: lambda each: providers.get(each.service, ""),
        By.KIND: lambda each: each.kind,
    }
    found: dict[str, CaseFigures] = {}
    if by is By.MONTH:
        found = {each.isoformat(): CaseFigures(each.isoformat(), CaseCounts()) for each in months}
    for each in sums:
        key = key_of[by](each)
        if key is not None:
            found[key] = _with(found.get(key) or CaseFigures(key, CaseCounts()), each)
    return [found[key] for key in sorted(found)]


def total(sums: Iterable[CaseSum]) -> CaseFigures:
    whole = CaseFigures("", CaseCounts())
    for each in sums:
        whole = _with(whole, each)
    return whole


def percent(rate: Fraction | None) -> Decimal | None:
    """As it is shown: whole, a half up."""
    return None if rate is None else half_up(100 * rate, 0)


def shown(figures: CaseFigures) -> Shown:
    """The confirmed-fixed rate as a chart draws it."""
    value = percent(figures.confirmed_rate)
    if value is None:
        return Shown(CellStatus.NO_DATA)
    return Shown(CellStatus.PUBLISHED, value=value)


def _with(figures: CaseFigures, each: CaseSum) -> CaseFigures:
    moments = [at for at in (figures.oldest, each.oldest) if at is not None]
    return CaseFigures(figures.key, figures.counts + each.counts, min(moments, default=None))


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
