"""Posted forms become the engine's inputs, and nothing that a browser sends makes them fail."""

from collections.abc import AsyncIterator
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData
from starlette.requests import Request

from api.web.forms import (
    BODY_LIMIT,
    FIELD_LIMIT,
    FormTooLong,
    Posted,
    StartAgain,
    UnitPicked,
    UnitSought,
    UnreadableForm,
    parse_body,
    read_body,
    read_input,
    typed,
)
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    CHECK,
    UNIT,
    Back,
    Cancel,
    Change,
    Decline,
    Put,
    Read,
    Say,
    Skip,
    Speak,
    Start,
    Submit,
)

TYPES = {
    "pride": QuestionType.SCALE,
    "used": QuestionType.SELECT_MULTIPLE,
    "when": QuestionType.DATE,
    "comment": QuestionType.TEXT,
    "about": QuestionType.NOTE,
    "sum": QuestionType.CALCULATE,
}


def read(*fields: tuple[str, str]) -> Posted:
    return read_input(FormData(list(fields)), TYPES)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"action": "start"}, Start()),
        ({"action": "decline"}, Decline()),
        ({"action": "restart"}, StartAgain()),
        ({"action": "cancel"}, Cancel()),
        ({"action": "submit", "revision": "9"}, Submit(9)),
        ({"action": "submit", "revision": "²"}, Submit(None)),
        ({"action": "submit"}, Submit(None)),
        ({"action": "speak", "language": "cy"}, Speak("cy")),
        ({"action": "back"}, Back(None)),
        ({"action": "back", "question": "pride"}, Back("pride")),
        ({"action": "back", "question": "no_such"}, Back(None)),
        ({"action": "back", "question": UNIT}, Back(UNIT)),
        ({"action": "back", "question": CHECK}, Back(CHECK)),
        ({"action": "find", "find": "  oak "}, UnitSought("oak")),
        ({"action": "find"}, None),
        ({"action": "choose", "unit": "oakfield"}, UnitPicked("oakfield")),
        ({"action": "choose", "find": "oak"}, UnitPicked("", sought="oak")),
        ({"find": "oak", "unit": "oakfield", "action": "choose"}, UnitPicked("oakfield", "oak")),
        ({"change": "pride"}, Change("pride")),
        ({"action": "skip", "question": "pride"}, Skip("pride")),
        ({"action": "read", "question": "about"}, Read("about")),
        ({"action": "answer", "question": "pride", "answer": "4"}, Say("pride", "4")),
        ({"action": "answer", "question": "pride"}, Say("pride", "")),
        ({"question": "comment", "answer": " a\r\nb "}, Say("comment", " a\nb ")),
        ({"question": "when", "answer-day": "7", "answer-year": "2026"}, Say("when", "2026--7")),
        ({"question": "when", "answer-day": " "}, Say("when", "")),
        ({"question": "used"}, Put("used", ())),
        ({"action": "skip", "question": "no_such"}, None),
        ({"action": "answer", "question": "sum", "answer": "1"}, None),
        ({"action": "launch", "question": "pride"}, None),
        ({"action": "launch"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_form_says_what_was_done(fields: dict[str, str], expected: Posted | None) -> None:
    form = FormData(list(fields.items()))

    if expected is None:
        with pytest.raises(UnreadableForm):
            read_input(form, TYPES)
    else:
        assert read_input(form, TYPES) == expected


def test_several_ticks_are_one_value_and_a_doubled_one_counts_once() -> None:
    assert read(
        ("question", "used"), ("answer", "hr"), ("answer", "it"), ("answer", "hr"), ("x", "y")
    ) == Put("used", ("hr", "it"))


def test_enter_in_the_search_field_searches() -> None:
    assert read(("find", "oak")) == UnitSought("oak")


def test_a_whole_date_is_joined_as_the_engine_reads_it() -> None:
    assert read(
        ("question", "when"), ("answer-day", "7"), ("answer-month", "3"), ("answer-year", "2026")
    ) == Say("when", "2026-3-7")


def test_what_was_typed_is_kept_as_it_was_and_nothing_else() -> None:
    form = FormData(
        [("csrf", "x"), ("answer", " a "), ("answer", "b"), ("answer-day", "31"), ("unit", "u")]
    )

    assert typed(form) == {"answer": (" a ", "b"), "answer-day": ("31",)}


def test_a_body_is_read_as_utf8_and_empty_fields_stay() -> None:
    form = parse_body(urlencode({"answer": "Ŵy 🙂 + &", "unit": ""}).encode())

    assert form["answer"] == "Ŵy 🙂 + &"
    assert form["unit"] == ""


@given(st.binary(max_size=200))
def test_no_body_breaks_the_reading(body: bytes) -> None:
    for sent in (body, b"question=comment&answer=" + quote_from_bytes(body).encode()):
        form = parse_body(sent)
        assert all(c < "\ud800" or c > "\udfff" for c in str(form.get("answer", "")))


def test_more_fields_than_any_page_has_are_refused() -> None:
    parse_body(b"&".join([b"a=1"] * FIELD_LIMIT))
    with pytest.raises(FormTooLong):
        parse_body(b"&".join([b"a=1"] * (FIELD_LIMIT + 1)))


def request(*chunks: bytes, content_type: str) -> Request:
    async def receive() -> AsyncIterator[dict[str, object]]:
        for number, chunk in enumerate(chunks, start=1):
            yield {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}

    messages = receive()
    return Request(
        {
            "type": "http",
            "method": "POST",
            "headers": [(b"content-type", content_type.encode())],
        },
        messages.__anext__,
    )


async def test_a_form_arrives_in_pieces() -> None:
    form = await read_body(
        request(b"answer=o", b"ak", content_type="application/x-www-form-urlencoded; charset=utf-8")
    )

    assert form["answer"] == "oak"


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "text/plain", ""])
async def test_only_a_plain_form_is_read(content_type: str) -> None:
    with pytest.raises(UnreadableForm):
        await read_body(request(b"answer=4", content_type=content_type))


async def test_reading_stops_at_the_limit() -> None:
    half = b"a" * (BODY_LIMIT // 2)
    endless = request(
        half, half, b"b", b"never read", content_type="application/x-www-form-urlencoded"
    )

    with pytest.raises(FormTooLong):
        await read_body(endless)


async def test_ten_thousand_emoji_fit() -> None:
    body = urlencode({"answer": "🙂" * 10_000}).encode()

    form = await read_body(request(body, content_type="application/x-www-form-urlencoded"))

    assert form["answer"] == "🙂" * 10_000
