"""HTML parse mode and what Telegram keeps of a text.

The refusals are those of Telegram's own parser, offsets in bytes included.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.telegram.markup import Formatted, formatted, is_link, parse_html, tidied, utf16_length
from tests.telegram.refusal import Refusal


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;', "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
        ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
        ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
        (
            "🏟 🏟&lt;<i>a</em   >",
            'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"',
        ),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("Dear Siân <b>&, hello", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x"', "Unclosed start tag at byte offset 0"),
        ('<a href="x"y">z</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_markup_is_refused_with_the_place(source: str, refusal: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_html(source)
    assert caught.value.error_code == 400
    assert caught.value.description == f"Bad Request: can't parse entities: {refusal}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain &amp; &lt;simple&gt; &quot;", 'plain & <simple> "', []),
        ("&ge;&laquo; R&D & co &#12345678;", "&ge;&laquo; R&D & co &#12345678;", []),
        ("&#39;&#x41;", "'A", []),
        ("🏟<b>bo&lt;ld</b>", "🏟bo<ld", [("bold", 2, 5)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<STRONG>a</>", "a", [("bold", 0, 1)]),
        ("<b></b>nothing bold", "nothing bold", []),
        ("<span class='tg-spoiler'>x</span>", "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<a href='nowhere'>x</a>", "x", []),
    ],
)
def test_good_markup_becomes_text_and_entities(
    source: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    parsed = parse_html(source)
    assert parsed.text == text
    assert [(each["type"], each["offset"], each["length"]) for each in parsed.entities] == entities


def test_a_link_keeps_its_address_with_references_decoded() -> None:
    (link,) = parse_html('<a href="https://example.org/?a=1&amp;b=2">x</a>').entities
    assert link == {
        "type": "text_link",
        "offset": 0,
        "length": 1,
        "url": "https://example.org/?a=1&b=2",
    }


@given(st.text())
def test_an_escaped_text_comes_back_whole_whatever_is_in_it(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(f"<b>{escaped}</b>").text == text


@given(st.text(alphabet="ab<>&/i =\"';l🏟", max_size=40))
def test_any_markup_is_refused_or_gives_entities_within_its_text(source: str) -> None:
    try:
        parsed = parse_html(source)
    except Refusal:
        return
    end = utf16_length(parsed.text)
    assert all(0 < each["length"] <= end - each["offset"] for each in parsed.entities)


def test_the_ends_are_trimmed_and_entities_move_along() -> None:
    kept = formatted(" \n🏟 <b>bold </b>\r\n ", parse_mode="HTML")
    assert kept.text == "🏟 bold"
    assert [(each["offset"], each["length"]) for each in kept.entities] == [(3, 4)]


def test_control_characters_become_spaces_and_bidirectional_ones_go() -> None:
    assert formatted("a\x00b\tc\u202ed\re", parse_mode=None).text == "a b cde"


@given(st.text())
def test_a_tidied_text_is_tidy(text: str) -> None:
    once = tidied(Formatted(text))
    assert tidied(once) == once


@pytest.mark.parametrize("text", ["", "  \n", "\u202e", "<b> </b>"])
def test_a_text_with_nothing_to_read_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="message text is empty"):
        formatted(text, parse_mode="HTML")


def test_markdown_and_unknown_parse_modes_are_refused() -> None:
    with pytest.raises(Refusal, match="unsupported parse_mode"):
        formatted("a", parse_mode="MarkdownV2")


@pytest.mark.parametrize(
    ("offset", "length", "refusal"),
    [(1, 9, "after the end of the text"), (1, 1, "cuts a symbol in two"), (0, 0, "after the end")],
)
def test_entities_must_lie_on_whole_characters(offset: int, length: int, refusal: str) -> None:
    entity = {"type": "bold", "offset": offset, "length": length}
    with pytest.raises(Refusal, match=refusal):
        formatted("🏟a", parse_mode=None, entities=(entity,))


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://example.org/i/abc", True),
        ("http://127.0.0.1:8000/s/people-pulse", True),
        ("tg://user?id=1", True),
        ("example.org", True),
        ("http://localhost:8000/", False),
        ("ftp://example.org", False),
        ("javascript:alert(1)", False),
        ("https://[broken", False),
    ],
)
def test_only_addresses_that_people_can_open_are_links(url: str, *, opens: bool) -> None:
    assert is_link(url) is opens
