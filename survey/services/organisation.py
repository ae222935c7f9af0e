"""The trees of units and services, and services from files: all or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader

from survey.domain.access import Trees
from survey.domain.audit import OPERATOR, Actor, Note
from survey.domain.csvfile import CsvFile
from survey.domain.records import Service, Unit
from survey.domain.units_file import faults_of_rows
from survey.errors import FieldsRejected
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.memory import Memory


class Organisation:
    """The trees, and what files say of services."""

    def __init__(self, begin: Begin, memory: Memory, clock: Clock) -> None:
        self._begin, self._memory, self._clock = begin, memory, clock

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

    async def import_services(
        self, content: Callable[[], BufferedReader], *, name: str, by: Actor = OPERATOR
    ) -> int:
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
            await work.structure.lock()
            before = {service.key: service for service in await work.organisation.services()}
            known = {key: service.parent for key, service in before.items()}
            parents = {
                **known,
                **{row.cells["key"]: row.cells.get("parent") or None for row in rows},
            }
            if faults := faults_of_rows(rows, parents, file=name, needed=("name",)):
                raise FieldsRejected(faults)
            changed = [
                replace(after, revision=after.revision + 1)
                for after in (_as_listed(row.cells, before) for row in rows)
                if after != before.get(after.key)
            ]
            if changed:
                await work.organisation.put_services(changed)
                told = {"listed": len(rows), "changed": len(changed)}
                await work.audit.add(
                    Note(self._clock.now(), by, "services.imported", "services", told)
                )
            await work.commit()
        return len(rows)


def _as_listed(cells: Mapping[str, str], before: Mapping[str, Service]) -> Service:
    """The service as the file has it; what no column tells stays as it was."""
    key, name = cells["key"], cells["name"]
    return replace(
        before.get(key, Service(key, name, revision=0)),
        name=name,
        provider=cells.get("provider", ""),
        parent=cells.get("parent") or None,
        label=_kept_label(before.get(key), name),
    )


def _kept_label(before: Service | None, name: str) -> Mapping[str, str]:
    """Translations stay as long as the name that they translate does."""
    return before.label if before and before.name == name else {}
