"""Why a file is not kept, in words for whoever sent it."""

from collections.abc import Callable
from typing import Final

from survey.domain.file_kinds import MOST_OF_A_CASE, Refusal
from survey.domain.language import N_

_WHY: Final = {
    Refusal.EMPTY: N_("The file is empty."),
    Refusal.TOO_LARGE: N_("The file is larger than 20 MB. Send a smaller one, or parts of it."),
    Refusal.TOO_MANY: N_("There are %(most)s files already. Start another report for more."),
    Refusal.UNSENT: N_("Your files are many or large together. Send the report, then add more."),
    Refusal.TODAY: N_("You sent as many files today as we take in a day. Send the rest tomorrow."),
    Refusal.NAME: N_("The file's name has characters that we do not take. Rename it."),
    Refusal.ENDING: N_("The file's name says one kind, its content is another. Export it anew."),
    Refusal.KIND: N_(
        "We can take photos, voice messages, PDF, Word, Excel, OpenDocument, CSV and text files."
    ),
    Refusal.OLD_OFFICE: N_("This is an old Office format. Save it as .xlsx or .docx."),
    Refusal.HEIC: N_(
        "We cannot open HEIC photos. Send it as a photo instead of a file, or save it as JPEG."
    ),
    Refusal.VIDEO: N_("We cannot take videos. Send a photo or a screenshot."),
    Refusal.ARCHIVE: N_("We cannot take packed files. Unpack it and send what is inside."),
    Refusal.PROGRAM: N_("We cannot take programs."),
    Refusal.PAGE: N_("We cannot take web pages and drawings in SVG. Send a screenshot or a PDF."),
    Refusal.TWO_KINDS: N_(
        "The file is of two kinds at once, which can be a trick. Export it anew."
    ),
    Refusal.DAMAGED: N_("The file is damaged or not complete. Send it again, or export it anew."),
    Refusal.LOCKED: N_("The file has a password. Send it without one."),
    Refusal.PIXELS: N_("The picture is too large to open. Send a smaller one, or a screenshot."),
    Refusal.PACKED: N_("The file would unpack to far too much. Export it anew."),
    Refusal.SCRIPT: N_("The PDF runs something when it is opened. Print it to a new PDF."),
    Refusal.MACROS: N_("The file has macros. Save it without them, as .xlsx or .docx."),
    Refusal.EMBEDDED: N_("Another file is embedded in it. Take that out, and send it by itself."),
    Refusal.OUTSIDE: N_("The file fetches things from elsewhere. Break its links, or send a PDF."),
    Refusal.FORMULA: N_("A cell has a formula that reaches outside the file. Take it out."),
    Refusal.LONG: N_("The file took too long to check. Send a smaller or simpler one."),
    Refusal.LOST: N_("We could not get the file from Telegram. Send it again."),
}

_A_FILE: Final = N_("We could not keep a file.")
_NAMED: Final = N_("We could not keep %(name)s.")


def unkept(translated: Callable[[str], str], name: str, reason: str) -> str:
    """What is told of a file that was not kept, and what to send instead; `name` may be ''."""
    said = translated(_NAMED if name else _A_FILE)
    return f"{said % {'name': name}} {why_refused(reason, translated)}"


def why_refused(reason: str, translated: Callable[[str], str] = str) -> str:
    """One or two sentences for a reason of `FileRefused` or of a kept `Attachment.refused`.

    `translated` finds a message in the reader's catalogue, as `translations(language).gettext`.
    """
    try:
        words = _WHY[Refusal(reason)]
    except ValueError:
        words = _WHY[Refusal.KIND]
    return translated(words) % {"most": MOST_OF_A_CASE}
