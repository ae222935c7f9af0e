"""A real OpenID provider, in a process of its own on a free loopback port."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest

_LISTENS = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """It believes whoever signs in; `issuer` is its address."""

    issuer: str

    def knows(self, subject: str, **claims: Any) -> None:
        """Have it say this of somebody, in place of what it would say by itself."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def sends_back(self, address: str, subject: str) -> str:
        """Where the browser is sent that came to this address, once `subject` has signed in."""
        return httpx.post(address, data={"sub": subject}).headers["location"]

    def turns_away(self, address: str) -> str:
        """Where the browser is sent whose person refused."""
        return httpx.post(address, data={"action": "deny"}).headers["location"]

    def code(self, address: str, subject: str) -> str:
        """The code that the browser is sent back with."""
        return parse_qs(urlsplit(self.sends_back(address, subject)).query)["code"][0]


@pytest.fixture(scope="session")
def openid_provider() -> Iterator[OpenIdProvider]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert process.stderr is not None
    said = []
    try:
        for line in process.stderr:
            said.append(line)
            if found := _LISTENS.search(line):
                # Nobody reads on: a full pipe would stop it.
                Thread(target=process.stderr.read, daemon=True).start()
                yield OpenIdProvider(found[1])
                break
        else:
            raise RuntimeError(f"the provider did not start: {''.join(said)}")
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
