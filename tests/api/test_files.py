"""B30: files that people sent are given out so that nothing in them is run or shown as a page."""

from email.message import Message
from string import ascii_letters, digits

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from api.files import file_response
from survey.domain.file_kinds import FileKind
from survey.services.attachments import Served


def given_out(name: str, kind: FileKind) -> Response:
    return file_response(Served(name, kind, kind.drawn, b"<script>alert(1)</script>"))


@pytest.mark.parametrize("kind", FileKind)
def test_only_pictures_that_we_drew_are_shown(kind: FileKind) -> None:
    """B30."""
    headers = given_out("a.txt", kind).headers

    shown = kind in (FileKind.JPEG, FileKind.PNG)
    assert headers["content-disposition"].startswith("inline;" if shown else "attachment;")
    assert headers["content-type"].startswith(kind)
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("payslip.pdf", "payslip.pdf"),
        ("Slip cyflog – Siân (2).pdf", "Slip cyflog _ Si_n (2).pdf"),
        ('a".pdf; filename="x.html', "a_.pdf_ filename__x.html"),
        ("50% of %41.pdf", "50_ of _41.pdf"),
    ],
)
def test_a_name_is_given_whole_and_ends_no_header(name: str, plain: str) -> None:
    app = FastAPI()
    app.get("/file", response_model=None)(lambda: given_out(name, FileKind.PDF))
    with TestClient(app) as client:
        said = client.get("/file").headers["content-disposition"]

    read = Message()
    read["Content-Disposition"] = said
    assert f'filename="{plain}"' in said
    assert said.count(";") - plain.count(";") == 2
    assert read.get_filename() is not None
    star = said.split("filename*=UTF-8''")[1]
    assert set(star) <= set(ascii_letters + digits + "-_.~%")


def test_a_picture_can_be_saved_too() -> None:
    served = Served("a.jpg", FileKind.JPEG, inline=True, content=b"a")

    assert file_response(served, show=False).headers["content-disposition"][:10] == "attachment"
