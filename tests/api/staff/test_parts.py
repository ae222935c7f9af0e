"""What pages of staff are made of, as a browser reads it."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from api.staff.listing import Column, Link, Listing, listing
from api.web.context import Site, Visit
from api.web.environment import STATIC, STATIC_PATH, create_environment
from survey.locales import translations
from tests.support.browser import assert_no_axe_violations
from tests.support.html import Element, parse
from tests.support.server import LiveServer

COLUMNS = (Column("Name", "name"), Column("People", "people", numeric=True), Column("Since"))
ROWS = [
    (Link("Oakfield <Primary>", "/staff/units/oakfield"), 1234, date(2026, 5, 14)),
    ("Elmwood", 7, None),
]
WHOLE = """{% extends "staff/base.html" %}
{% from "staff/parts.html" import table, pagination, empty, summary, confirm, filters, choose %}
{% block content %}<h1 class="govuk-heading-l">{{ title }}</h1>
{% call filters(listing, "Find a school") %}
{{ choose("kind", "Kind", [("", "All"), ("school", "School")], listing.filters.kind) }}
{% endcall %}
{{ table("Schools", rows, listing) }}{{ pagination(listing, 95) }}
{{ empty("Nobody is here yet.", "Import people", "/staff/people/import") }}
{{ summary([("Name", "Oakfield", "/change"), ("Changed", moment)]) }}
{% call confirm("/staff/x", "token", "Deactivate", "/staff", warning="This ends it.") %}
<p class="govuk-body">Three people.</p>{% endcall %}
{% endblock %}"""


def shown(template: str, language: str = "en", **values: Any) -> str:
    environment = create_environment(
        language=language,
        translations=translations(language),
        version="1",
        zone=ZoneInfo("Europe/London"),
    )
    imported = (
        '{% from "staff/parts.html" import table, pagination, empty, summary, confirm, time %}'
    )
    whole = template if "extends" in template else imported + template
    return environment.from_string(whole).render(**values)


def part(template: str, language: str = "en", **values: Any) -> Element:
    return parse(shown(template, language, **values))


def asked(**query: str) -> Listing:
    return listing(query, "/staff/units", COLUMNS, filters=("find", "kind"), size=10)


def test_a_table_says_in_which_order_it_is_and_offers_the_others() -> None:
    table = part("{{ table('Schools', rows, listing) }}", rows=ROWS, listing=asked(sort="-people"))

    heads = table.one("thead").all("th")
    assert [head.attributes.get("aria-sort") for head in heads] == ["none", "descending", None]
    assert [link.attributes["href"] for link in table.one("thead").all("a")] == [
        "/staff/units?sort=name",
        "/staff/units?sort=people",
    ]
    assert table.one("caption").text == "Schools"


def test_cells_are_written_for_people_and_nothing_in_them_is_markup() -> None:
    body = part("{{ table('Schools', rows, listing) }}", rows=ROWS, listing=asked()).one("tbody")

    first, second = body.all("tr")
    assert [cell.text for cell in first.all("td")] == ["1,234", "14 May 2026"]
    assert first.one("th", scope="row").one("a").text == "Oakfield <Primary>"
    assert "govuk-table__cell--numeric" in first.all("td")[0].attributes["class"]
    assert [cell.text for cell in second.all("td")] == ["7", "none"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "14 May 2026, 13:00"), ("cy", "14 Mai 2026, 13:00")]
)
def test_a_moment_is_told_in_the_local_zone(language: str, words: str) -> None:
    noon = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)

    moment = part("{{ time(at) }}", language, at=noon).one("time")

    assert moment.text == words
    assert moment.attributes["datetime"] == "2026-05-14T13:00:00+01:00"


def test_pages_of_a_list_are_told_and_linked() -> None:
    pages = part("{{ pagination(listing, 95) }}", listing=asked(page="2"))

    assert pages.one("p").text == "11 to 20 of 95"
    current = [link for link in pages.all("a") if "aria-current" in link.attributes]
    assert [link.text for link in current] == ["2"]
    assert pages.one("a", rel="next").attributes["href"] == "/staff/units?sort=name&page=3"
    assert pages.one("a", rel="prev").attributes["href"] == "/staff/units?sort=name"


def test_a_short_list_has_no_pages_to_turn() -> None:
    pages = part("{{ pagination(listing, 3) }}", listing=asked())

    assert pages.text == "3 in all"
    assert pages.all("nav") == []


def test_nothing_to_show_leads_to_what_can_be_done() -> None:
    empty = part("{{ empty('Nobody is here yet.', 'Import people', '/staff/people/import') }}")

    assert empty.one("a").attributes["href"] == "/staff/people/import"
    assert part("{{ empty('Nothing.') }}").all("a") == []


def test_a_fact_that_can_be_changed_says_which() -> None:
    facts = part("{{ summary([('Name', 'Oakfield', '/change'), ('Kind', 'school')]) }}")

    assert facts.one("a").text == "Change Name"
    assert [value.text for value in facts.all("dd", class_="govuk-summary-list__value")] == [
        "Oakfield",
        "school",
    ]


def test_a_confirmation_is_a_post_of_ours_with_a_way_out() -> None:
    form = part(
        "{% call confirm('/staff/x', 'token', 'Deactivate', '/staff/people') %}"
        "<input name='key'>{% endcall %}"
    ).one("form")

    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/staff/x")
    assert [field.attributes["name"] for field in form.all("input")] == ["csrf", "key"]
    assert form.one("a").attributes["href"] == "/staff/people"


@pytest.mark.parametrize("width", [1280, 320])
async def test_a43_every_part_is_accessible_and_scrolls_one_way_only(
    width: int, page: Page, live_server: LiveServer
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    noon = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
    markup = shown(
        WHOLE,
        site=Site(organisation="Barnet Council"),
        visit=Visit(language="en"),
        direction="ltr",
        title="Schools",
        rows=ROWS,
        listing=asked(page="2", find="oak"),
        moment=noon,
    )

    async def parts(_: Request) -> HTMLResponse:
        return HTMLResponse(markup)

    static = Mount(STATIC_PATH, StaticFiles(directory=STATIC))
    await page.goto(await live_server(Starlette(routes=[Route("/", parts), static])))

    await assert_no_axe_violations(page)
    across = await page.evaluate("document.documentElement.scrollWidth")
    assert across <= width
    list_across, shown_across = await page.evaluate(
        "(each => [each.scrollWidth, each.clientWidth])(document.querySelector('.tb-sideways'))"
    )
    assert list_across <= shown_across
