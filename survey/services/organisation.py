"""Units and services from files: inserted or updated by key, all or nothing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader

from survey.domain.access import Trees
from survey.domain.csvfile import CsvFile, Row
from survey.domain.organisation import first_loop
from survey.domain.records import Service, Unit
from survey.domain.suggest import did_you_mean
from survey.errors import Fault, FieldsRejected
from survey.ports import Begin, UnitOfWork
from survey.services.memory import Memory

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST_NAME = 120


class Organisation:
    """Reads units and services files into the organisation tree."""

    def __init__(self, begin: Begin, memory: Memory) -> None:
        self._begin, self._memory = begin, memory

    async def trees(self) -> Trees:
        """What lies below what, as of a second ago at most (`Memory`)."""

        async def read(work: UnitOfWork) -> Trees:
            return Trees.of(await work.organisation.units(), await work.organisation.services())

        trees = await self._memory.recall("trees", read)
        assert trees is not None
        return trees

    async def units(self) -> Sequence[Unit]:
        async with self._begin.read() as work:
            return await work.organisation.units()

    async def known_units(self) -> Sequence[Unit]:
        """As of a second ago at most (`Memory`): for names on a page."""

        async def read(work: UnitOfWork) -> Sequence[Unit]:
            return await work.organisation.units()

        units = await self._memory.recall("units", read)
        assert units is not None
        return units

    async def services(self) -> Sequence[Service]:
        async with self._begin.read() as work:
            return await work.organisation.services()

    async def import_units(self, content: Callable[[], BufferedReader], *, name: str) -> int:
        """Keep the rows of a `key,name,kind,parent` file. Returns how many there were.

        Units that the file does not name stay. Raises: FieldsRejected by row and column.
        """
        with content() as lines:
            rows = list(
                CsvFile(
                    lines,
                    name=name,
                    required=("key", "name", "kind"),
                    allowed=("key", "name", "kind", "parent"),
                )
            )
        async with self._begin() as work:
            known = {unit.key: unit.parent for unit in await work.organisation.units()}
            _refuse_faulty(rows, known, file=name, needed=("name", "kind"))
            await work.organisation.put_units(
                Unit(cells["key"], cells["name"], cells["kind"], cells.get("parent") or None)
                for cells in (row.cells for row in rows)
            )
            await work.commit()
        return len(rows)

    async def import_services(self, content: Callable[[], BufferedReader], *, name: str) -> int:
        """Keep the rows of a `key,name,provider,parent` file. Returns how many there were.

        A questionnaire that was published earlier keeps the services that it was published with.
        """
        with content() as lines:
            rows = list(
                CsvFile(
                    lines,
                    name=name,
                    required=("key", "name"),
                    allowed=("key", "name", "provider", "parent"),
                )
            )
        async with self._begin() as work:
            before = {service.key: service for service in await work.organisation.services()}
            known = {key: service.parent for key, service in before.items()}
            _refuse_faulty(rows, known, file=name, needed=("name",))
            await work.organisation.put_services(
                replace(
                    before.get(cells["key"], Service(cells["key"], cells["name"])),
                    name=cells["name"],
                    provider=cells.get("provider", ""),
                    parent=cells.get("parent") or None,
                    label=_kept_label(before.get(cells["key"]), cells["name"]),
                )
                for cells in (row.cells for row in rows)
            )
            await work.commit()
        return len(rows)


def _kept_label(before: Service | None, name: str) -> Mapping[str, str]:
    """Translations stay as long as the name that they translate does."""
    return before.label if before and before.name == name else {}


def _refuse_faulty(
    rows: Sequence[Row], known: Mapping[str, str | None], *, file: str, needed: tuple[str, ...]
) -> None:
    """Raises: FieldsRejected with every fault of the rows, taken together with what is known."""
    if not rows:
        raise FieldsRejected([Fault((file,), "empty", "the file has no rows")])
    parents = {**known, **{row.cells["key"]: row.cells.get("parent") or None for row in rows}}
    faults = [
        *_key_faults(rows, file),
        *_empty_or_long(rows, file, needed),
        *_lost_parents(rows, file, parents),
    ]
    if not faults and (loop := first_loop(parents)):
        row = next((row for row in rows if row.cells["key"] in loop), rows[0])
        message = f"these lie under each other: {', '.join(loop)}"
        faults.append(_fault(file, row, "parent", "loop", message))
    if faults:
        raise FieldsRejected(faults)


def _key_faults(rows: Sequence[Row], file: str) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row in rows:
        key = row.cells["key"]
        if not _KEY.fullmatch(key):
            message = f"'{key[:40]}': use small letters, digits, - and _"
            yield _fault(file, row, "key", "bad_key", message)
        elif key in seen:
            yield _fault(file, row, "key", "twice", f"'{key}' stands in row {seen[key]} already")
        seen.setdefault(key, row.number)


def _empty_or_long(rows: Sequence[Row], file: str, needed: tuple[str, ...]) -> Iterator[Fault]:
    for row in rows:
        for column in needed:
            if not row.cells[column]:
                yield _fault(file, row, column, "required", "it is empty")
            elif len(row.cells[column]) > _LONGEST_NAME:
                message = f"it is longer than {_LONGEST_NAME} characters"
                yield _fault(file, row, column, "too_long", message)


def _lost_parents(
    rows: Sequence[Row], file: str, parents: Mapping[str, str | None]
) -> Iterator[Fault]:
    for row in rows:
        parent = row.cells.get("parent")
        if parent and parent not in parents:
            message = f"there is no '{parent[:40]}' to lie under{did_you_mean(parent, parents)}"
            yield _fault(file, row, "parent", "no_parent", message)


def _fault(file: str, row: Row, column: str, code: str, message: str) -> Fault:
    return Fault((file, str(row.number), column), code, message)
