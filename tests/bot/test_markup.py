"""Text that nothing can break, cut where Telegram would refuse it."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from bot.markup import MOST_TEXT, Look, Piece, bold, cut, to_html, utf16_length

texts = st.text(max_size=300)
pieces = st.builds(Piece, texts, st.sampled_from(Look), st.booleans())


def _plain(html: str) -> str:
    return unescape(re.sub(r"</?[bi]>", "", html))


@given(st.lists(pieces, max_size=20))
def test_markup_comes_from_us_alone(given_pieces: list[Piece]) -> None:
    html = to_html(given_pieces)

    assert set(re.findall(r"<[^>]*>", html)) <= {"<b>", "</b>", "<i>", "</i>"}
    assert html.count("<b>") == html.count("</b>")


@given(st.lists(st.builds(Piece, texts, st.sampled_from(Look)), max_size=10))
def test_short_text_is_shown_exactly(given_pieces: list[Piece]) -> None:
    assert _plain(to_html(given_pieces)) == "".join(each.text for each in given_pieces)


def test_a_name_with_markup_in_it_is_shown_as_it_is() -> None:
    assert to_html([bold("<b>&</b>")]) == "<b>&lt;b&gt;&amp;&lt;/b&gt;</b>"


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=400))
def test_no_message_is_longer_than_telegram_takes(lengths: list[int]) -> None:
    html = to_html([Piece("😀" * length, foreign=True) for length in lengths])

    assert utf16_length(_plain(html)) <= MOST_TEXT


def test_the_longest_answer_is_cut_before_a_short_one() -> None:
    html = to_html([Piece("short. "), Piece("x" * 5_000)])

    assert html.startswith("short. xxx")
    assert html.endswith("x…")
    assert utf16_length(html) == MOST_TEXT


@given(st.text(), st.integers(1, 50))
def test_a_cut_never_splits_a_character(text: str, limit: int) -> None:
    shown = cut(text, limit)

    assert utf16_length(shown) <= limit
    assert shown == text or text.startswith(shown.removesuffix("…"))


def test_what_somebody_typed_cannot_turn_the_text_around_it() -> None:
    typed = "\u202eoterces\u2069 \u2066hidden\nsecond line"

    html = to_html([Piece("“"), Piece(typed, foreign=True), Piece("”")])

    assert html == "“\u2068\u202eoterces hidden second line\u2069”"
