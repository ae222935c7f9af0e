"""Letters: who writes which, and where they are handed over."""

from survey.db.unit_of_work import SqlBegin
from survey.domain.letters import LetterKind
from survey.mail.channel import EmailChannel
from survey.mail.smtp import SmtpMailer
from survey.ports.letters import Mailer, MailServer
from survey.services.account_letters import PURPOSES, AccountLetters
from survey.services.case_notices import CaseNotices
from survey.services.few_letters import FewLetters
from survey.services.help_letters import HelpLetters
from survey.services.join_letters import JoinLetters
from survey.services.joining import Joining
from survey.services.letters import Letters
from survey.services.result_letters import ResultLetters
from survey.services.school_links import SchoolLinks
from survey.settings import Settings
from survey.wiring.world import World


def case_notices(settings: Settings, world: World) -> CaseNotices:
    """What tells those who work problem reports; nobody, where no mail server is set up."""
    return CaseNotices(
        world.ids,
        organisation=settings.organisation,
        base_url=settings.base_url,
        zone=settings.zone,
        sends=(world.mailer or server_for(settings)) is not None,
    )


def letters(
    settings: Settings,
    world: World,
    begin: SqlBegin,
    joining: Joining,
    results: ResultLetters,
    notices: CaseNotices,
    few: FewLetters,
    help_: HelpLetters,
    schools: SchoolLinks,
) -> Letters:
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
        {
            **dict.fromkeys(PURPOSES, of_accounts.compose),
            LetterKind.JOIN: to_join.compose,
            LetterKind.RESULTS: results.compose,
            LetterKind.CASES: notices.compose,
            LetterKind.FOR_FEW: few.compose,
            LetterKind.HELP: help_.compose,
            LetterKind.SCHOOL: schools.compose,
        },
    )


def email_channel(settings: Settings, begin: SqlBegin) -> EmailChannel:
    """Invitations by e-mail, which nobody gets where no mail server is set up."""
    return EmailChannel(
        begin,
        server_for(settings),
        settings.mail_from,
        organisation=settings.organisation,
        base_url=settings.base_url,
        reply_to=settings.mail_reply_to,
    )


def _mailer(settings: Settings) -> Mailer | None:
    server = server_for(settings)
    return SmtpMailer(server, settings.mail_from) if server else None


def server_for(settings: Settings) -> MailServer | None:
    """None where none is set up, and in a demonstration: anybody could write to anybody there."""
    return settings.mail_server if settings.mail_from and not settings.demo else None
