"""Lists on pages of staff: what an address asks of one, and the addresses that ask for more.

A list sorts, filters and turns its pages by links and by a form that sends its fields in the
address: no script is needed, and what is shown can be kept as a bookmark. `staff/parts.html` shows
one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final
from urllib.parse import urlencode

from survey.errors import BadQuery
from survey.locales import SPOKEN

PAGE_SIZE: Final = 50
MOST_PAGES: Final = 100_000
LONGEST_FILTER: Final = 200
DOWN: Final = "-"
"""Before the key of a column, in the address: the highest first."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list, in words; `key` is how the address names it, empty where nobody can
    sort by it."""

    text: str
    key: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads to a page."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the address asks of a list. `page` counts from 1; `filters` has a value for each name
    that the page knows, empty where it is not asked for.
    """

    path: str
    columns: tuple[Column, ...]
    sort: str
    descending: bool
    page: int
    size: int
    filters: Mapping[str, str]
    language: str = ""

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.size

    @property
    def filtered(self) -> bool:
        return any(self.filters.values())

    @property
    def order(self) -> str:
        """As the address says it."""
        return f"{DOWN if self.descending else ''}{self.sort}"

    def address(self, **changes: str | int) -> str:
        """This list with some of it changed; without `page`, its first page."""
        named = {**self.filters, "sort": self.order, "language": self.language, **changes}
        query = urlencode({name: value for name, value in named.items() if value not in ("", 1)})
        return f"{self.path}?{query}" if query else self.path

    def direction(self, column: Column) -> str:
        """As `aria-sort` says it."""
        if not column.key or column.key != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"

    def sorted_by(self, column: Column) -> str:
        """The list in the order of this column; in the other direction where it is in it now."""
        turned = self.direction(column) == "ascending"
        return self.address(sort=f"{DOWN if turned else ''}{column.key}")

    def pages(self, total: int) -> Sequence[int | None]:
        """The pages to offer for so many rows: the ends and those around this one, None between."""
        last = max(1, ceil(total / self.size))
        shown = {1, last, *range(self.page - 1, self.page + 2)} & set(range(1, last + 1))
        found: list[int | None] = []
        for number in sorted(shown):
            before = found[-1] if found else 0
            if before is not None and number - before > 1:
                found.append(number - 1 if number - before == 2 else None)
            found.append(number)
        return found


def listing(
    query: Mapping[str, str],
    path: str,
    columns: Sequence[Column],
    *,
    filters: Sequence[str] = (),
    size: int = PAGE_SIZE,
) -> Listing:
    """Read the address of a list; without an order, it is sorted by the first column that sorts.

    Raises: BadQuery, for a page or an order that there cannot be, and for a filter too long to be
        meant.
    """
    keys = [column.key for column in columns if column.key]
    order = query.get("sort") or keys[0]
    if order.removeprefix(DOWN) not in keys:
        raise BadQuery("sort", f"it is one of: {', '.join(keys)}; with {DOWN} before it, downwards")
    page = query.get("page") or "1"
    if not (page.isascii() and page.isdigit() and len(page) < 10 and 1 <= int(page) <= MOST_PAGES):
        raise BadQuery("page", "pages count from 1")
    asked = {name: query.get(name, "").strip() for name in filters}
    for name, value in asked.items():
        if len(value) > LONGEST_FILTER:
            raise BadQuery(name, f"give at most {LONGEST_FILTER} characters")
    language = query.get("language", "")
    return Listing(
        path=path,
        columns=tuple(columns),
        sort=order.removeprefix(DOWN),
        descending=order.startswith(DOWN),
        page=int(page),
        size=size,
        filters=asked,
        language=language if language in SPOKEN else "",
    )
