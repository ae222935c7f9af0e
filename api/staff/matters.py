"""What pages of problems and pages of actions have in common."""

from api.staff.shell import Desk
from api.staff.structure_words import number
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
