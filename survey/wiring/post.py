"""Letters: who writes which, and where they are handed over."""

from survey.db.unit_of_work import SqlBegin
from survey.domain.letters import LetterKind
from survey.mail.smtp import SmtpMailer
from survey.ports.letters import Mailer
from survey.services.account_letters import PURPOSES, AccountLetters
from survey.services.join_letters import JoinLetters
from survey.services.joining import Joining
from survey.services.letters import Letters
from survey.settings import Settings
from survey.wiring.world import World


def letters(settings: Settings, world: World, begin: SqlBegin, joining: Joining) -> Letters:
    """All kinds of letters with who writes each, and the mail server that takes them."""
    of_accounts = AccountLetters(
        world.ids,
        organisation=settings.organisation,
        base_url=settings.base_url,
        zone=settings.zone,
    )
    to_join = JoinLetters(joining, organisation=settings.organisation, zone=settings.zone)
    return Letters(
        begin,
        world.clock,
        world.mailer or _mailer(settings),
        {**dict.fromkeys(PURPOSES, of_accounts.compose), LetterKind.JOIN: to_join.compose},
    )


def _mailer(settings: Settings) -> Mailer | None:
    """None where none is set up, and in a demonstration: anybody could write to anybody there."""
    if settings.mail_server is None or not settings.mail_from or settings.demo:
        return None
    return SmtpMailer(settings.mail_server, settings.mail_from)
