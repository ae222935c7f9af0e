"""What the body's own mail server found out about who sent a letter.

It writes Authentication-Results (RFC 8601) into each letter that it takes in: whether the domain in
From lets that machine send for it (SPF, RFC 7208), signed the letter (DKIM, RFC 6376), and what it
says of letters where neither holds (DMARC, RFC 7489). Anybody may write such a header; only those
under the name of our server count, and of them the topmost that stand together, since each server
puts its own on top and takes away what came with its name (RFC 8601, section 5).

Each character is looked at a fixed number of times, and nothing raises, whatever stands there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import dropwhile, takewhile
from typing import Final

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
"""A server's name as a setting gives it: as most are, that of a machine."""

_VERSIONS: Final = ("", "1")
_PASSED: Final = "pass"
_FAILED: Final = "fail"

_SPACE: Final = " \t\r\n"
# Wider than a token of RFC 2045: servers write addresses and base64 without quotation marks.
_WORD: Final = re.compile(r'[^\s;=()"\\]+')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_OF_A_COMMENT: Final = re.compile(r"[^()\\]+", re.DOTALL)


class Doubt(StrEnum):
    """Why a letter may not be from whom it says."""

    FORGED = "forged"
    """The domain that it says it is from disowns it."""
    UNPROVEN = "unproven"
    """Nothing shows that it is from there."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one method came to, in small letters; `said` are its properties, such as "header.d"."""

    method: str
    result: str
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """One header: the name of the server that wrote it, in small letters, and what it found."""

    server: str
    results: tuple[Result, ...]


def doubt(headers: Sequence[str], *, server: str, sender: str | None) -> Doubt | None:
    """Why it is not sure that a letter is from `sender`; None where our server vouches for it.

    Args:
        headers: the values of Authentication-Results, as they stand in the letter from its top.
        server: the name under which our mail server writes them.
        sender: the one address in From, None where there is none or several.
    """
    begun = dropwhile(lambda each: not _is_from(each, server), headers)
    ours = map(checked, takewhile(lambda each: _is_from(each, server), begun))
    results = [result for each in ours if each is not None for result in each.results]
    domain = _domain(sender or "")
    if any(each.method == "dmarc" and each.result == _FAILED for each in results):
        return Doubt.FORGED
    if domain and any(each.result == _PASSED and _vouches(each, domain) for each in results):
        return None
    return Doubt.UNPROVEN


def checked(value: str) -> Checked | None:
    """A header's value read; None where it names no server, or is none of these headers."""
    parts = _parts(value)
    if parts is None:
        return None
    [name, *rest] = parts
    if not 0 < len(name) < 3 or any(each.sign for each in name):
        return None
    version = name[1].text if len(name) > 1 else ""
    if version not in _VERSIONS:
        return None
    found = (_result(each) for each in rest)
    return Checked(name[0].text.lower(), tuple(each for each in found if each is not None))


def _is_from(header: str, server: str) -> bool:
    """Whether it begins with the name of this server, as servers write it.

    The grammar also allows a name in quotation marks or behind a comment: one that a mail server
    may not know for its own name, and so leave in a letter that came with it.
    """
    named = _WORD.match(header.lstrip(_SPACE))
    return named is not None and named[0].lower() == server.lower()


def _vouches(result: Result, domain: str) -> bool:
    """Whether that it passed says something about this domain."""
    match result.method:
        case "dmarc":
            return _domain(result.said.get("header.from", domain)) == domain
        case "dkim":
            signer = result.said.get("header.d") or result.said.get("header.i", "")
            return _aligned(signer, domain)
        case "spf":
            return _aligned(result.said.get("smtp.mailfrom", ""), domain)
    return False


def _aligned(address: str, domain: str) -> bool:
    """Whether an address or a domain is of the same body: the same, or one below the other.

    DMARC compares what somebody registered, for which one has to know all registries; two that
    lie side by side are not believed here.
    """
    other = _domain(address)
    if "." not in other:
        return False
    return other == domain or other.endswith(f".{domain}") or domain.endswith(f".{other}")


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")


# --- the grammar ---


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, or the sign "="; `joined` to what stands before it, without space or comment."""

    text: str
    sign: bool = False
    joined: bool = False


def _result(part: Sequence[_Token]) -> Result | None:
    """ "dkim/1=pass reason=x header.d=school.example": None where it is none, or is "none"."""
    said = list(_assignments(part))
    if not said:
        return None
    [(method, result), *rest] = said
    properties = dict[str, str]()
    for name, value in rest:
        properties.setdefault(name.lower(), value)
    return Result(method.partition("/")[0].lower(), result.lower(), properties)


def _assignments(part: Sequence[_Token]) -> Iterator[tuple[str, str]]:
    """Names and values; spaces and comments may stand around each "=", ".", and "/"."""
    names, at = list[str](), 0
    while at < len(part):
        if not part[at].sign:
            names.append(part[at].text)
            at += 1
            continue
        at += 1
        value = list[str]()
        while at < len(part) and (not value or part[at].joined):
            value.append(part[at].text)
            at += 1
        yield "".join(names), "".join(value)
        names = []


def _parts(value: str) -> list[list[_Token]] | None:
    """Its tokens, parted by ";"; None where a quotation or a comment does not end."""
    parts, at, joined = [list[_Token]()], 0, False
    while at < len(value):
        sign = value[at]
        if sign in _SPACE or sign == "(":
            end = _after_comment(value, at) if sign == "(" else at + 1
            if end is None:
                return None
            at, joined = end, False
        elif sign in ";=":
            if sign == ";":
                parts.append([])
            else:
                parts[-1].append(_Token(sign, sign=True, joined=joined))
            at, joined = at + 1, True
        elif found := (_QUOTED if sign == '"' else _WORD).match(value, at):
            text = _ESCAPED.sub(r"\1", found[1]) if sign == '"' else found[0]
            parts[-1].append(_Token(text, joined=joined))
            at, joined = found.end(), True
        else:
            return None
    return parts


def _after_comment(value: str, at: int) -> int | None:
    """Where the comment ends that begins here, with those inside it; None where it does not."""
    depth = 0
    while at < len(value):
        match value[at]:
            case "(":
                depth += 1
                at += 1
            case ")":
                depth -= 1
                at += 1
                if not depth:
                    return at
            case "\\":
                at += 2
            case _:
                found = _OF_A_COMMENT.match(value, at)
                at = found.end() if found else at + 1
    return None
