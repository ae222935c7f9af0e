"""What an address asks of a list, and the addresses that ask for more."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from api.staff.listing import Column, Listing, listing
from survey.errors import BadQuery

COLUMNS = (Column("Name", "name"), Column("People", "people", numeric=True), Column("Link"))


def asked(**query: str) -> Listing:
    return listing(query, "/staff/units", COLUMNS, filters=("find", "unit"), size=10)


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_a_list_begins_with_its_first_page_in_the_order_of_its_first_column() -> None:
    plain = asked()

    assert (plain.sort, plain.descending, plain.offset, plain.filtered) == ("name", False, 0, False)
    assert plain.filters == {"find": "", "unit": ""}


def test_a_press_on_a_column_sorts_by_it_and_another_turns_the_order_round() -> None:
    name, people, _ = COLUMNS
    by_people = asked(sort="people", find="oak", page="3")

    assert query_of(by_people.sorted_by(name)) == {"find": "oak", "sort": "name"}
    assert query_of(by_people.sorted_by(people)) == {"find": "oak", "sort": "-people"}
    turned = asked(sort="-people")
    assert query_of(turned.sorted_by(people)) == {"sort": "people"}
    assert [turned.direction(each) for each in COLUMNS] == ["none", "descending", "none"]


def test_a_page_keeps_order_filters_and_language() -> None:
    second = asked(sort="-people", unit="oakfield", language="cy", page="2")

    assert second.offset == 10
    assert query_of(second.address(page=3)) == {
        "unit": "oakfield",
        "sort": "-people",
        "language": "cy",
        "page": "3",
    }


@pytest.mark.parametrize(
    ("page", "total", "offered"),
    [
        ("1", 0, [1]),
        ("1", 35, [1, 2, 3, 4]),
        ("5", 90, [1, None, 4, 5, 6, None, 9]),
        ("4", 60, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_pages_at_the_ends_and_around_this_one_are_offered(
    page: str, total: int, offered: list[int | None]
) -> None:
    assert asked(page=page).pages(total) == offered


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("page", page) for page in ("-1", "0", "1e3", "999999999", "9" * 5000, "²", "one")),
        *(("sort", order) for order in ("password", "--name", "Link", "name;drop", "-")),
        ("find", "x" * 201),
    ],
)
def test_b37_a_page_order_or_filter_that_cannot_be_is_refused(parameter: str, value: str) -> None:
    with pytest.raises(BadQuery) as refused:
        asked(**{parameter: value})

    assert refused.value.parameter == parameter


def test_what_is_no_filter_of_the_page_is_not_carried_along() -> None:
    assert asked(evil="1", language="xx").address() == "/staff/units?sort=name"
