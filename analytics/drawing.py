"""From a chart to SVG text.

Values are written next to their marks and every state has its own shape: nothing is told by
colour alone. The SVG stands in a page as it is under a strict content security policy: no
script, style, link or outside resource, which `_cleaned` makes sure of.
"""

import textwrap
from decimal import Decimal
from hashlib import sha256
from math import ceil
from typing import Any
from xml.etree import ElementTree

from analytics.charts import Chart, ChartKind
from analytics.disclosure import CellStatus, band_ends

_FONT = "Arial, Helvetica, sans-serif"
_INK, _GREY, _GRID = "#1f1f1f", "#595959", "#d9d9d9"
_BLUE, _PALE_BLUE, _WHITE = "#1d4f91", "#c6d5e8", "#ffffff"
_TITLE_SIZE, _TEXT_SIZE = 16, 13
_PLOT_HEIGHT = 260
_AXIS_ROOM = 40
_MARGIN = 4
_ROW_HEIGHT = 48
_LEAST_STEP_FOR_LEVEL_LABELS = 58
_LEAST_STEP_FOR_WORDS = 28

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"g", "path", "line", "rect", "text", "tspan"})
_ATTRIBUTES = frozenset(
    {"d", "dx", "dy", "height", "transform", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2"}
    | {"display", "fill", "fill-opacity", "opacity", "stroke", "stroke-dasharray"}
    | {"stroke-miterlimit", "stroke-opacity", "stroke-width"}
    | {"font-family", "font-size", "font-weight", "text-anchor"}
)


def draw(chart: Chart) -> str:
    """The chart as SVG text, for a page or a file of its own.

    Blocking, and deaf to other threads: the first call takes seconds, the others some 50 ms.
    """
    import vl_convert

    spec = specification(chart)
    return _cleaned(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]), chart)


def specification(chart: Chart) -> dict[str, Any]:
    """The chart in Vega-Lite, its data inside."""
    import altair as alt

    layers = _line_layers(chart) if chart.kind is ChartKind.LINE else _bar_layers(chart)
    height = _PLOT_HEIGHT if chart.kind is ChartKind.LINE else _ROW_HEIGHT * len(chart.marks)
    spec = (
        alt.layer(*layers, data=alt.InlineData(values=_rows(chart)))
        .properties(
            width=_plot_width(chart),
            height=height,
            title=alt.Title(
                textwrap.wrap(chart.title, width=int(chart.width / (0.54 * _TITLE_SIZE))),
                subtitle=textwrap.wrap(chart.axis, width=int(chart.width / (0.5 * _TEXT_SIZE))),
                anchor="start",
                frame="bounds",
                offset=12,
            ),
            padding=_MARGIN,
        )
        .configure(font=_FONT, background=_WHITE, aria=False)
        .configure_title(
            fontSize=_TITLE_SIZE,
            color=_INK,
            lineHeight=_TITLE_SIZE + 4,
            subtitleFontSize=_TEXT_SIZE,
            subtitleColor=_GREY,
            subtitlePadding=6,
        )
        .configure_axis(
            labelFontSize=_TEXT_SIZE,
            labelColor=_INK,
            gridColor=_GRID,
            domainColor=_GREY,
            tickColor=_GREY,
            title=None,
        )
        .configure_view(stroke=None)
        .configure_text(fontSize=_TEXT_SIZE, color=_INK)
    )
    found: dict[str, Any] = spec.to_dict()
    return found


def _line_layers(chart: Chart) -> list[Any]:
    import altair as alt

    x = alt.X(
        "label:O",
        scale=alt.Scale(domain=[_label(mark.label, chart) for mark in chart.marks]),
        axis=alt.Axis(
            labelExpr=r"split(datum.value, '\n')",
            labelAngle=0 if _labels_lie_level(chart) else 270,
            labelLimit=120,
            labelOverlap=True,
        ),
    )
    scale = alt.Scale(domain=[chart.lowest, chart.highest])
    axis = alt.Axis(tickCount=5, domain=False, ticks=False, labelPadding=6)
    base = alt.Chart().encode(x=x)

    def y(field: str) -> Any:
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    published = base.transform_filter(_has_status(CellStatus.PUBLISHED))
    banded = base.transform_filter(_has_status(CellStatus.BANDED))
    hidden = base.transform_filter(_has_status(CellStatus.SUPPRESSED))
    return [
        base.mark_area(color=_PALE_BLUE).encode(y=y("low"), y2="high:Q"),
        base.mark_line(color=_BLUE, strokeWidth=2.5).encode(y=y("value")),
        published.mark_rule(color=_BLUE).encode(y=y("low"), y2="high:Q"),
        published.mark_point(filled=True, color=_BLUE, opacity=1, size=60).encode(y=y("value")),
        published.mark_text(dy=-10, fontWeight="bold").encode(y=y("top"), text="words:N"),
        banded.mark_point(filled=True, fill=_WHITE, stroke=_BLUE, opacity=1, size=110).encode(
            y=y("edge"), shape=alt.Shape("shape:N", scale=None)
        ),
        banded.transform_filter("datum.shape == 'triangle-up'")
        .mark_text(dy=20, fontWeight="bold")
        .encode(y=y("edge"), text="words:N"),
        banded.transform_filter("datum.shape != 'triangle-up'")
        .mark_text(dy=-16, fontWeight="bold")
        .encode(y=y("edge"), text="words:N"),
        hidden.mark_text(angle=270, align="left", color=_GREY).encode(
            y=alt.value(_PLOT_HEIGHT - 6), text="words:N"
        ),
    ]


def _bar_layers(chart: Chart) -> list[Any]:
    import altair as alt

    scale = alt.Scale(domain=[chart.lowest, chart.highest])
    x_axis = alt.Axis(tickCount=5, domain=False, ticks=False, labelFlush=True)
    base = alt.Chart().encode(y=alt.Y("row:O", axis=None))

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=scale, axis=x_axis)

    published = base.transform_filter(_has_status(CellStatus.PUBLISHED))
    banded = base.transform_filter(_has_status(CellStatus.BANDED))
    hidden = base.transform_filter(_has_status(CellStatus.SUPPRESSED, CellStatus.NO_DATA))
    return [
        published.mark_bar(color=_PALE_BLUE, stroke=_BLUE, size=16, yOffset=9).encode(
            x=x("value"), x2=alt.datum(0)
        ),
        banded.mark_bar(color=_WHITE, stroke=_BLUE, strokeDash=[4, 3], size=16, yOffset=9).encode(
            x=x("edge"), x2=alt.datum(0)
        ),
        published.mark_rule(color=_INK, strokeWidth=2, yOffset=9).encode(x=x("low"), x2="high:Q"),
        alt.Chart().mark_rule(color=_GREY).encode(x=alt.XDatum(0, scale=scale)),
        base.mark_text(align="left", dx=5, dy=-12).encode(x=alt.value(0), text="label:N"),
        base.transform_filter(_has_status(CellStatus.PUBLISHED, CellStatus.BANDED))
        .mark_text(align="right", dy=-12, fontWeight="bold")
        .encode(x=alt.value(_plot_width(chart)), text="words:N"),
        hidden.mark_text(align="left", dx=5, dy=9, color=_GREY).encode(
            x=alt.value(0), text="words:N"
        ),
    ]


def _rows(chart: Chart) -> list[dict[str, Any]]:
    """The marks as Vega reads them; `edge` is where a value band has its own."""
    every, last = _words_every(chart), len(chart.marks) - 1
    rows: list[dict[str, Any]] = []
    for number, mark in enumerate(chart.marks):
        shown = mark.shown
        row: dict[str, Any] = {
            "row": number,
            "label": _label(mark.label, chart),
            "words": mark.words if (last - number) % every == 0 else "",
            "status": shown.status.value,
            "value": _number(shown.value),
            "low": _number(shown.low),
            "high": _number(shown.high),
            "top": _number(shown.value if shown.high is None else shown.high),
        }
        if shown.value_band is not None:
            row["edge"], row["shape"] = _band_mark(shown.value_band)
        rows.append(row)
    return rows


def _band_mark(value_band: str) -> tuple[float, str]:
    """Where the open mark of a band stands, and a shape that points to where the value lies."""
    low, high = band_ends(value_band)
    if low is not None and high is not None:
        return float(low + high) / 2, "diamond"
    if low is not None:
        return float(low), "triangle-up"
    assert high is not None
    return float(high), "triangle-down"


def _words_every(chart: Chart) -> int:
    """Write each value, or each second, third ... back from the latest, where they would touch."""
    if chart.kind is ChartKind.BAR:
        return 1
    return ceil(_LEAST_STEP_FOR_WORDS * len(chart.marks) / _plot_width(chart))


def _label(label: str, chart: Chart) -> str:
    if chart.kind is ChartKind.BAR:
        return textwrap.shorten(label, width=int((chart.width - 80) / 7), placeholder=" …")
    return "\n".join(textwrap.wrap(label, width=9)) if _labels_lie_level(chart) else label


def _labels_lie_level(chart: Chart) -> bool:
    return _plot_width(chart) / len(chart.marks) >= _LEAST_STEP_FOR_LEVEL_LABELS


def _has_status(*statuses: CellStatus) -> str:
    return " || ".join(f"datum.status == '{status}'" for status in statuses)


def _plot_width(chart: Chart) -> int:
    axis = _AXIS_ROOM if chart.kind is ChartKind.LINE else 2 * _MARGIN
    return chart.width - axis - 2 * _MARGIN


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _cleaned(svg: str, chart: Chart) -> str:
    """The picture as one image with a name and a description, and nothing that a page must fear.

    Only known shapes, text and plain attributes pass; the ids are the chart's own, so that
    several charts stand on one page.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn by us, in this process
    _strip(root)
    for name in list(root.attrib):
        if name not in _ATTRIBUTES:
            del root.attrib[name]
    name = f"chart-{sha256(repr(chart).encode()).hexdigest()[:12]}"
    described = {
        "title": (f"{name}-title", chart.title),
        "desc": (f"{name}-desc", chart.description),
    }
    for place, (tag, (key, text)) in enumerate(described.items()):
        element = ElementTree.Element(tag, {"id": key})
        element.text = text
        root.insert(place, element)
    root.tag = "svg"
    root.attrib |= {
        "xmlns": _NAMESPACE.strip("{}"),
        "role": "img",
        "lang": chart.language,
        "aria-labelledby": f"{name}-title",
        "aria-describedby": f"{name}-desc",
    }
    return ElementTree.tostring(root, encoding="unicode")


def _strip(parent: ElementTree.Element) -> None:
    """Drop what is not known to be harmless, in place, and write tags without their namespace."""
    for child in list(parent):
        child.tag = str(child.tag).removeprefix(_NAMESPACE)
        if child.tag not in _ELEMENTS:
            parent.remove(child)
            continue
        for name in set(child.attrib) - _ATTRIBUTES:
            del child.attrib[name]
        _strip(child)
