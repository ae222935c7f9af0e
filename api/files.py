"""How files that people sent are given out: one answer for every page that has them (B30)."""

from string import ascii_letters, digits
from typing import Final
from urllib.parse import quote

from fastapi import Response

from survey.services.attachments import Served

FILE_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Whatever a file is taken for, it can run, load and send nothing."""

_PLAIN: Final = frozenset(ascii_letters + digits + "-_. ()")


def file_response(served: Served, *, show: bool = True) -> Response:
    """The file, for whoever may have it.

    A picture that we drew is shown, unless it is to be saved; all else is only saved. Its name
    stands in the header twice, as RFC 6266 (4.3) has it: in full, and in ASCII for software that
    reads no other.
    """
    disposition = "inline" if served.inline and show else "attachment"
    plain = "".join(letter if letter in _PLAIN else "_" for letter in served.name)
    full = quote(served.name, safe="")
    return Response(
        served.content,
        media_type=served.media_type,
        headers={
            "Content-Disposition": f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{full}",
            "Content-Security-Policy": FILE_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
