"""What pages of problems and pages of actions have in common."""

from collections.abc import Sequence

from starlette.responses import Response

from api.staff.case_desk import Names
from api.staff.matter_fields import Field, Typed
from api.staff.shell import Crumb, Desk, Fault
from api.staff.structure_words import number
from survey.domain.access import Action
from survey.domain.announcements import Announcement
from survey.domain.language import N_


def told_so_far(announced: Announcement | None, desk: Desk) -> tuple[str, object]:
    """The row that says in how many reports it stands by now."""
    told = None
    if announced is not None:
        told = number(announced.done, desk)
        if announced.ended_at is None:
            words = desk.say(N_("{done} of {total} so far"))
            told = words.format(done=told, total=number(announced.total, desk))
    return N_("Reports in which it was told"), told


def services_for(desk: Desk, names: Names, action: Action) -> list[tuple[str, str]]:
    """The services for which they may do this, as (key, name)."""
    return [
        (key, name) for key, name in names.services.items() if desk.caller.may(action, service=key)
    ]


def filled(rows: Sequence[tuple[str, object]], desk: Desk) -> list[tuple[str, object]]:
    """Those of these rows that say something, their names in the language of the page."""
    return [(desk.say(name), value) for name, value in rows if value not in ("", None)]


def matter_form(
    desk: Desk,
    typed: Typed,
    fields: Sequence[Field],
    *,
    title: str,
    under: Crumb,
    one: Crumb | None,
    revision: int | None,
    stands: Sequence[tuple[str, object]] = (),
    kept: Sequence[tuple[str, str]] = (),
    explained: str = "",
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    """The form of a new one (`one` is None), or of one that is there.

    Args:
        title: to be translated.
        under: the list from which it is reached; `one` is its own page.
        stands: what was said of it meanwhile by somebody else.
        kept: (name, value) of what goes with it unseen, and `explained` says what that is.
    """
    return desk.page(
        "staff/matter_form.html",
        desk.say(title),
        crumbs=[under, *([one] if one else [])],
        faults=faults,
        status=status,
        caption=one.text if one else "",
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        fields=fields,
        stands=stands,
        revision=revision,
        explained=explained,
        kept=kept,
        button=desk.say(N_("Save")),
        cancel=(one or under).href,
    )
