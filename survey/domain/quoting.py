"""What somebody wrote in a letter, without what their mail software quotes below or around it.

Marks of common programs, in English and Welsh: a line of our own that says so, attributions ("On
... wrote:"), lines that begin with ">", headers of the letter that is answered, signatures.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

ABOVE: Final = "##-"
"""Around the line in our letters above which an answer is written."""

MOST_LINES: Final = 5_000
"""Lines that are looked at; what comes after them is left out."""

_LONGEST_LINE: Final = 2_000
"""Characters of a line that are looked at for marks."""

_LONGEST_ATTRIBUTION: Final = 600
_ATTRIBUTION_LINES: Final = 3
"""Over so many lines mail software breaks "On ... wrote:"."""

# Begin and end alone are looked for: what stands between differs with every program and language.
_ATTRIBUTION: Final = re.compile(
    r"(?:On|Ar|Am|Le|El|Il)\b[^\n]{3,300}\b(?:wrote|ysgrifennodd|schrieb|a écrit|escribió)"
    r"(?: [^\n:]{1,200})?\s*:",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"[-_ ]{2,}\s*(?:Original Message|Original Appointment|Forwarded [Mm]essage"
    r"|Neges Wreiddiol|Neges wreiddiol|Neges [Aa]nfonwyd [Yy]mlaen)\s*[-_ ]{2,}",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"_{20,}|-{20,}")
_FROM: Final = re.compile(r"\*?(?:From|Oddi wrth|Gan|O)\s?:\*?\s\S", re.IGNORECASE)
_HEADER: Final = re.compile(
    r"\*?(?:Sent|Date|To|Cc|Subject|Anfonwyd|Dyddiad|At|Pwnc|Copi)\s?:\*?\s?", re.IGNORECASE
)
_DEVICE: Final = re.compile(
    r"(?:Sent from my|Sent from (?:Outlook|Mail|Yahoo)|Get Outlook for"
    r"|Anfonwyd o fy|Wedi'i anfon o)\b[^\n]{0,80}",
    re.IGNORECASE,
)
_SIGNATURES: Final = ("-- ", "--")


def written(text: str) -> str:
    """The answer alone; empty where all of it is quoted.

    What is answered below the quotation, or between its lines, is found too: then lines of theirs
    are kept and quoted ones left out.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:MOST_LINES]
    at = _quoted_from(lines)
    above = _trimmed(lines[:at])
    if at == len(lines) or _is_marked(lines[at]):
        return above
    between = _trimmed(_unquoted(lines[at:])) if _is_attributed(lines, at) else ""
    return "\n\n".join(part for part in (above, between) if part)


def _quoted_from(lines: Sequence[str]) -> int:
    """The first line that is not theirs: as many as there are where all are."""
    return next((at for at in range(len(lines)) if _begins_quotation(lines, at)), len(lines))


def _begins_quotation(lines: Sequence[str], at: int) -> bool:
    line = _seen(lines[at])
    if _is_marked(line) or _ORIGINAL.fullmatch(line):
        return True
    if line.startswith(">") or _is_attributed(lines, at):
        return True
    if _RULE.fullmatch(line):
        return _is_headed(lines, _next_full(lines, at + 1))
    return _is_headed(lines, at)


def _is_marked(line: str) -> bool:
    return ABOVE in line


def _is_attributed(lines: Sequence[str], at: int) -> bool:
    """Whether "On ... wrote:" begins in this line, or a quotation without it."""
    return _seen(lines[at]).startswith(">") or _attribution_length(lines, at) > 0


def _is_headed(lines: Sequence[str], at: int) -> bool:
    """Whether the headers of another letter begin here: From, and two more in the next lines."""
    if at >= len(lines) or not _FROM.match(_seen(lines[at])):
        return False
    following = [_seen(line) for line in lines[at + 1 : at + 7]]
    return sum(bool(_HEADER.match(line)) for line in following) >= 2


def _next_full(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Lines of theirs among quoted ones; none where nothing follows the quotation."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _seen(lines[at]).startswith(">"):
            at += 1
        elif length := _attribution_length(lines, at):
            at += length
        elif _is_marked(lines[at]) or _ORIGINAL.fullmatch(_seen(lines[at])):
            break
        else:
            kept.append(lines[at])
            at += 1
    return kept


def _attribution_length(lines: Sequence[str], at: int) -> int:
    """How many lines "On ... wrote:" takes up that begins here; 0 where none does."""
    said = ""
    for length, line in enumerate(lines[at : at + _ATTRIBUTION_LINES], start=1):
        said = f"{said} {_seen(line)}".strip()
        if len(said) > _LONGEST_ATTRIBUTION:
            break
        if _ATTRIBUTION.fullmatch(said):
            return length
    return 0


def _trimmed(lines: Iterable[str]) -> str:
    """Without a signature, the name of a device, and empty lines around."""
    kept: list[str] = []
    for line in lines:
        if line in _SIGNATURES:
            break
        kept.append(line.rstrip())
    while kept and (
        not kept[-1] or _DEVICE.fullmatch(kept[-1].strip()) or _RULE.fullmatch(kept[-1])
    ):
        kept.pop()
    return "\n".join(kept).strip("\n")


def _seen(line: str) -> str:
    return line[:_LONGEST_LINE].strip()
