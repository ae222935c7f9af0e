"""The whole privacy notice of reporting a problem, worded once.

As `survey.promises`: periods are those of the tables, so that it cannot say anything else than what
is done. `_` looks a sentence up in the catalogue of the person's language.
"""

from survey.domain.retention import INBOX_DAYS
from survey.promises import Part
from survey.report_words import Words, kept, privacy


def notice(_: Words, *, body: str, purpose: str) -> tuple[Part, ...]:
    """What is kept of a report, who reads it, how long, and what its reporter can ask for."""
    told = {"body": body, "inbox": INBOX_DAYS}
    return (
        Part(
            _("Who asks, and why"),
            (_("%(body)s takes your report, and decides what happens with it.") % told, purpose),
        ),
        Part(
            _("What is kept of your report"),
            (
                _("What you chose and wrote, and the photos and files that you sent with it."),
                _(
                    "Your name and your school, department or team where we know them, or the "
                    "e-mail address that you gave, so that we can answer you."
                ),
                _("What was said and done about it since, by you and by staff, each with its day."),
                _(
                    "Photos are drawn anew: where and when they were taken, and with which camera, "
                    "is not kept. Other files are kept as they came."
                ),
            ),
        ),
        Part(
            _("Who sees it"),
            (
                privacy(_),
                _(
                    "Where a company runs the service, we write to it what it needs to put things "
                    "right. It sees your school, department or team and how your report stands, "
                    "not who you are, what you wrote or what we write to you."
                ),
                _(
                    "Colleagues of your school, department or team can read it there and take it "
                    "over. What they see leaves out your name."
                ),
                _(
                    "Where personal data went astray, or somebody may be in danger, few see it: "
                    "those who are named for that, and whoever looks after it."
                ),
                _(
                    "How many problems were reported and fixed is shown as figures. What you think "
                    "of how yours was handled is counted together with others, and is not kept "
                    "with your report."
                ),
            ),
        ),
        Part(
            _("How long it is kept"),
            (
                kept(_),
                _("In a chat, the number of each message stays for %(inbox)d days.") % told,
            ),
        ),
        Part(
            _("What you can ask for"),
            (
                _("You can throw your report away at any time before you send it."),
                _(
                    "You can ask %(body)s for a copy of what is kept about you, "
                    "to have it corrected, or to have it erased."
                )
                % told,
            ),
        ),
    )
