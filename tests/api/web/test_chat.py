"""/chat without JavaScript: forms, posts and whole pages; the bot behind it is the real one."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.limiting import Rates
from api.web import chat
from api.web.chat import linked
from bot.simulator.desk import Desk
from tests.api.test_access import every_route, path_of, unguarded
from tests.bot.rig import simulator_on
from tests.support.application import Running, running
from tests.support.databases import DatabaseKind
from tests.support.html import Element, parse
from tests.support.pictures import photo
from tests.support.web import Sending, WebPerson, browsing, page_of


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, demo=True) as here:
        await here.publish("people-pulse")
        await here.publish("service-satisfaction")
        yield here


@pytest.fixture
async def app(demo: Running) -> AsyncIterator[FastAPI]:
    """The application with the simulated bot behind it."""
    app = create_app(demo.core, demo.figures)
    async with simulator_on(demo.core, app.state.desk):
        yield app


@pytest.fixture
async def sian(app: FastAPI) -> AsyncIterator[WebPerson]:
    async with browsing(app) as person:
        yield person


def messages(person: WebPerson) -> list[Element]:
    return [each for each in person.page.all("li") if "tb-said" in each.attributes.get("class", "")]


def newest(person: WebPerson) -> str:
    return words(messages(person)[-1])


def words(message: Element) -> str:
    return message.one("div", class_="tb-said__text").text


async def says(person: WebPerson, text: str) -> None:
    person.types(text, into="text")
    await person.presses("say")


async def comes_to_the_first_question(person: WebPerson) -> None:
    await person.opens("/chat?start=s_people-pulse")
    await person.presses("Start")
    await person.presses("Start")
    await says(person, "oak")
    await person.presses("Oakfield Primary School")


async def test_a_survey_is_played_to_its_receipt(sian: WebPerson) -> None:
    await comes_to_the_first_question(sian)
    assert newest(sian).startswith("1 of 8")
    for _ in range(7):
        await sian.presses("Agree")
    await says(sian, "More <b>light</b> & air")
    assert "More <b>light</b> & air" in newest(sian)
    await sian.presses("Send")

    assert "Receipt" in newest(sian)
    assert not sian.page.all("form", class_="tb-keys")


async def test_a_post_leads_to_the_message_that_answers_it(sian: WebPerson) -> None:
    await sian.opens("/chat")
    sian.http.follow_redirects = False
    moved = await sian.post(sian.sending("Start"))
    sian.http.follow_redirects = True
    await sian.opens("/chat")

    assert moved.status_code == 303
    assert moved.headers["location"] == f"/chat#{messages(sian)[-1].attributes['id']}"
    assert "Which survey do you want to answer?" in newest(sian)


async def test_what_people_write_is_shown_as_text_and_never_read_as_markup(
    sian: WebPerson,
) -> None:
    await sian.opens("/chat")
    await says(sian, "<script>alert(1)</script> & <b>bold</b>")

    own = messages(sian)[0]
    assert words(own) == "<script>alert(1)</script> & <b>bold</b>"
    assert not own.all("script")
    assert not own.one("div", class_="tb-said__text").all("b")


async def test_messages_tell_author_and_time_and_the_bots_emphasis(sian: WebPerson) -> None:
    await sian.opens("/chat")
    await says(sian, "/help")
    own, reply = messages(sian)

    assert own.one("p", class_="tb-said__who").text == "You 13:00"
    assert own.one("time").attributes["datetime"] == "2026-05-14T12:00:00+00:00"
    assert reply.one("p", class_="tb-said__who").text == "Bot 13:00"
    assert reply.one("div", class_="tb-said__text").one("strong").text == "What I can do"


async def test_every_command_of_the_menu_can_be_sent_by_a_button(sian: WebPerson) -> None:
    await sian.opens("/chat")
    menu = sian.page.one("form", class_="tb-menu__list")
    offered = [each.attributes["value"] for each in menu.all("button")]
    await sian.presses("command=/privacy")

    assert {"/survey", "/back", "/skip", "/cancel", "/language", "/help"} <= set(offered)
    assert words(messages(sian)[0]) == "/privacy"


async def test_the_page_changes_its_language_and_a_newcomer_is_then_asked_in_it(
    sian: WebPerson,
) -> None:
    await sian.opens("/chat")
    await sian.presses("speak")
    await sian.presses("command=/start")

    assert sian.page.one("html").attributes["lang"] == "cy"
    assert "Pa arolwg" in newest(sian)
    assert "lang" not in messages(sian)[-1].one("div", class_="tb-said__text").attributes


async def test_a_message_in_another_language_than_the_page_says_so(sian: WebPerson) -> None:
    await sian.opens("/chat")
    await says(sian, "/language")
    await sian.sends(press_of(sian, "Cymraeg"))

    assert sian.page.one("html").attributes["lang"] == "en"
    text = messages(sian)[-1].one("div", class_="tb-said__text")
    assert text.attributes["lang"] == "cy"


def press_of(person: WebPerson, label: str) -> Sending:
    """A button under a message, where the page has another of the same name."""
    for form in person.page.all("form", class_="tb-keys"):
        for each in form.all("button"):
            if each.text == label:
                fields = (
                    ("csrf", form.one("input").attributes["value"]),
                    ("press", each.attributes["value"]),
                )
                return Sending(form.attributes["action"], fields)
    raise AssertionError(label)


async def test_starting_over_makes_somebody_else_of_the_visitor(sian: WebPerson) -> None:
    await comes_to_the_first_question(sian)
    before = sian.secret
    await sian.presses("forget")

    assert sian.secret != before
    assert messages(sian) == []
    await sian.presses("Start")
    assert "Which survey do you want to answer?" in newest(sian)


async def test_who_finds_each_invented_headteacher_taken_is_told_so(sian: WebPerson) -> None:
    await sian.opens("/chat")
    await sian.presses("join")

    told = sian.page.one("p", id="toast").text
    assert told.startswith("Each invented headteacher is in a chat already.")


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_nothing_is_sent_of_an_empty_message(sian: WebPerson, text: str) -> None:
    await sian.opens("/chat")
    await says(sian, text)

    assert (sian.status, sian.error) == (422, "Type a message, or choose a button")
    assert messages(sian) == []


async def test_a_message_too_long_for_telegram_is_refused_and_given_back(sian: WebPerson) -> None:
    await sian.opens("/chat")
    long = "🙂" * 2049
    await says(sian, long)

    assert (sian.status, sian.error) == (422, "Your message must be 4,096 characters or fewer")
    assert sian.page.one("textarea", id="text").raw.strip() == long
    assert messages(sian) == []


@pytest.mark.parametrize("press", ["x", "1 ", f"1 {'x' * 65}", "1 no-such-button", "9" * 40])
async def test_a_forged_tap_changes_nothing(sian: WebPerson, press: str) -> None:
    await comes_to_the_first_question(sian)
    forged = sian.sending("Agree").with_(press=press)
    await sian.sends(forged)
    await sian.opens("/chat")

    assert newest(sian).startswith("1 of 8")


async def test_a_post_from_elsewhere_or_without_the_cookie_changes_nothing(
    app: FastAPI, sian: WebPerson
) -> None:
    await sian.opens("/chat")
    start = sian.sending("Start")
    await sian.sends(start.with_(csrf="theirs"))
    assert sian.status == 403
    async with browsing(app) as tom:
        await tom.sends(start)
        assert tom.status == 400
    await sian.opens("/chat")
    assert messages(sian) == []


async def test_many_posts_are_asked_to_wait_and_the_text_is_given_back(demo: Running) -> None:
    app = create_app(demo.core, demo.figures, rates=Rates(per_link=1))
    async with simulator_on(demo.core, app.state.desk), browsing(app) as sian:
        await sian.opens("/chat")
        await says(sian, "/help")
        await says(sian, "my long story")

    assert sian.status == 429
    assert sian.kept == ["my long story"]


async def test_until_the_bot_has_started_the_page_says_so_and_keeps_what_was_typed(
    demo: Running,
) -> None:
    app = create_app(demo.core, demo.figures)
    app.state.desk = Desk(demo.core.clock, demo.core.ids, patience=0.01)
    async with browsing(app) as sian:
        await sian.opens("/chat")
        starting = sian.text
        await says(sian, "hello there")
        assert (sian.status, sian.kept) == (503, ["hello there"])
        async with simulator_on(demo.core, app.state.desk):
            await sian.opens("/chat")
            ready = sian.text

    assert "The bot is starting." in starting
    assert "The bot is starting." not in ready


async def test_a_visitor_of_an_earlier_run_is_shown_the_open_question_again(
    demo: Running,
) -> None:
    app = create_app(demo.core, demo.figures)
    async with simulator_on(demo.core, app.state.desk), browsing(app) as sian:
        await comes_to_the_first_question(sian)
        secret = sian.secret
    assert secret
    app = create_app(demo.core, demo.figures)
    async with simulator_on(demo.core, app.state.desk), browsing(app) as sian:
        sian.http.cookies.set("tellback", secret)
        await sian.opens("/chat")
        [shown] = messages(sian)
        await sian.opens("/chat")

    assert words(shown).startswith("1 of 8")
    assert len(messages(sian)) == 1
    assert "Earlier messages are not shown any more." in sian.text


async def test_a_page_that_has_not_changed_is_not_sent_again(sian: WebPerson) -> None:
    await sian.opens("/chat")
    await says(sian, "/help")
    seen = (await sian.http.get("/chat")).headers["etag"]
    again = await sian.http.get("/chat", headers={"If-None-Match": seen})
    await says(sian, "/privacy")
    changed = await sian.http.get("/chat", headers={"If-None-Match": seen})

    assert [again.status_code, changed.status_code] == [304, 200]
    assert again.content == b""


async def test_the_trends_stand_beside_the_chat_in_a_frame_of_our_own_only(
    sian: WebPerson,
) -> None:
    page = await sian.http.get("/chat?beside=trends")
    frame = parse(page.text).one("iframe")
    from_us = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
    framed = await sian.http.get(frame.attributes["src"], headers=from_us)
    foreign = await sian.http.get(
        frame.attributes["src"], headers={**from_us, "Sec-Fetch-Site": "cross-site"}
    )

    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert frame.attributes["title"] == "Trends"
    assert framed.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    assert not parse(framed.text).all("header")
    assert foreign.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in foreign.headers["content-security-policy"]
    assert parse(foreign.text).all("header")


async def test_where_the_bot_is_in_telegram_too_the_page_leads_there(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        running(database_url, tmp_path, demo=True, bot_username="example_bot") as here,
        browsing(create_app(here.core, here.figures)) as sian,
    ):
        await sian.opens("/chat")
        links = {link.attributes["href"] for link in sian.page.one("main").all("a")}

    assert "https://t.me/example_bot" in links


async def test_nobody_joins_here_where_campaigns_leave_by_a_bot_in_telegram(
    database_url: str, tmp_path: Path
) -> None:
    token = SecretStr("123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc")
    async with (
        running(database_url, tmp_path, demo=True, telegram_token=token) as here,
        browsing(create_app(here.core, here.figures)) as sian,
    ):
        await sian.opens("/chat")

    assert "Join as" not in sian.text


async def test_each_of_its_routes_declares_a_rule(app: FastAPI) -> None:
    assert "/chat" in [path_of(route) for route in every_route(app.routes)]
    assert list(unguarded(app)) == []


async def test_outside_a_demonstration_there_is_no_such_page(here: Running) -> None:
    transport = httpx.ASGITransport(create_app(here.core, here.figures))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        looked = await http.get("/chat")
        posted = await http.post("/chat", data={"text": "hello"})

    assert [looked.status_code, posted.status_code] == [404, 404]
    assert page_of(looked).one("h1").text == "Page not found"


async def test_a_link_to_our_own_pages_can_be_followed_and_no_other(sian: WebPerson) -> None:
    await comes_to_the_first_question(sian)
    await says(sian, "/web")
    text = messages(sian)[-1].one("div", class_="tb-said__text")
    [link] = text.all("a")

    assert link.text.startswith("http://127.0.0.1:8000/w/")
    assert link.attributes["href"] == link.text.removeprefix("http://127.0.0.1:8000")
    assert linked(
        "see https://x.example/w/1 & http://127.0.0.1:8000.x/w", "http://127.0.0.1:8000"
    ) == [("see https://x.example/w/1 & http://127.0.0.1:8000.x/w", "")]


# --- files ---


async def test_a_photo_with_words_begins_a_report_without_a_script(sian: WebPerson) -> None:
    await sian.opens("/chat")
    sian.attaches("desk.jpg", photo())
    sian.types("payslip wrong again", into="caption")
    await sian.presses("Send the file")

    own, reply = messages(sian)
    assert words(own) == "desk.jpg payslip wrong again"
    assert "Added to your report" in words(reply)


@pytest.mark.parametrize("caption", ["", "x" * 1025])
async def test_no_file_and_words_that_are_too_long_are_told_of_beside_the_field(
    caption: str, sian: WebPerson
) -> None:
    await sian.opens("/chat")
    if caption:
        sian.attaches("a.csv", b"a,b\n")
    sian.types(caption, into="caption")
    await sian.presses("Send the file")

    long = "The text with a file must be 1,024 characters or fewer"
    expected = long if caption else "Choose a file"
    assert (sian.status, sian.error) == (422, expected)
    assert expected in sian.page.one("form", id="attach").text
    assert "open" in sian.page.one("details", id="attaching").attributes
    assert sian.page.one("textarea", id="caption").raw.strip() == caption
    assert sian.page.one("textarea", id="text").raw.strip() == ""
    assert messages(sian) == []


async def test_a_foreign_form_sends_no_file(app: FastAPI, sian: WebPerson) -> None:
    await sian.opens("/chat")
    sian.attaches("a.csv", b"a,b\n")
    sending = sian.sending("Send the file")
    async with browsing(app) as stranger:
        assert (await stranger.post(sending)).status_code == 400
    assert (await sian.post(sending.with_(csrf="x"))).status_code == 403
    sian.http.headers["Origin"] = "https://elsewhere.example"
    assert (await sian.post(sending)).status_code == 403
    del sian.http.headers["Origin"]
    await sian.opens("/chat")
    assert messages(sian) == []


async def test_a_file_that_is_larger_than_telegram_gives_to_bots_is_refused(
    sian: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "FILE_BYTES", 10)
    await sian.opens("/chat")
    sian.attaches("a.csv", b"a,b\n" * 100_000)
    await sian.presses("Send the file")
    assert sian.status == 413
