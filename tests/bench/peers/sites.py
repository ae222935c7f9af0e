"""Django surveys behind gunicorn, and requests that submit the same answers as ours take."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.bench.answers import SCALES, given
from tests.bench.environments import python_of
from tests.bench.machine import family_cpu_seconds
from tests.bench.processes import keep_to_core

_SITE: Final = Path(__file__).parent / "site"
_WORKERS: Final = 3
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 30
_LISTED: Final = (
    "import json, importlib.metadata as m;"
    "print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"
)


@dataclass(frozen=True, slots=True)
class Site:
    """A peer that listens on loopback, with an open survey.

    `fields` are the form's names of our questions; `submissions` and `answers` are its tables.
    """

    port: int
    path: str
    fields: Mapping[str, str]
    submissions: str
    answers: str
    versions: Mapping[str, str]
    process: int

    def cpu_seconds(self) -> float:
        return family_cpu_seconds(self.process)

    def requests(self, count: int) -> Iterator[bytes]:
        """Whole requests that post the form, with the token that it gave to one who opened it."""
        token = self._token()
        for _, answers in given(count, seed="bodies"):
            body = urlencode(form_of(answers, self.fields, token)).encode()
            head = (
                f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={token}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            yield head.encode() + body

    def _token(self) -> str:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=_START_SECONDS)) as connection:
            connection.request("GET", self.path)
            answer = connection.getresponse()
            page = answer.read()
            if answer.status != 200 or b"csrfmiddlewaretoken" not in page:
                raise RuntimeError(f"{self.path}: {answer.status} and no form")
            return SimpleCookie(answer.getheader("Set-Cookie", ""))["csrftoken"].value


def form_of(answers: Mapping[str, Any], fields: Mapping[str, str], token: str) -> dict[str, Any]:
    """What a browser sends: every field, those without an answer empty."""
    said = {field: answers.get(name, "") for name, field in fields.items()}
    return {"csrfmiddlewaretoken": token, **said}


@contextmanager
def site(peer: str, database_url: str) -> Iterator[Site]:
    """A peer on an empty database of PostgreSQL, its workers on the first core."""
    python = str(python_of(peer))
    address = urlsplit(database_url)
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "ignore",  # of optional parts that are not installed
        "DJANGO_SETTINGS_MODULE": "bench_settings",
        "BENCH_PEER": peer,
        "BENCH_DATABASE": address.path.removeprefix("/"),
        "BENCH_SOCKETS": parse_qs(address.query)["host"][0],
    }
    furnish = [python, "-m", "bench_furnish", *SCALES]
    done = subprocess.run(furnish, cwd=_SITE, env=env, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(f"{peer} could not be set up; its reason stands above")
    listed = subprocess.run([python, "-c", _LISTED], stdout=subprocess.PIPE, check=True)
    port = _free_port()
    serve = [
        *(python, "-m", "gunicorn", "--log-level", "warning"),
        *("--worker-class", "sync", "--workers", str(_WORKERS)),
        *("--bind", f"127.0.0.1:{port}", "django.core.wsgi:get_wsgi_application()"),
    ]
    with subprocess.Popen(
        serve, cwd=_SITE, env=env, preexec_fn=lambda: keep_to_core(0, first=True)
    ) as process:
        try:
            _wait_for(port, process)
            yield Site(
                port=port,
                versions=json.loads(listed.stdout),
                process=process.pid,
                **json.loads(done.stdout),
            )
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _free_port() -> int:
    with closing(socket.socket()) as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Raises: RuntimeError, where it ended instead, or does not listen in time."""
    until = monotonic() + _START_SECONDS
    while process.poll() is None and monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn did not start; its reason stands above")
