"""What the next page tells after something was done, by a word that a cookie may hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from gettext import NullTranslations
from typing import Final
from zoneinfo import ZoneInfo

from api.staff.calendar_words import first_messages
from survey.domain.language import N_

SAID: Final[Mapping[str, str]] = {
    "key_ended": N_("The key is ended. It stops within a second."),
    "signed_in": N_("You are signed in."),
    "signed_out": N_("You are signed out."),
    "signed_out_everywhere": N_("You are signed out everywhere."),
    "saved": N_("Saved."),
    "password_changed": N_("Your password is changed. All your other sign-ins have ended."),
    "person_erased": N_(
        "The person is erased. For the data-protection officer: it is entry %(number)d "
        "of the record."
    ),
    "invited": N_("They are invited."),
    "account_made": N_("The account is made."),
    "roles_changed": N_("What they may do is changed. They have to sign in again."),
    "account_ended": N_("The account is ended. Its open pages have stopped working."),
    "account_back": N_("The account is back."),
    "second_step_reset": N_("The second step is reset. They set up a new one when they sign in."),
    "audit_whole": N_("All %(number)d entries of the record are as they were recorded."),
    "tree_added": N_("It is added."),
    "tree_changed": N_("Your changes are saved."),
    "tree_moved": N_("It is moved."),
    "tree_archived": N_("It is archived. Nothing was deleted."),
    "tree_restored": N_("It is in use again."),
    "event_added": N_("The change is noted."),
    "event_removed": N_("The note of the change is removed."),
    "closures_added": N_("Closed days that are new or have another reason: %(number)d."),
    "closures_removed": N_("Days that are open again: %(number)d."),
    "pause_started": N_("The pause is set. It acts at once."),
    "pause_ended": N_("The pause is over. Campaigns send as planned."),
    "upload_dropped": N_("The list is thrown away. Nothing was changed."),
    "person_added": N_("The person is added."),
    "person_changed": N_("The changes are saved."),
    "person_moved": N_("The person is moved."),
    "person_left": N_("The person has left. Nobody asks them any more."),
    "person_back": N_("The person is back and can be asked again."),
    "person_opted_out": N_("The person gets no more surveys."),
    "mailed_again": N_("Mail is sent to their address again."),
    "link_sent": N_("A letter with a personal link to the chat is on its way to them."),
    "person_opted_in": N_("The person can be asked again."),
    "campaign_made": N_("The plan is saved. Nobody is asked before you launch it."),
    "campaign_changed": N_("The plan is changed."),
    "campaign_launched": N_("It is launched."),
    "campaign_proposed": N_("It waits for a second person. Nobody is asked before they agree."),
    "campaign_launched_before": N_("It was launched before. Nothing was sent twice."),
    "campaign_paused": N_("It is paused. Nothing more is sent. Answers are still taken."),
    "campaign_paused_before": N_("It was paused before. Nothing changed."),
    "campaign_resumed": N_("It goes on where it was. Nobody gets a message again."),
    "campaign_resumed_before": N_("It was running already. Nothing was sent twice."),
    "campaign_stopped": N_("It is stopped. Nothing more is sent, and nobody can answer any more."),
    "campaign_stopped_before": N_("It was stopped before. Nothing changed."),
    "campaign_closed": N_("It is closed. What was sent in counts."),
    "campaign_closed_before": N_("It was closed before. Nothing changed."),
    "campaign_refused": N_("That cannot be done as it stands now. Nothing changed."),
    "campaign_replayed": N_("Messages that are tried again: %(number)d."),
    "queue_kept": N_("The queue is kept. It stands above the list."),
    "queue_removed": N_("The queue is removed. No report was changed."),
    "case_reply": N_("Your reply is on its way."),
    "case_ask": N_("Your question is on its way. The report waits for the answer."),
    "case_untold": N_(
        "It is kept. No message leaves: the reporter gave no address. They read it on the page"
        " behind their link."
    ),
    "case_note": N_("The note is kept. Only staff read it."),
    "case_provider": N_("The note is kept. Staff and the provider read it."),
    "case_done": N_("It is done and stands in the timeline."),
    "case_nothing": N_("Nothing was changed: it stood like this before."),
    "case_merged": N_("The reports are merged. This one goes on for both."),
    "case_split": N_("This is the new report. The other one goes on as well."),
    "case_none_ticked": N_("Nothing was done: no report was ticked."),
    "case_run_gone": N_("What was done stands in each report. The list of it is not kept."),
    "promise_kept": N_("The promise is saved. Reports from now on are promised this."),
    "case_reported": N_("The report is kept. Tell them its reference."),
    "letter_taken_in": N_("The letter stands in the timeline as the reporter's words."),
    "letter_dropped": N_("The letter is dropped."),
    "letter_gone": N_("Somebody else dealt with that letter already."),
    "template_saved": N_("The reply is saved."),
    "template_removed": N_("The reply is removed."),
    "action_published": N_("It is told. It stands on the page of results."),
    "action_proposed": N_("Somebody else has to agree now. Nobody is told before that."),
    "action_same_person": N_("Somebody else has to agree. Nothing was sent."),
    "action_too_many": N_(
        "More people would get a letter than one action may reach. Name a smaller group, or fewer"
        " surveys. Nothing was sent."
    ),
    "action_refused": N_("It has changed meanwhile, or was told before. Nothing was sent."),
    "problem_linked": N_("Reports that are part of it now: %(number)d."),
    "problem_no_case": N_("One of these is no report that you may link. Nothing was changed."),
    "campaign_replayed_before": N_("They were tried again before. Nothing is sent twice."),
}
"""Sentences by word; `%(number)d` is how many it was done to."""

LAUNCHED: Final = "campaign_launched"
"""Its number is when the first messages leave (`minute_of`), 0 where nobody knows."""


def minute_of(at: datetime | None) -> int:
    """A moment as the number of a word: minutes since 1970."""
    return int(at.timestamp()) // 60 if at else 0


def said(
    cookie: str, translations: NullTranslations, *, now: datetime, zone: ZoneInfo, language: str
) -> str:
    """The sentence that the cookie ("word:number") stands for; empty where it is none of ours."""
    word, _, number = cookie.partition(":")
    if word not in SAID or not (number.isascii() and number.isdigit() and len(number) < 10):
        return ""
    told = translations.gettext(SAID[word]) % {"number": int(number)}
    if word == LAUNCHED and int(number):
        leaves = datetime.fromtimestamp(int(number) * 60, UTC)
        say = translations.gettext
        told += " " + first_messages(leaves, now=now, zone=zone, say=say, language=language)
    return told
