"""Signing in at the staff pages: by password and code, by personal links, and out again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2 as httpx
import pytest

from api.app import create_app
from api.logs import redacted
from api.staff.door import own_path
from survey.domain.accounts import Purpose, Stage
from survey.errors import Unknown
from survey.services.tickets import PATH as LINK
from tests.api.web.test_languages import left_in_english
from tests.support.application import Running, running
from tests.support.signing import PASSWORD, VIEWER, a_link, an_account, code_of, set_up
from tests.support.web import WebPerson, browsing, on_the_web

SIGN_IN = "/staff/sign-in"
WRONG = "That e-mail address and password do not fit together."
EMAIL = "ann.lee@barnet.example"


@pytest.fixture
async def person(here: Running) -> AsyncIterator[WebPerson]:
    """Somebody at the sign-in page."""
    async with on_the_web(here) as somebody:
        await somebody.opens(SIGN_IN)
        yield somebody


def held(person: WebPerson) -> str | None:
    """The secret of the sign-in that the browser holds."""
    return person.http.cookies.get("tellback-staff")


async def stage_of(here: Running, person: WebPerson) -> Stage:
    signed_in = await here.core.staff_sessions.who(held(person) or "")
    return signed_in.session.stage


async def signs_in(person: WebPerson, email: str = EMAIL, password: str = PASSWORD) -> None:
    person.types(email, into="email")
    person.types(password, into="password")
    await person.presses("Sign in")


async def gives_code(person: WebPerson, code: str) -> None:
    person.types(code, into="code")
    await person.presses("Continue")


def key_shown(person: WebPerson) -> str:
    return person.page.one("code").text.replace(" ", "")


async def sets_up(here: Running, person: WebPerson) -> str:
    """The owner's app takes the key of the page; the key."""
    key = key_shown(person)
    await gives_code(person, code_of(here, key))
    return key


async def test_a_viewer_is_inside_with_a_password_alone(here: Running, person: WebPerson) -> None:
    await an_account(here, grants=(VIEWER,), password=PASSWORD)

    await signs_in(person)

    assert await stage_of(here, person) is Stage.WHOLE
    assert (person.path, person.status) == ("/staff", 200)


async def test_whoever_needs_a_second_step_sets_it_up_at_the_first_sign_in(
    here: Running, person: WebPerson
) -> None:
    await an_account(here, password=PASSWORD)

    await signs_in(person)
    assert person.heading == "Set up your second step"
    first = key_shown(person)
    await person.reloads()
    assert key_shown(person) == first
    await sets_up(here, person)

    assert person.heading == "Keep your recovery codes"
    assert len(person.page.one("textarea").raw.split()) == 10
    assert await stage_of(here, person) is Stage.WHOLE


async def test_the_code_of_the_app_is_asked_for_and_a_wrong_one_told(
    here: Running, person: WebPerson
) -> None:
    key = await with_second_step(here)

    await signs_in(person)
    assert person.heading == "Enter your code"
    await gives_code(person, "000000")
    assert person.status == 422
    assert "not right" in (person.error or "")
    assert await stage_of(here, person) is Stage.SECOND_FACTOR
    here.clock.advance(timedelta(seconds=30))
    await gives_code(person, code_of(here, key))

    assert await stage_of(here, person) is Stage.WHOLE


async def test_a_recovery_code_does_instead_once(here: Running, person: WebPerson) -> None:
    codes: list[str] = []
    await with_second_step(here, codes)

    await signs_in(person)
    person.types(codes[0], into="recovery")
    await person.presses("Continue")
    assert await stage_of(here, person) is Stage.WHOLE

    async with on_the_web(here) as again:
        await again.opens(SIGN_IN)
        await signs_in(again)
        again.types(codes[0], into="recovery")
        await again.presses("Continue")
        assert "used already" in (again.error or "")


async def with_second_step(here: Running, codes: list[str] | None = None) -> str:
    """An account that has a second step; its key. Its recovery codes are added to `codes`."""
    await an_account(here, password=PASSWORD)
    begun = await here.core.sign_in.password(EMAIL, PASSWORD, address="192.0.2.1")
    key, _, made = await set_up(here, begun)
    if codes is not None:
        codes += made
    here.clock.advance(timedelta(minutes=1))
    return key


async def test_each_step_has_a_new_secret_and_the_old_ones_open_nothing(
    here: Running, person: WebPerson
) -> None:
    key = await with_second_step(here)
    secrets = [person.http.cookies["tellback-door"]]
    assert held(person) is None

    await signs_in(person)
    secrets.append(held(person) or "")
    await gives_code(person, code_of(here, key))
    secrets.append(held(person) or "")

    assert len(set(secrets)) == 3
    assert "tellback-door" not in person.http.cookies
    for old in secrets[:2]:
        async with browsing(create_app(here.core, here.figures)) as other:
            other.http.cookies.set("tellback-staff", old)
            await other.opens("/staff/account")
            assert other.heading == "Sign in"


async def test_signing_in_again_ends_the_sign_in_of_before(
    here: Running, person: WebPerson
) -> None:
    """ASVS 7.2.4: the session of before ends when a new one begins."""
    await an_account(here, grants=(VIEWER,), password=PASSWORD)
    await signs_in(person)
    before = held(person) or ""
    account = await an_account(here, "zoe@barnet.example", (VIEWER,))
    await person.opens(f"{LINK}{await a_link(here, account, Purpose.EMAIL)}")
    await person.presses("Sign in")

    signed_in = await here.core.staff_sessions.who(held(person) or "")
    assert signed_in.account.email == "zoe@barnet.example"
    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(before)


async def test_a_secret_that_somebody_planted_is_not_the_one_of_the_sign_in(
    here: Running, person: WebPerson
) -> None:
    await an_account(here, grants=(VIEWER,), password=PASSWORD)
    planted = "planted-by-somebody-else-1234"
    for name in ("tellback-staff", "tellback-door"):
        person.http.cookies.set(name, planted, domain="testserver.local", path="/")
    await person.opens(SIGN_IN)

    await signs_in(person)

    assert held(person) != planted
    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(planted)
    assert await stage_of(here, person) is Stage.WHOLE


async def test_the_pages_of_a_sign_in_are_in_welsh_where_that_is_asked_for(here: Running) -> None:
    await an_account(here, password=PASSWORD)
    async with on_the_web(here, headers={"Accept-Language": "cy"}) as person:
        await person.opens(SIGN_IN)
        assert left_in_english(person.page) == []
        person.types(EMAIL, into="email")
        person.types(PASSWORD, into="password")
        await person.presses("Mewngofnodi")
        assert left_in_english(person.page) == []
        person.types(code_of(here, key_shown(person)), into="code")
        await person.presses("Ymlaen")

        assert person.heading == "Cadwch eich codau adfer"
        assert left_in_english(person.page.one("main")) == []


# --- nobody learns who has an account ---


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    here: Running, person: WebPerson
) -> None:
    await an_account(here, password=PASSWORD)
    ended = "gone@barnet.example"
    await an_account(here, ended, password=PASSWORD, ended_at=here.clock.now())

    pages = set()
    for email, password in (
        (EMAIL, "not the password"),
        ("nobody@barnet.example", PASSWORD),
        (ended, PASSWORD),
        ("no address", PASSWORD),
    ):
        await person.opens(SIGN_IN)
        await signs_in(person, email, password)
        assert (person.status, person.error) == (422, WRONG)
        assert person.page.one("input", id="email").attributes["value"] == email
        assert "value" not in person.page.one("input", id="password").attributes
        pages.add(str(person.page).replace(email, ""))

    assert len(pages) == 1


async def test_too_many_tries_are_told_to_wait_whether_there_is_an_account_or_not(
    here: Running,
) -> None:
    await an_account(here, password=PASSWORD)
    told = []
    async with on_the_web(here) as person:
        for email in (EMAIL, "nobody@barnet.example"):
            for _ in range(11):
                await person.opens(SIGN_IN)
                person.types(email, into="email")
                person.types("wrong", into="password")
                answer = await person.post(person.sending("Sign in"))
            told.append((answer.status_code, answer.headers["retry-after"], answer.text))

    assert told[0] == told[1]
    assert told[0][:2] == (429, "900")
    assert "You can try again in 15 minutes." in told[0][2]


# --- forms and cookies ---


async def test_a_form_that_is_not_from_our_page_signs_nobody_in(
    here: Running, person: WebPerson
) -> None:
    await an_account(here, grants=(VIEWER,), password=PASSWORD)
    person.types(EMAIL, into="email")
    person.types(PASSWORD, into="password")
    sending = person.sending("Sign in")

    for foreign in (sending.with_(csrf="of another page"), sending.with_(csrf="")):
        await person.sends(foreign)
        assert (person.status, held(person)) == (403, None)
        assert "Try again" in (person.error or "")
    async with browsing(create_app(here.core, here.figures)) as other:
        await other.sends(sending)
        assert (other.status, held(other)) == (403, None)
        await signs_in(other)
        assert await stage_of(here, other) is Stage.WHOLE


async def test_a_post_that_the_browser_says_comes_from_elsewhere_signs_nobody_in(
    here: Running, person: WebPerson
) -> None:
    await an_account(here, grants=(VIEWER,), password=PASSWORD)
    person.http.headers["Sec-Fetch-Site"] = "cross-site"

    await signs_in(person)

    assert (person.status, held(person)) == (403, None)


@pytest.mark.parametrize(
    ("url", "name", "secure"),
    [
        ("http://testserver", "tellback-staff", False),
        ("https://testserver", "__Host-tellback-staff", True),
    ],
)
async def test_the_cookie_of_a_sign_in_is_hidden_from_scripts_and_ends_with_the_browser(
    url: str, name: str, secure: bool, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'signing.sqlite'}"
    async with running(database, tmp_path, public_url=url) as here:
        await an_account(here, grants=(VIEWER,), password=PASSWORD)
        transport = httpx.ASGITransport(create_app(here.core, here.figures))
        async with httpx.AsyncClient(transport=transport, base_url=url) as http:
            person = WebPerson(http)
            await person.opens(SIGN_IN)
            person.types(EMAIL, into="email")
            person.types(PASSWORD, into="password")
            answer = await person.post(person.sending("Sign in"))

    [cookie] = [
        each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{name}=")
    ]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {"httponly", "path=/", "samesite=lax"} | ({"secure"} if secure else set())


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/staff/people?find=ann&page=2", True),
        ("/staff/accounts", True),
        ("/staff", True),
        ("//evil.example/staff", False),
        ("/staff//evil.example", False),
        ("/staff/../../evil", False),
        ("/staff/\\evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example/staff", False),
        ("javascript:alert(1)", False),
        ("/staffing", False),
        ("/api/docs", False),
        ("/staff/people\r\nSet-Cookie: a=b", False),
        ("/staff/people\n", False),
        ("/staff/sign-in", False),
        ("/staff/sign-out", False),
        ("/staff/sso/callback?code=1", False),
        ("/staff/" + "a" * 500, False),
        ("", False),
    ],
)
def test_only_a_staff_page_of_ours_is_gone_back_to(asked: str, kept: bool) -> None:
    assert own_path(asked) == (asked if kept else "")


async def test_the_page_that_was_asked_for_comes_after_the_sign_in(here: Running) -> None:
    key = await with_second_step(here)
    async with on_the_web(here) as person:
        await person.opens("/staff/account?language=cy")
        await person.opens(f"{person.path}")
        assert person.path.startswith(f"{SIGN_IN}?next=%2Fstaff%2Faccount")
        await signs_in(person)
        await gives_code(person, code_of(here, key))

        assert person.path == "/staff/account?language=cy"


async def test_signing_out_ends_the_sign_in_for_good(here: Running, person: WebPerson) -> None:
    await an_account(here, grants=(VIEWER,), password=PASSWORD)
    await signs_in(person)
    await person.opens("/staff/account")
    secret = held(person) or ""

    await person.presses("Sign out")

    assert person.path == SIGN_IN
    assert "You are signed out." in person.text
    assert held(person) is None
    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(secret)


async def test_a_sign_in_that_waits_for_its_code_opens_no_page(
    here: Running, person: WebPerson
) -> None:
    await with_second_step(here)
    await signs_in(person)

    await person.opens("/staff/account")

    assert person.heading == "Sign in"
    for path in ("/staff/sign-in/set-up", "/staff/sign-in/code"):
        async with on_the_web(here) as stranger:
            await stranger.opens(path)
            assert stranger.heading == "Sign in"


async def test_after_five_wrong_codes_the_password_is_asked_for_again(
    here: Running, person: WebPerson
) -> None:
    await with_second_step(here)
    await signs_in(person)

    for _ in range(5):
        await gives_code(person, "000000")

    assert person.heading == "Sign in"


async def test_fields_say_what_they_are_to_password_managers(
    here: Running, person: WebPerson
) -> None:
    """ASVS 6.2: pasting and password managers are welcome."""
    await an_account(here, password=PASSWORD)
    filled = {
        each.attributes["id"]: each.attributes["autocomplete"]
        for each in person.page.one("main").all("input")
        if "id" in each.attributes
    }
    assert filled == {"email": "username", "password": "current-password"}

    await signs_in(person)
    code = person.page.one("input", id="code")
    assert code.attributes["autocomplete"] == "one-time-code"
    assert code.attributes["inputmode"] == "numeric"


# --- personal links ---


@pytest.mark.parametrize("purpose", list(Purpose), ids=str)
async def test_looking_at_a_link_uses_nothing_up_and_following_it_works_once(
    purpose: Purpose, here: Running
) -> None:
    """A34: 25 preview clients, by GET and HEAD, then the owner."""
    account = await an_account(here, totp=b"sealed")
    path = f"{LINK}{await a_link(here, account, purpose)}"
    app = create_app(here.core, here.figures)
    async with browsing(app) as robot:
        for name in PREVIEW_CLIENTS:
            headers = {"User-Agent": name, "Purpose": "prefetch", "Sec-Purpose": "prefetch"}
            assert (await robot.http.get(path, headers=headers)).status_code == 200
            await robot.http.head(path, headers=headers)
            await robot.http.request("OPTIONS", path, headers=headers)

    async with browsing(app) as owner, browsing(app) as late:
        for each in (owner, late):
            await each.opens(path)
            if purpose in (Purpose.INVITATION, Purpose.RESET):
                each.types("mellow orbit tryst", into="password")
        sending = late.sending(button_of(late))
        await owner.presses(button_of(owner))
        assert await stage_of(here, owner) is Stage.SECOND_FACTOR
        await late.sends(sending)

    assert (late.status, late.heading) == (404, "This link does not work")
    assert held(late) is None


def button_of(person: WebPerson) -> str:
    """The one button of the page's own form."""
    return person.page.one("main").one("button", type="submit").text


async def test_of_many_who_follow_a_link_at_once_one_gets_in(here: Running) -> None:
    """A34: 50 parallel uses, 1 sign-in."""
    account = await an_account(here, grants=(VIEWER,))
    path = f"{LINK}{await a_link(here, account, Purpose.EMAIL)}"
    async with on_the_web(here) as person:
        await person.opens(path)
        sending = person.sending("Sign in")
        answers = await asyncio.gather(*(person.post(sending) for _ in range(50)))

    got_in = [
        each
        for answer in answers
        for each in (answer, *answer.history)
        if "tellback-staff=" in each.headers.get("set-cookie", "")
    ]
    assert len(got_in) == 1


async def test_guessed_links_lead_nowhere_and_are_locked_out(here: Running) -> None:
    """A34: after ten wrong links one waits."""
    async with on_the_web(here) as person:
        statuses = []
        for _ in range(12):
            answer = await person.http.get(f"{LINK}{here.core.ids.token()}")
            statuses.append(answer.status_code)

    assert statuses == [404] * 10 + [429] * 2


async def test_a_weak_password_is_told_and_the_link_still_works(here: Running) -> None:
    account = await an_account(here)
    path = f"{LINK}{await a_link(here, account, Purpose.INVITATION)}"
    async with on_the_web(here) as person:
        await person.opens(path)
        for weak, told in (
            ("short", "Use at least 12 characters."),
            ("", "Choose a password."),
            ("password1234", "That password is easy to guess. Three random words are harder."),
        ):
            person.types(weak, into="password")
            await person.presses("Accept the invitation")
            assert (person.status, person.error) == (422, told)
        person.types("mellow orbit tryst", into="password")
        await person.presses("Accept the invitation")

        assert person.heading == "Set up your second step"


async def test_a_link_is_followed_only_from_its_page(here: Running) -> None:
    account = await an_account(here, grants=(VIEWER,))
    path = f"{LINK}{await a_link(here, account, Purpose.EMAIL)}"
    async with on_the_web(here) as person:
        await person.opens(path)
        await person.sends(person.sending("Sign in").with_(csrf="of another page"))
        assert (person.status, held(person)) == (403, None)

        await person.presses("Sign in")
        assert await stage_of(here, person) is Stage.WHOLE


def test_tokens_of_links_stay_out_of_the_log() -> None:
    assert redacted(f"GET {LINK}Abc-123_x HTTP/1.1") == f"GET {LINK}… HTTP/1.1"


PREVIEW_CLIENTS = (
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "facebookexternalhit/1.1",
    "Facebot",
    "WhatsApp/2.23.20.0",
    "Slackbot-LinkExpanding 1.0",
    "Slack-ImgProxy 0.19",
    "Mozilla/5.0 (compatible; Discordbot/2.0)",
    "LinkedInBot/1.0",
    "SkypeUriPreview Preview/0.5",
    "Microsoft Office/16.0 (Outlook)",
    "Mozilla/5.0 (Windows NT 10.0) SafeLinks",
    "MicrosoftPreview/2.0",
    "Mimecast-URL-Protect",
    "Proofpoint URL Defense",
    "BarracudaCentral",
    "Googlebot/2.1",
    "Google-PageRenderer",
    "GoogleImageProxy",
    "bingbot/2.0",
    "Applebot/0.1",
    "Iframely/1.3.1",
    "Embedly/0.2",
    "Viber/13.3",
    "Signal-Desktop/7.0",
)
