"""What somebody may do for a service: problems and actions are of one each."""

from survey.domain.access import Action, may
from survey.domain.case_access import Looker
from survey.domain.suggest import did_you_mean
from survey.errors import Fault, FieldsRejected
from survey.ports import UnitOfWork


def may_for(looker: Looker, action: Action, service: str) -> bool:
    """Whether their roles reach this service, for the whole body."""
    return may(looker.grants, action, looker.trees, service=service)


async def require_service(work: UnitOfWork, service: str, looker: Looker) -> None:
    """Raises: FieldsRejected ("no_service"), also where it is not theirs to work."""
    known = [
        each.key
        for each in await work.organisation.services()
        if may_for(looker, Action.WORK_CASES, each.key)
    ]
    if service not in known:
        message = f"there is no '{service[:40]}'{did_you_mean(service, known)}"
        raise FieldsRejected([Fault(("service",), "no_service", message)])
