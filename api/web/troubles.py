"""Plain pages for what went wrong: the status, and what the person can do about it."""

from enum import StrEnum
from gettext import NullTranslations
from typing import Final


class Trouble(StrEnum):
    """Why a request leads to a plain page instead of a turn."""

    LINK = "link"
    NO_COOKIE = "no_cookie"
    EXPIRED = "expired"
    FOREIGN = "foreign"
    ELSEWHERE = "elsewhere"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    TOO_LONG = "too_long"
    FILES = "files"
    FILES_MANY = "files_many"
    NO_PLACE = "no_place"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"
    BUSY = "busy"
    BROKEN = "broken"

    @property
    def status(self) -> int:
        """The HTTP status that the page is sent with."""
        return _STATUS[self]


_STATUS: Final = {
    Trouble.LINK: 404,
    Trouble.NO_COOKIE: 400,
    Trouble.EXPIRED: 400,
    Trouble.FOREIGN: 403,
    Trouble.ELSEWHERE: 404,
    Trouble.NOT_FOUND: 404,
    Trouble.REFUSED: 403,
    Trouble.TOO_LONG: 413,
    Trouble.FILES: 413,
    Trouble.FILES_MANY: 413,
    Trouble.NO_PLACE: 503,
    Trouble.TOO_MANY: 429,
    Trouble.UNREADABLE: 400,
    Trouble.BUSY: 503,
    Trouble.BROKEN: 500,
}


def trouble_words(
    trouble: Trouble, translations: NullTranslations, *, of_staff: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The heading and the paragraphs of a trouble's page; pages of staff are about no survey."""
    _ = translations.gettext
    if of_staff and trouble is Trouble.REFUSED:
        return _("You cannot see this page"), (
            _("Your roles do not open it. If you need it, ask an administrator."),
        )
    if of_staff and trouble is Trouble.FOREIGN:
        return _("We could not check that this came from you"), (
            _("Nothing was changed."),
            _("Go back, load the page again, then send it once more."),
        )
    words = {
        Trouble.LINK: (
            _("This link does not work"),
            _("It may have been used already, or it was not copied whole."),
            _("Ask whoever sent it for a new one."),
        ),
        Trouble.NO_COOKIE: (
            _("Your browser did not keep our cookie"),
            _(
                "We need one cookie to keep your answers together until you send them. "
                "It says nothing about you and goes nowhere else."
            ),
            _("Allow cookies for this site in your browser, then open the survey again."),
        ),
        Trouble.EXPIRED: (
            _("You were away for a long time"),
            _("We keep answers that were not sent for a limited time, then we delete them."),
            _("Open the survey again to start from the beginning."),
        ),
        Trouble.FOREIGN: (
            _("We could not check that this came from you"),
            _("Nothing was changed."),
            _("Open the survey again to go on."),
        ),
        Trouble.ELSEWHERE: (
            _("Open the link again that we sent you"),
            _("This page is for the browser in which you began to answer."),
            _("Your link opens the survey in this one too, with what you answered so far."),
        ),
        Trouble.NOT_FOUND: (
            _("Page not found"),
            _("If you typed the address, check that it is right."),
            _("If you pasted it, check that you copied all of it."),
        ),
        Trouble.REFUSED: (
            _("You cannot see this page"),
            _("It is for people who work with the results."),
        ),
        Trouble.TOO_LONG: (
            _("That was too long for us to take"),
            _("Your earlier answers are kept."),
            _("Go back, make the text shorter and send it again."),
        ),
        Trouble.FILES: (
            _("Your files are too large together"),
            _("Nothing was sent, and nothing of them was kept."),
            _("Go back, where your text still is, and send fewer files at a time."),
        ),
        Trouble.FILES_MANY: (
            _("You chose too many files at once"),
            _("Nothing was sent, and nothing of them was kept."),
            _("Go back, where your text still is, and send fewer files at a time."),
        ),
        Trouble.NO_PLACE: (
            _("Many people are sending files just now"),
            _("Nothing was sent, and nothing of your files was kept."),
            _("Go back, where your text still is, and send them again in a minute."),
        ),
        Trouble.TOO_MANY: (
            _("Please wait a minute"),
            _("Too much came from your address in a short time. Nothing is lost."),
            _("Wait a minute, then try again."),
        ),
        Trouble.UNREADABLE: (
            _("We could not read that"),
            _("Nothing was changed."),
            _("Go back and try again."),
        ),
        Trouble.BUSY: (
            _("We could not save that just now"),
            _("Nothing is lost."),
            _("Try again in a minute."),
        ),
        Trouble.BROKEN: (
            _("Something went wrong on our side"),
            _("What you did before is kept."),
            _("Try again in a few minutes."),
        ),
    }
    heading, *paragraphs = words[trouble]
    return heading, tuple(paragraphs)
