"""No test speaks to anything but this machine."""

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest


def is_here(family: int, address: Any) -> bool:
    """True for Unix sockets and loopback addresses."""
    if family == socket.AF_UNIX:
        return True
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_outside_connections() -> Iterator[None]:
    """Fail a test that connects beyond loopback.

    `pytest.fail` raises what no `except Exception` of the code under test can swallow.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if not is_here(self.family, address):
            pytest.fail(f"A test tried to connect to {address!r}, beyond this machine.")
        return connect(self, address)

    return guarded
