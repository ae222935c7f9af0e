"""Charts as plain data: a trend as a line, units or services side by side as bars.

A chart can thus be compared, cached and sent to the process that draws it
(`analytics.drawing`, `analytics.chart_renderer`). It carries nothing but what disclosure control
has shown.

A page must not shrink the picture, as its text would shrink too: draw it at `WIDE` and at
`NARROW` and let the page choose by its width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.disclosure import CellStatus, Shown
from analytics.trend import Translate, bare_words
from survey.domain.language import N_
from survey.domain.measures import Measure

WIDE = 640
NARROW = 288  # fits a page of 320 px with its margins

_TOO_FEW = N_("too few")
_TOO_FEW_TO_SHOW = N_("Too few answers to show")
_NO_ANSWERS = N_("No answers")
_LINE_DESCRIPTION = N_(
    "Line chart of {measure}, {first} to {last}, with 95% intervals. "
    "The table has the same figures."
)
_BAR_DESCRIPTION = N_("Bar chart of {measure}, with 95% intervals. The table has the same figures.")


class ChartKind(StrEnum):
    """How the marks are laid out."""

    LINE = "line"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Mark:
    """One period or one row: its label, its cell, and what is written next to it."""

    label: str
    shown: Shown
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw; made by `line_chart` or `bar_chart`."""

    kind: ChartKind
    title: str
    description: str
    marks: tuple[Mark, ...]
    lowest: int
    highest: int
    axis: str
    language: str
    width: int


def line_chart(
    cells: Sequence[tuple[str, Shown]],
    *,
    title: str,
    measure: Measure,
    language: str,
    width: int = WIDE,
    translate: Translate = str,
) -> Chart:
    """A trend: a line with its interval, broken where a period may not be shown.

    Args:
        cells: the label of each period, each another, and its cell, in order of time; one or more.
        title: the finding, in words.
        language: tag of the language that all texts are in.
        width: of the whole picture in pixels; `WIDE` or `NARROW`.
    """
    description = translate(_LINE_DESCRIPTION).format(
        measure=translate(measure.label), first=cells[0][0], last=cells[-1][0]
    )
    marks = [Mark(label, cell, _words(cell, _TOO_FEW, "", translate)) for label, cell in cells]
    return _chart(ChartKind.LINE, title, description, marks, measure, language, width, translate)


def bar_chart(
    cells: Sequence[tuple[str, Shown]],
    *,
    title: str,
    measure: Measure,
    language: str,
    width: int = WIDE,
    translate: Translate = str,
) -> Chart:
    """Units or services side by side, in the order given; arguments as `line_chart`.

    Labels may be equal; a long one is cut to fit, as the table has it whole.
    """
    description = translate(_BAR_DESCRIPTION).format(measure=translate(measure.label))
    marks = [
        Mark(label, cell, _words(cell, _TOO_FEW_TO_SHOW, _NO_ANSWERS, translate))
        for label, cell in cells
    ]
    return _chart(ChartKind.BAR, title, description, marks, measure, language, width, translate)


def _words(shown: Shown, suppressed: str, empty: str, translate: Translate) -> str:
    if shown.status is CellStatus.SUPPRESSED:
        return translate(suppressed)
    if shown.status is CellStatus.NO_DATA:
        return translate(empty) if empty else ""
    return bare_words(shown, translate=translate)


def _chart(
    kind: ChartKind,
    title: str,
    description: str,
    marks: Sequence[Mark],
    measure: Measure,
    language: str,
    width: int,
    translate: Translate,
) -> Chart:
    return Chart(
        kind=kind,
        title=title,
        description=description,
        marks=tuple(marks),
        lowest=measure.lowest,
        highest=measure.highest,
        axis=f"{translate(measure.label)} ({translate(measure.unit)})",
        language=language,
        width=width,
    )
