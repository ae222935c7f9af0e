"""What services promise to whoever reports a problem, as their managers set it."""

from dataclasses import dataclass

from survey.domain.audit import Actor, Note
from survey.domain.organisation import ancestors
from survey.domain.promises import Promise
from survey.errors import ChangedMeanwhile, NotFound
from survey.ports import Begin, Clock, UnitOfWork


@dataclass(frozen=True, slots=True)
class Promised:
    """A service's promise: `of` is the service whose own it is, '' where nobody has set any.

    `revision` is that of the service's own, 0 where it has none.
    """

    promise: Promise
    of: str
    revision: int


class Promises:
    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    async def get(self, service: str) -> Promised:
        """Raises: NotFound, where there is no such service."""
        async with self._begin.read() as work:
            return await promised(work, service)

    async def put(
        self, service: str, promise: Promise, *, expected_revision: int, by: Actor
    ) -> Promised:
        """Keep its own promise; cases that are open keep the times that they were given.

        Raises: NotFound; ChangedMeanwhile, with the promise as it stands.
        """
        async with self._begin() as work:
            before = await promised(work, service)
            plan = promise.model_dump(mode="json")
            if not await work.promises.put(service, plan, expected_revision=expected_revision):
                raise ChangedMeanwhile(before)
            note = Note(self._clock.now(), by, "service.promised", f"service:{service}")
            await work.audit.add(note)
            after = await promised(work, service)
            await work.commit()
        return after


async def promised(work: UnitOfWork, service: str) -> Promised:
    """Its own promise, or that of the nearest service above it. Raises: NotFound."""
    line = ancestors(await work.organisation.services()).get(service)
    if line is None:
        raise NotFound("service")
    plans = await work.promises.all()
    of = next((key for key in line if key in plans), "")
    own = await work.promises.get(service)
    return Promised(
        Promise.model_validate(plans[of]) if of else Promise(), of, own[1] if own else 0
    )
