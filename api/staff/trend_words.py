"""A trend as the page says it: rows of a table, a heading, what may be chosen.

Pure: figures in, words out. A suppressed cell becomes a sentence and carries no number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from analytics.disclosure import CellStatus, Shown
from analytics.trend import By, TrendPoint, bare_words, figure_words, finding
from analytics.trends import Point, Standing, Trend
from survey.domain.calendar import label, opened_label
from survey.domain.language import N_
from survey.domain.measures import Measure, MeasureKind
from survey.domain.records import Unit
from survey.locales import translations
from survey.services.catalogue import Listed

Translate = Callable[[str], str]

NOT_SHOWN: Final = N_(
    "Not shown: fewer than {floor} people answered, or showing it would reveal a smaller group."
)
_NOBODY: Final = N_("Nobody answered.")
_TO: Final = N_("{low} to {high}")
_SINCE: Final = N_("It was {figure} in {period}, the first period shown.")


@dataclass(frozen=True, slots=True)
class Speech:
    """The language of the page and its catalogue."""

    language: str

    def __call__(self, message: str) -> str:
        return translations(self.language).gettext(message)

    def title(self, listed: Listed) -> str:
        """What a questionnaire is called."""
        questionnaire = listed.published.questionnaire
        return questionnaire.speak(questionnaire.title, self.language)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: `said` stands in place of all figures where there are none."""

    label: str
    link: str = ""
    said: str = ""
    value: str = ""
    interval: str = ""
    people: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What tables need beside the figures."""

    measure: Measure
    floor: int
    translate: Translate = str

    def period_rows(self, points: Sequence[Point]) -> list[Row]:
        """The table twin of a trend, newest first."""
        return [
            self._row(capital(point.period), point.shown, change=self._change(point))
            for point in reversed(points)
        ]

    def standing_rows(self, standings: Sequence[Standing], link: Callable[[str], str]) -> list[Row]:
        return [self._row(each.name, each.shown, link=link(each.key)) for each in standings]

    def _row(self, label: str, shown: Shown, *, link: str = "", change: str = "") -> Row:
        _ = self.translate
        if shown.status is CellStatus.SUPPRESSED:
            return Row(label, link, said=_(NOT_SHOWN).format(floor=self.floor))
        if shown.status is CellStatus.NO_DATA:
            return Row(label, link, said=_(_NOBODY))
        sign = "%" if self.measure.kind is MeasureKind.SHARE else ""
        interval = ""
        if shown.low is not None and shown.high is not None:
            interval = _(_TO).format(low=signed(str(shown.low)), high=signed(str(shown.high)))
        people = str(shown.n) if shown.n is not None else _range(shown.n_band)
        value = bare_words(shown, translate=_) + sign
        return Row(label, link, value=value, interval=interval, people=people, change=change)

    def _change(self, point: Point) -> str:
        """ "clear rise (+8)"; the word alone where a number may not be told."""
        word = self.translate(point.change.word)
        if point.change.value is None:
            return word
        value = point.change.value
        return f"{word} ({signed(f'{value:+}') if value else 0})"


def in_language(trend: Trend, speech: Speech, *, year_start: int) -> Trend:
    """The trend with its periods called as the page calls them: "Gorffennaf 2026"."""

    def named(point: Point) -> Point:
        if point.wave:
            day = point.span.start
            opened = opened_label(day, language=speech.language, translate=speech)
            return replace(point, period=opened)
        period = label(
            point.span.start,
            trend.by,
            year_start=year_start,
            language=speech.language,
            translate=speech,
        )
        return replace(point, period=period)

    return replace(trend, points=tuple(named(point) for point in trend.points))


def finding_of(trend: Trend, *, translate: Translate = str) -> str:
    """The sentence that stands first on the page and over the chart."""
    points = [TrendPoint(each.period, each.shown, each.change) for each in trend.points]
    return finding(points, trend.measure, by=By(trend.by.value), translate=translate)


def first_figure(trend: Trend, *, translate: Translate = str) -> str:
    """Where the trend began: "It was 53.0% in Q1 2024/25, the first period shown.", else empty.

    Only where that says more than the finding, which compares with the period before.
    """
    figures = [each for each in trend.points if not _missing(each.shown)]
    if len(figures) < 3:
        return ""
    words = figure_words(figures[0].shown, trend.measure, translate=translate)
    return translate(_SINCE).format(figure=words, period=figures[0].period)


def subject(measure: str, *, body: str, unit: str, service: str, translate: Translate = str) -> str:
    """The page's heading: whose and which figure, such as "Payroll: satisfaction".

    All arguments are names; `unit` and `service` are empty where not chosen.
    """
    lowered = measure[:1].lower() + measure[1:]
    if service and unit:
        return translate(N_("{service}: {measure}, {unit}")).format(
            service=service, measure=lowered, unit=unit
        )
    return f"{service or unit or body}: {lowered}"


def latest_over(points: Sequence[Point], today: date) -> Point | None:
    """The last period with answers that is over; else the last with answers."""
    answered = [each for each in points if each.shown.status is not CellStatus.NO_DATA]
    over = [each for each in answered if each.span.end < today]
    return next(iter([*reversed(over), *reversed(answered)]), None)


def best_first(standings: Sequence[Standing]) -> list[Standing]:
    """Highest figures first, those that are not shown last, equal ones by name."""
    return sorted(standings, key=lambda each: (_missing(each.shown), -_height(each.shown)))


def children(units: Sequence[Unit], of: str) -> frozenset[str]:
    """Keys of the units directly below one; '' is the whole body."""
    return frozenset(unit.key for unit in units if (unit.parent or "") == of)


def capital(words: str) -> str:
    """As it stands at the beginning of a row."""
    return words[:1].upper() + words[1:]


def signed(number: str) -> str:
    """With a true minus sign, which is read out as one."""
    return number.replace("-", "−")


def _range(band: str | None) -> str:
    return (band or "").replace("-", "–")


def _missing(shown: Shown) -> bool:
    return shown.value is None and shown.value_band is None


def _height(shown: Shown) -> float:
    if shown.value is not None:
        return float(shown.value)
    digits = [int(word) for word in (shown.value_band or "").split() if word.isdigit()]
    return float(sum(digits)) / len(digits) if digits else 0.0
