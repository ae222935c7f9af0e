"""What changed, in words: always one of five, and a sentence that states the finding.

Sentences are whole templates, so that a translation may order its words as it likes; pass a
catalogue's `gettext` as `translate`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from analytics.disclosure import ONE_DECIMAL_FROM, CellStatus, Shown, Wanted, band_ends
from analytics.intervals import clear_change
from analytics.rounding import half_up
from survey.domain.language import N_
from survey.domain.measures import Measure, MeasureKind, answered

Translate = Callable[[str], str]


class ChangeWord(StrEnum):
    """The only words for change that people read."""

    CLEAR_RISE = N_("clear rise")
    CLEAR_FALL = N_("clear fall")
    NO_CLEAR_CHANGE = N_("no clear change")
    TOO_FEW = N_("too few answers to tell")
    FIRST_FIGURE = N_("first figure")


class By(StrEnum):
    """The length of a trend's periods."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    WAVE = "wave"


@dataclass(frozen=True, slots=True)
class Change:
    """From an earlier cell to this one.

    `value` is the difference of the exact figures, rounded last (75.44 after 74.64 are shown as
    75, 75 and +1); None unless both figures are shown. `clear` is None where it was not tested.
    """

    word: ChangeWord
    value: Decimal | None = None
    clear: bool | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of a trend as everybody may see it; `period` is its label on pages."""

    period: str
    shown: Shown
    change: Change


def changes(cells: Sequence[Wanted], shown: Sequence[Shown]) -> list[Change]:
    """The change of each cell of a trend since the latest earlier period that has answers.

    Periods in which nobody answered are passed over. After a period that may not be shown a
    change is "too few answers to tell": its figure must not be found by subtraction.

    Args:
        cells: the trend's cells in order of time, all of one measure.
        shown: what disclosure control decided of each.
    """
    found: list[Change] = []
    earlier: tuple[Wanted, Shown] | None = None
    for cell, decided in zip(cells, shown, strict=True):
        found.append(_change(earlier, cell, decided))
        if decided.status is not CellStatus.NO_DATA:
            earlier = cell, decided
    return found


def _change(earlier: tuple[Wanted, Shown] | None, cell: Wanted, shown: Shown) -> Change:
    if shown.status in (CellStatus.NO_DATA, CellStatus.SUPPRESSED):
        return Change(ChangeWord.TOO_FEW)
    if earlier is None:
        return Change(ChangeWord.FIRST_FIGURE)
    before, before_shown = earlier
    if before_shown.status is CellStatus.SUPPRESSED:
        return Change(ChangeWord.TOO_FEW)
    apart = cell.measure.value(cell.counts) - cell.measure.value(before.counts)
    fewest = min(answered(cell.counts), answered(before.counts))
    both_shown = shown.value is not None and before_shown.value is not None
    value = half_up(apart, 1 if fewest >= ONE_DECIMAL_FROM else 0) if both_shown else None
    clear = clear_change(cell.measure, before.counts, cell.counts)
    if clear is None:
        return Change(ChangeWord.TOO_FEW, value)
    if not clear:
        return Change(ChangeWord.NO_CLEAR_CHANGE, value, clear)
    return Change(ChangeWord.CLEAR_RISE if apart > 0 else ChangeWord.CLEAR_FALL, value, clear)


_SUBJECTS: Mapping[str, str] = {
    "satisfaction": N_("{figure} are satisfied"),
    "ease": N_("{figure} found it easy"),
    "first_contact_resolution": N_("{figure} had their query resolved the first time"),
    "engagement_index": N_("The staff engagement index is {figure}"),
    "net_satisfaction": N_("Net satisfaction is {figure}"),
    "nps": N_("The net promoter score is {figure}"),
}
_COMPARED: Mapping[ChangeWord, str] = {
    ChangeWord.CLEAR_RISE: N_("{now}, up from {before} {when}. That is a clear change."),
    ChangeWord.CLEAR_FALL: N_("{now}, down from {before} {when}. That is a clear change."),
    ChangeWord.NO_CLEAR_CHANGE: N_("{now}. It was {before} {when}: no clear change."),
    ChangeWord.TOO_FEW: N_("{now}. Too few answers to tell whether that is a change."),
    ChangeWord.FIRST_FIGURE: N_("{now}. This is the first figure."),
}
_WHEN: Mapping[By, str] = {
    By.MONTH: N_("the month before"),
    By.QUARTER: N_("the quarter before"),
    By.YEAR: N_("the year before"),
    By.WAVE: N_("the time before"),
}
_THE_SURVEY = N_("the survey {period}")
"""How sentences call what was asked by a wave: "the survey opened 3 November 2026"."""
_IN_PERIOD = N_("in {period}")
_TOO_FEW_TO_SHOW = N_("Too few answers to show for {period}.")
_TOO_FEW_SINCE = N_("Too few answers to show for {period}. Last shown, for {earlier}: {figure}.")
_NOBODY_YET = N_("Nobody has answered yet.")
_NOBODY_IN_PERIOD = N_("Nobody answered in {period}.")
_OVER, _UNDER = N_("over {end}"), N_("under {end}")
_BETWEEN = N_("{low} to {high}")
_IN_100 = N_("{figure} in 100")


def figure_words(shown: Shown, measure: Measure, *, translate: Translate = str) -> str:
    """The figure as it stands in a sentence: "62 in 100", "61.8%", "over 95 in 100", "53".

    Raises:
        ValueError: the cell has no figure.
    """
    if measure.kind is not MeasureKind.SHARE or _has_decimals(shown):
        return _with_percent(shown, measure, translate)
    return translate(_IN_100).format(figure=bare_words(shown, translate=translate))


def bare_words(shown: Shown, *, translate: Translate = str) -> str:
    """The figure without its unit: "62", "61.8", "over 95".

    Raises:
        ValueError: the cell has no figure.
    """
    if shown.value is not None:
        return _signed(shown.value)
    if shown.value_band is None:
        raise ValueError(f"a {shown.status} cell has no figure")
    low, high = band_ends(shown.value_band)
    if high is None:
        return translate(_OVER).format(end=_signed(low))
    if low is None:
        return translate(_UNDER).format(end=_signed(high))
    return translate(_BETWEEN).format(low=_signed(low), high=_signed(high))


def finding(
    points: Sequence[TrendPoint], measure: Measure, *, by: By, translate: Translate = str
) -> str:
    """What the trend says of its latest period, as the title of its chart.

    For example "62 in 100 are satisfied, up from 54 the quarter before. That is a clear change."
    The earlier period is named, as a page may be read long after.
    """
    if by is By.WAVE:
        called = translate(_THE_SURVEY)
        points = [replace(each, period=called.format(period=each.period)) for each in points]
    if all(point.shown.status is CellStatus.NO_DATA for point in points):
        return translate(_NOBODY_YET)
    latest = points[-1]
    if latest.shown.status is CellStatus.NO_DATA:
        return translate(_NOBODY_IN_PERIOD).format(period=latest.period)
    earlier = next((point for point in reversed(points[:-1]) if _has_figure(point)), None)
    if latest.shown.status is CellStatus.SUPPRESSED:
        if earlier is None:
            return translate(_TOO_FEW_TO_SHOW).format(period=latest.period)
        return translate(_TOO_FEW_SINCE).format(
            period=latest.period,
            earlier=earlier.period,
            figure=figure_words(earlier.shown, measure, translate=translate),
        )
    exact = any(_has_decimals(point.shown) for point in (latest, earlier) if point)
    now = translate(_SUBJECTS[measure.key]).format(
        figure=_with_percent(latest.shown, measure, translate)
        if exact
        else figure_words(latest.shown, measure, translate=translate)
    )
    sentence = translate(_COMPARED[latest.change.word])
    if earlier is None:
        return _capital(sentence.format(now=now))
    before = (
        _with_percent(earlier.shown, measure, translate)
        if exact
        else bare_words(earlier.shown, translate=translate)
    )
    when = (
        translate(_WHEN[by])
        if earlier is points[-2]
        else translate(_IN_PERIOD).format(period=earlier.period)
    )
    return _capital(sentence.format(now=now, before=before, when=when))


def _has_figure(point: TrendPoint) -> bool:
    return point.shown.status in (CellStatus.PUBLISHED, CellStatus.BANDED)


def _has_decimals(shown: Shown) -> bool:
    return shown.value is not None and shown.value.as_tuple().exponent != 0


def _signed(value: Decimal | None) -> str:
    """With a minus sign, which is read out as one and is as wide as the figures."""
    return str(value).replace("-", "−")


def _with_percent(shown: Shown, measure: Measure, translate: Translate) -> str:
    words = bare_words(shown, translate=translate)
    return f"{words}%" if measure.kind is MeasureKind.SHARE else words


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
