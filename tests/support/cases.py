"""Reports of problems, kept as a report keeps them."""

from typing import Any
from uuid import uuid4

from survey.domain.audit import OPERATOR, Actor
from survey.domain.cases import Case, CaseKind, Effect, EntryKind, Said, Side
from survey.domain.records import Service
from tests.support.application import Running


async def payroll_has_a_part(here: Running, key: str = "pay-slips") -> None:
    """A service below payroll: what is about it is about payroll too."""
    async with here.core.begin() as work:
        await work.organisation.put_services([Service(key, "Payslips", parent="payroll")])
        await work.commit()


async def a_case(here: Running, *, text: str = "", by: Actor = OPERATOR, **said: Any) -> Case:
    """A report about payroll from nobody known, or with what is said of it."""
    case = Case(
        id=uuid4(),
        reference="",
        opened_at=here.core.clock.now(),
        **{
            "service": "payroll",
            "unit": "",
            "kind": CaseKind.WRONG_PAY,
            "effect": Effect.SLOWS,
            **said,
        },
    )
    first = Said(kind=EntryKind.REPORTED, side=Side.REPORTER, text=text)
    async with here.core.begin() as work:
        kept = await here.core.timelines.open(work, case, first, by=by)
        await work.commit()
    return kept


async def an_entry(here: Running, case: Case, *said: Said, by: Actor = OPERATOR) -> Case:
    """The case after these entries."""
    async with here.core.begin() as work:
        after = await here.core.timelines.add(work, case.id, *said, by=by)
        await work.commit()
    return after
