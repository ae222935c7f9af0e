"""Charts: what they say, what they may not carry, and where they are drawn."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest
import pytest_asyncio

from analytics import chart_renderer
from analytics.chart_renderer import ChartRenderer
from analytics.charts import NARROW, WIDE, Chart, bar_chart, line_chart
from analytics.disclosure import Shown, Wanted, decide
from analytics.drawing import draw
from survey.domain.measures import MEASURES

SATISFACTION = MEASURES["satisfaction"]
HOSTILE = "<script>alert('x')</script> & \"quotes\" ]]>"
SVG = "{http://www.w3.org/2000/svg}"


def cells(*people: tuple[int, int]) -> list[Shown]:
    return decide([Wanted(SATISFACTION, {"5": yes, "1": n - yes}, 10, True) for yes, n in people])


def a_trend(*, title: str = "62 in 100 are satisfied.", width: int = WIDE) -> Chart:
    periods = ["Q1 2026/27", "Q2 2026/27", "Q3 2026/27", "Q4 2026/27"]
    shown = cells((30, 60), (3, 6), (20, 20), (37, 60))
    return line_chart(
        list(zip(periods, shown, strict=True)),
        title=title,
        measure=SATISFACTION,
        language="en",
        width=width,
    )


def a_comparison(*, label: str = "Payroll", width: int = WIDE) -> Chart:
    shown = cells((31, 50), (3, 6), (0, 0), (0, 25))
    return bar_chart(
        list(zip([label, "HR", "IT", "Estates"], shown, strict=True)),
        title="By service",
        measure=SATISFACTION,
        language="cy",
        width=width,
    )


def texts(svg: str) -> list[str]:
    """Every piece of text, lines of one text joined."""
    root = ElementTree.fromstring(svg)
    return [" ".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def test_a_trend_writes_its_figures_and_says_where_it_is_silent() -> None:
    written = texts(draw(a_trend()))

    assert {"50", "too few", "over 95", "62", "Q2 2026/27"} <= set(written)
    assert written[-2:] == ["62 in 100 are satisfied.", "Satisfaction (%)"]


def test_a_trend_is_broken_where_a_period_may_not_be_shown() -> None:
    svg = draw(a_trend())
    [line] = re.findall(r'<path d="([^"]*)" stroke="#1d4f91" stroke-width="2.5"', svg)

    assert line.count("M") == 2
    assert "L" not in line


def test_bars_stand_in_their_order_with_their_figures_and_reasons() -> None:
    svg = draw(a_comparison())
    heights = {
        label: float(height)
        for height, label in re.findall(r"translate\([\d.]+,([\d.]+)\)[^>]*>(\w+)<", svg)
    }

    labels = ["Payroll", "HR", "IT", "Estates"]
    assert sorted(labels, key=heights.__getitem__) == labels
    assert {"62", "under 5", "Too few answers to show", "No answers"} <= set(texts(svg))


@pytest.mark.parametrize("chart", [a_trend(title=HOSTILE), a_comparison(label=HOSTILE)])
def test_a_picture_has_nothing_that_a_strict_policy_must_refuse(chart: Chart) -> None:
    svg = draw(chart)
    root = ElementTree.fromstring(svg)

    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg", "g", "path", "line", "rect", "text", "tspan", "title", "desc",
        }  # fmt: skip
        for name, value in element.attrib.items():
            assert not re.match(r"on|style|href|class|.*\}", name)
            assert "url(" not in value
    assert svg.count("http") == 1  # the namespace


@pytest.mark.parametrize("chart", [a_trend(), a_comparison()])
def test_a_picture_is_one_image_with_a_name_and_a_description(chart: Chart) -> None:
    root = ElementTree.fromstring(draw(chart))
    title, description = root[0], root[1]

    assert (root.get("role"), root.get("lang")) == ("img", chart.language)
    assert (title.tag, title.text) == (f"{SVG}title", chart.title)
    assert (description.tag, description.text) == (f"{SVG}desc", chart.description)
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == description.get("id")


def test_two_charts_on_a_page_share_no_id() -> None:
    pages = [draw(chart) for chart in (a_trend(), a_trend(width=NARROW), a_comparison())]
    ids = [name for svg in pages for name in re.findall(r' id="([^"]+)"', svg)]

    assert len(ids) == len(set(ids)) == 6


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_picture_is_no_wider_than_asked(width: int) -> None:
    for chart in (a_trend(width=width), a_comparison(width=width)):
        drawn = float(ElementTree.fromstring(draw(chart)).get("width", "0"))
        assert width - 16 <= drawn <= width


def test_figures_that_would_touch_are_left_to_the_table_but_the_latest_is_written() -> None:
    months = [f"month {number}" for number in range(24)]
    shown = cells(*((20 + number, 80) for number in range(24)))

    written = texts(
        draw(
            line_chart(
                list(zip(months, shown, strict=True)),
                title="Months",
                measure=SATISFACTION,
                language="en",
                width=NARROW,
            )
        )
    )

    figures = [str(cell.value) for cell in shown if str(cell.value) in written]
    assert str(shown[-1].value) in written
    assert len(figures) <= 10


@pytest_asyncio.fixture
async def renderer() -> AsyncIterator[ChartRenderer]:
    renderer = ChartRenderer(keep=2)
    renderer.start()
    yield renderer
    await renderer.close()


def process_of(renderer: ChartRenderer) -> int:
    assert renderer._pool is not None
    [process] = renderer._pool._processes
    return process


async def test_a_chart_is_drawn_in_another_process_and_drawn_once(
    renderer: ChartRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await renderer.svg(a_trend())
    assert process_of(renderer) != os.getpid()

    monkeypatch.setattr(renderer, "_pool", None)
    monkeypatch.setattr(chart_renderer, "ProcessPoolExecutor", None)

    assert await renderer.svg(a_trend()) == first == draw(a_trend())


async def test_only_the_latest_charts_are_kept(renderer: ChartRenderer) -> None:
    for title in ("one", "two", "one", "three"):
        await renderer.svg(a_trend(title=title))

    assert [chart.title for chart in renderer._kept] == ["one", "three"]


async def test_a_killed_process_is_replaced(renderer: ChartRenderer) -> None:
    await renderer.svg(a_trend())
    killed = process_of(renderer)
    os.kill(killed, signal.SIGKILL)

    assert "<title" in await renderer.svg(a_comparison())
    assert process_of(renderer) != killed


async def test_closing_ends_the_process_and_may_be_done_twice() -> None:
    renderer = ChartRenderer()
    await renderer.svg(a_trend())
    process = process_of(renderer)

    await renderer.close()
    await renderer.close()

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_process_goes_with_a_parent_that_was_killed() -> None:
    program = (
        "from analytics.chart_renderer import ChartRenderer\n"
        "renderer = ChartRenderer()\n"
        "renderer.start()\n"
        "print(*renderer._pool._processes, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        process = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()

    ended, _, _ = select.select([process], [], [], 30)
    os.close(process)

    assert ended
