"""Texts as Telegram keeps them: markup parsed, invisible characters dropped, lengths in UTF-16.

Source: https://core.telegram.org/bots/api#formatting-options. Refusals are worded as Telegram
words them. `<tg-emoji>` and `<tg-time>` are refused as unsupported: the first needs a paid
username, and neither has a place in a questionnaire.
"""

import html
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.telegram.refusal import bad_request

MAX_TEXT = 4096

_SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
}
_TAGS = {*_SIMPLE_TAGS, "a", "span", "blockquote"}

_SPACE = re.compile(r"[ \t\r\n\v\0]*")
_PLAIN = re.compile(r"[^&<]+|&")
_TAG_NAME = re.compile(r"[^ \t\r\n\v\0>]*")
_ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\v\0=>/\"']*")
_BARE_VALUE = re.compile(r"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#[xX][0-9a-fA-F]+);?")
_BLANKED = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")
_DROPPED = re.compile("^[ \n]+|[ \n]+$|[\r\u2028-\u202e\u0333\u033f\u030a]+")

Entity = Mapping[str, Any]


@dataclass(frozen=True)
class Formatted:
    """A text without markup; `entities` as in the Bot API, offsets in UTF-16 code units."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def formatted(text: str, *, parse_mode: str | None, entities: tuple[Entity, ...] = ()) -> Formatted:
    """What Telegram keeps of the text of a message.

    Raises:
        Refusal: bad markup, bad entity, or nothing left to show.
    """
    if not parse_mode:
        _check_entities(text, entities)
        kept = tidied(Formatted(text, entities))
    elif parse_mode.lower() == "html":
        kept = tidied(parse_html(text))
    else:
        raise bad_request("unsupported parse_mode")
    if not kept.text:
        raise bad_request("message text is empty")
    return kept


def tidied(given: Formatted) -> Formatted:
    """Control characters become spaces; line and bidirectional controls, three combining
    lines and the blanks at both ends are dropped; entities move along."""
    text = _BLANKED.sub(" ", given.text)
    if not _DROPPED.search(text):
        return Formatted(text, given.entities)
    gone: list[int] = []
    for match in _DROPPED.finditer(text):
        start = utf16_length(text[: match.start()])
        gone.extend(range(start, start + len(match.group())))  # none of these needs two units
    moved = (_moved(entity, gone) for entity in given.entities)
    bare = tuple(entity for entity in moved if entity["length"])
    kept = Formatted(_DROPPED.sub("", text), bare)
    return tidied(kept) if _DROPPED.search(kept.text) else kept


def _moved(entity: Entity, gone: list[int]) -> Entity:
    end = entity["offset"] + entity["length"]
    start = entity["offset"] - bisect_left(gone, entity["offset"])
    return {**entity, "offset": start, "length": end - bisect_left(gone, end) - start}


def _check_entities(text: str, entities: tuple[Entity, ...]) -> None:
    """Entities that the bot counted by itself must lie within the text, on whole characters."""
    if not entities:
        return
    borders = {0}
    at = 0
    for char in text:
        at += utf16_length(char)
        borders.add(at)
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0 or end <= start or end > at:
            raise bad_request(
                f"entity beginning at UTF-16 offset {start} "
                f"ends after the end of the text at UTF-16 offset {at}"
            )
        if not {start, end} <= borders:
            raise bad_request(f"entity at UTF-16 offset {start} cuts a symbol in two")
        if entity["type"] == "text_link" and not is_link(entity.get("url", "")):
            raise bad_request(f"entity URL '{entity.get('url', '')}' is invalid: Wrong HTTP URL")


def is_link(url: str) -> bool:
    """Whether Telegram lets people open it; it refuses host names without a dot."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "tg":
        return bool(host)
    return parts.scheme in ("http", "https") and ("." in host or ":" in host) and " " not in url


def parse_html(source: str) -> Formatted:
    """HTML parse mode.

    Raises:
        Refusal: "can't parse entities: ..." with the offset in bytes of UTF-8.
    """
    return _HtmlReader(source).read()


@dataclass(frozen=True)
class _Open:
    tag: str
    offset: int
    attributes: Mapping[str, str]


class _HtmlReader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._text: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> Formatted:
        while self._at < len(self._source):
            if self._source.startswith("</", self._at):
                self._end_tag()
            elif self._source[self._at] == "<":
                self._start_tag()
            else:
                self._characters()
        if self._open:
            raise self._broken(
                f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"'
            )
        in_order = sorted(self._entities, key=lambda each: (each["offset"], -each["length"]))
        return Formatted("".join(self._text), tuple(in_order))

    def _characters(self) -> None:
        reference = self._take(_REFERENCE)
        said = _decoded(reference) if reference else self._take(_PLAIN)
        self._text.append(said)
        self._offset += utf16_length(said)

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        tag = self._take(_TAG_NAME).lower()
        if self._at == len(self._source):
            raise self._broken("Unclosed start tag", begin)
        if tag not in _TAGS:
            raise self._broken(f'Unsupported start tag "{tag}"', begin)
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._broken('Tag "span" must have class "tg-spoiler"', begin)
        self._open.append(_Open(tag, self._offset, attributes))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._take(_SPACE)
            if self._at == len(self._source):
                raise self._broken("Unclosed start tag", begin)
            if self._source[self._at] == ">":
                self._at += 1
                return found
            name = self._take(_ATTRIBUTE_NAME).lower()
            if not name:
                raise self._broken(f'Empty attribute name in the tag "{tag}"', begin)
            self._take(_SPACE)
            found[name] = ""
            if self._source.startswith("=", self._at):
                self._at += 1
                self._take(_SPACE)
                found[name] = self._attribute_value(tag, begin)
            elif self._at == len(self._source):
                raise self._broken(f'Unclosed start tag "{tag}"', begin)

    def _attribute_value(self, tag: str, begin: int) -> str:
        if self._at == len(self._source):
            raise self._broken(f'Unclosed start tag "{tag}"', begin)
        quote = self._source[self._at]
        if quote in "\"'":
            end = self._source.find(quote, self._at + 1)
            if end < 0:
                raise self._broken("Unclosed start tag", begin)
            quoted = self._source[self._at + 1 : end]
            value = _REFERENCE.sub(lambda match: _decoded(match.group()), quoted)
            self._at = end + 1
            return value
        token = self._at
        value = self._take(_BARE_VALUE)
        if self._at < len(self._source) and self._source[self._at] not in " \t\r\n\v\0>":
            raise self._broken("Unexpected end of name token", token)
        return value

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise self._broken("Unexpected end tag", begin)
        self._at += 2
        tag = self._take(_TAG_NAME).lower()
        self._take(_SPACE)
        if not self._source.startswith(">", self._at):
            raise self._broken("Unclosed end tag", begin)
        self._at += 1
        opened = self._open.pop()
        if tag and tag != opened.tag:
            raise self._broken(
                "Unmatched end tag", begin, f', expected "</{opened.tag}>", found "</{tag}>"'
            )
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self._offset - opened.offset
        extra: dict[str, str] = {}
        kind = _SIMPLE_TAGS.get(opened.tag, "spoiler")
        if opened.tag == "blockquote":
            kind = "expandable_blockquote" if "expandable" in opened.attributes else "blockquote"
        elif opened.tag == "a":
            kind, extra = "text_link", {"url": opened.attributes.get("href", "")}
        # Telegram shows the words of a link that leads nowhere, and no link.
        if length and (kind != "text_link" or is_link(extra["url"])):
            self._entities.append(
                {"type": kind, "offset": opened.offset, "length": length, **extra}
            )

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._source, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _broken(self, what: str, at: int | None = None, more: str = "") -> Exception:
        where = "" if at is None else f" at byte offset {len(self._source[:at].encode())}"
        return bad_request(f"can't parse entities: {what}{where}{more}")


def _decoded(reference: str) -> str:
    """A number that is no character stays as it was written."""
    char = html.unescape(reference)
    return reference if char in ("", "\ufffd") else char
