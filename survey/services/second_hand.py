"""Reports that somebody else tells: another system, or staff for whoever telephoned or wrote."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from survey.domain.addresses import address_of
from survey.domain.cases import Case, CaseKind, Effect
from survey.domain.reporting import sorted_first
from survey.domain.structure import text_faults
from survey.domain.suggest import did_you_mean
from survey.errors import Fault, FieldsRejected
from survey.locales import SPOKEN
from survey.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondHand:
    """A report as it is told; without an address its reporter hears nothing."""

    service: str
    kind: CaseKind
    text: str
    effect: Effect = Effect.SLOWS
    unit: str = ""
    system: str = ""
    email: str = ""
    language: str = "en"


def case_of(told: SecondHand, named: UUID, *, at: datetime) -> Case:
    """The case that it becomes; its reference is still to come."""
    priority, for_few = sorted_first(told.kind, told.effect, [told.text])
    return Case(
        id=named,
        reference="",
        service=told.service,
        unit=told.unit,
        kind=told.kind,
        effect=told.effect,
        opened_at=at,
        system=told.system,
        language=told.language,
        email=address_of(told.email),
        priority=priority,
        restricted=for_few,
    )


async def refuse_faulty(work: UnitOfWork, told: SecondHand) -> None:
    """Raises: FieldsRejected ("no_service", "no_unit", "address", "language", "too_long",
    "bad_sign").
    """
    services = [each.key for each in await work.organisation.services() if each.ended_at is None]
    units = [each.key for each in await work.organisation.units() if each.ended_at is None]
    faults = list(text_faults([("system", told.system)], ()))
    if told.service not in services:
        hint = did_you_mean(told.service, services)
        faults.append(Fault(("service",), "no_service", f"there is no such service{hint}"))
    if told.unit and told.unit not in units:
        hint = did_you_mean(told.unit, units)
        faults.append(Fault(("unit",), "no_unit", f"there is no such unit{hint}"))
    if told.email and address_of(told.email) is None:
        faults.append(Fault(("email",), "address", "it is no e-mail address"))
    if told.language not in SPOKEN:
        listed = ", ".join(SPOKEN)
        faults.append(Fault(("language",), "language", f"it is one of: {listed}"))
    if faults:
        raise FieldsRejected(faults)
