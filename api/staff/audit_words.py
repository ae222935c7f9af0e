"""The record in words: who, what, to what, and what else is known of it.

Names are looked up when the record is read. It holds none itself, so that erasing somebody leaves
nothing of them in it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from api.staff.listing import Link
from survey.domain.audit import Break, Entry
from survey.domain.language import N_

ACTIONS: Final[Mapping[str, str]] = {
    "action.added": N_("planned an action"),
    "action.approved": N_("agreed to tell people what was done"),
    "action.changed": N_("changed an action"),
    "action.proposed": N_("wants to tell people what was done"),
    "action.published": N_("told people what was done"),
    "account.bound": N_("tied their account to single sign-on"),
    "account.brought_back": N_("brought back an account"),
    "account.ended": N_("ended an account"),
    "account.grants_changed": N_("changed what an account may do"),
    "account.introduced": N_("changed their own name or language"),
    "account.invitation_accepted": N_("accepted an invitation"),
    "account.invited": N_("invited somebody"),
    "account.invited_again": N_("invited somebody again"),
    "account.link_made": N_("made a link that lets somebody in"),
    "account.linked": N_("tied an account to a person"),
    "account.password_set": N_("set a new password"),
    "account.recovery_codes_made": N_("made new recovery codes"),
    "account.renamed": N_("renamed an account"),
    "account.second_factor_reset": N_("reset a second step"),
    "account.second_factor_set_up": N_("set up a second step"),
    "account.signed_in": N_("signed in"),
    "account.signed_out": N_("signed out everywhere"),
    "accounts.forgotten": N_("deleted accounts that ended long ago"),
    "audit.broken": N_("found the record changed"),
    "case.reported": N_("reported a problem"),
    "case.message": N_("wrote about a problem report"),
    "case.note": N_("noted something on a problem report"),
    "case.acknowledged": N_("acknowledged a problem report"),
    "case.assigned": N_("gave a problem report to somebody"),
    "case.sorted": N_("sorted a problem report"),
    "case.started": N_("started work on a problem report"),
    "case.asked": N_("asked whoever reported a problem"),
    "case.monitored": N_("watches a problem that seems to be fixed"),
    "case.fixed": N_("said that a problem is fixed"),
    "case.asked_again": N_("asked once more whether a problem is fixed"),
    "case.judged": N_("said whether a problem is fixed"),
    "case.rated": N_("said how a problem report was handled"),
    "case.lapsed": N_("closed a problem report that nobody confirmed"),
    "case.declined": N_("closed a problem report without a fix"),
    "case.reopened": N_("reopened a problem report"),
    "case.followed_up": N_("asked whether a problem is still fixed"),
    "case.checked": N_("said whether a problem is still fixed"),
    "case.merged": N_("merged a problem report into another"),
    "case.took_in": N_("merged another problem report into one"),
    "case.split": N_("split off a part of a problem report"),
    "case.linked": N_("linked a problem report to a known problem"),
    "case.handed_on": N_("handed a problem report to a colleague"),
    "case.breached": N_("told that a clock of a problem report runs out"),
    "case.planned": N_("planned the next reply to a problem report"),
    "case.unkept": N_("told a reporter that a file was not kept"),
    "closures.added": N_("added closed days"),
    "cases.imported": N_("imported problem reports of an older system"),
    "closures.imported": N_("imported closed days"),
    "closures.removed": N_("opened closed days again"),
    "campaign.approved": N_("agreed to the launch of a campaign"),
    "campaign.changed": N_("changed a campaign"),
    "campaign.closed": N_("closed a campaign"),
    "campaign.created": N_("made a campaign"),
    "campaign.launched": N_("launched a campaign"),
    "campaign.paused": N_("paused a campaign"),
    "campaign.proposed": N_("asked for a second person to launch a campaign"),
    "campaign.resumed": N_("went on with a campaign"),
    "campaign.stopped": N_("stopped a campaign"),
    "campaign.replayed": N_("tried messages of a campaign again"),
    "erasures.applied": N_("made sure that erased people stay erased"),
    "event.added": N_("noted a change"),
    "event.removed": N_("removed the note of a change"),
    "invitations.printed": N_("printed slips for people whom no message reached"),
    "joins.made": N_("made links to join the chat"),
    "joins.sent": N_("sent a link to join the chat"),
    "invitation.handed_on": N_("handed a survey on to a colleague"),
    "invitation.taken_back": N_("took a survey back from a colleague"),
    "invitation.passed_on": N_("passed a survey on to the next contact of a school or department"),
    "invitation.nobody_to_ask": N_("found nobody left to ask for a school or department"),
    "answers.keyed": N_("began to key in an answer that came by telephone or on paper"),
    "answers.recalled": N_("recalled the answers of a school or department"),
    "invitation.refused": N_("did not want to answer a survey"),
    "key.added": N_("made an API key"),
    "key.revoked": N_("ended an API key"),
    "mail.came_back": N_("noted mail that came back"),
    "letter.taken_in": N_("took in a letter about a report"),
    "letter.dropped": N_("dropped a letter that was held"),
    "pause.ended": N_("ended a pause"),
    "pause.started": N_("set a pause in which nothing is sent"),
    "people.forgotten": N_("deleted people who left long ago"),
    "people.imported": N_("imported people"),
    "person.added": N_("added a person"),
    "person.changed": N_("changed a person"),
    "person.deactivated": N_("deactivated a person"),
    "person.erased": N_("erased a person"),
    "person.exported": N_("exported what is kept about a person"),
    "person.joined": N_("joined in the chat"),
    "person.left": N_("left the chat"),
    "person.mailed_again": N_("had mail sent again to a person from whom it came back"),
    "person.moved": N_("moved a person"),
    "person.opted_in": N_("turned surveys on for a person"),
    "person.opted_out": N_("turned surveys off for a person"),
    "person.returned": N_("brought back a person"),
    "problem.added": N_("noted a problem"),
    "problem.changed": N_("changed a problem"),
    "problem.recurred": N_("raised a problem again that was fixed"),
    "questionnaire.closed": N_("closed a questionnaire"),
    "questionnaire.published": N_("published a questionnaire"),
    "responses.imported": N_("imported answers"),
    "reply_template.saved": N_("saved a reply to begin from"),
    "reply_template.removed": N_("removed a reply to begin from"),
    "service.promised": N_("changed what a service promises"),
    "service.added": N_("added a service"),
    "service.archived": N_("archived a service"),
    "service.changed": N_("changed a service"),
    "service.restored": N_("brought back a service"),
    "services.imported": N_("imported services"),
    "unit.added": N_("added a school or department"),
    "unit.archived": N_("archived a school or department"),
    "unit.changed": N_("changed a school or department"),
    "unit.moved": N_("moved a school or department"),
    "unit.restored": N_("brought back a school or department"),
    "units.imported": N_("imported schools and departments"),
    "campaign.finished": N_("closed a campaign that was over"),
    "wave.closed": N_("closed a wave of a campaign"),
    "wave.left_out": N_("left out a date of a campaign"),
    "wave.missed": N_("missed a date of a campaign"),
    "wave.opened": N_("opened a wave of a campaign"),
    "wave.stopped": N_("stopped a wave of a campaign"),
}
"""Sentences without their subject, by action; what is not here is shown as recorded."""

KINDS: Final[Mapping[str, str]] = {
    "account.": N_("Accounts"),
    "key.": N_("API keys"),
    "person.": N_("People"),
    "unit.": N_("Schools and departments"),
    "service.": N_("Services"),
    "questionnaire.": N_("Questionnaires"),
    "closures.": N_("Closed days"),
    "pause.": N_("Pauses"),
    "campaign.": N_("Campaigns"),
    "case.": N_("Problem reports"),
    "problem.": N_("Problems"),
    "action.": N_("Actions"),
}
"""What to narrow the record down to, by how its actions begin."""

WHO: Final[Mapping[str, str]] = {
    "operator": N_("The command on the server"),
    "reporter": N_("Whoever reported the problem"),
    "service": N_("The program itself"),
}

BROKEN: Final[Mapping[Break, str]] = {
    Break.CHANGED: N_("Entry %(number)d of the record was changed."),
    Break.MISSING: N_("Entry %(number)d of the record is missing."),
    Break.ADDED: N_("Entry %(number)d was added to the record by somebody else."),
    Break.REWRITTEN: N_(
        "The record up to entry %(number)d is another one than was written down outside the "
        "database."
    ),
}

_GONE: Final[Mapping[str, str]] = {
    "account": N_("an account that is gone"),
    "case": N_("a problem report that is gone"),
    "person": N_("a person who is gone"),
    "key": N_("an API key"),
}

_PAGES: Final[Mapping[str, str]] = {
    "account": "/staff/accounts",
    "campaign": "/staff/campaigns",
    "case": "/staff/cases",
    "person": "/staff/people",
    "service": "/staff/services",
    "unit": "/staff/units",
}


class AuditWords:
    """Says entries in one language.

    Args:
        say: translates a sentence.
        names: what to call an account, person or problem report, by "account:ID" and so on; of a
            report its reference.
    """

    def __init__(self, say: Callable[[str], str], names: Mapping[str, str]) -> None:
        self._say, self._names = say, names

    def who(self, entry: Entry) -> str:
        return self._named(entry.actor)

    def what(self, entry: Entry) -> str:
        known = ACTIONS.get(entry.action)
        return self._say(known) if known else entry.action.replace(".", " ").replace("_", " ")

    def to_what(self, entry: Entry) -> Link | str:
        """What it was done to, leading to its page where there is one."""
        kind, _, key = entry.subject.partition(":")
        text = self._named(entry.subject)
        gone = kind in ("account", "case", "person") and entry.subject not in self._names
        key = text if kind == "case" else key
        return Link(text, f"{_PAGES[kind]}/{key}") if kind in _PAGES and not gone else text

    def details(self, entry: Entry) -> str:
        """ "units: oakfield, elmwood; people: 14"; of a role its places in brackets."""
        return "; ".join(f"{name}: {_told(value)}" for name, value in entry.details.items())

    def _named(self, word: str) -> str:
        if word in WHO:
            return self._say(WHO[word])
        kind, _, key = word.partition(":")
        if kind in _GONE:
            return self._names.get(word) or self._say(_GONE[kind])
        return key or word


def _told(value: Any) -> str:
    match value:
        case [[_, *_], *_]:
            return ", ".join(_role(*each) for each in value)
        case list() | tuple():
            return ", ".join(map(_told, value))
        case dict():
            return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
        case _:
            return str(value).replace("_", " ")


def _role(role: str, *places: str) -> str:
    """A role as the record keeps it, with the keys of where it holds: "viewer (oakfield)"."""
    where = ", ".join(filter(None, places))
    return f"{_told(role)} ({where})" if where else _told(role)
