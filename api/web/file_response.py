"""How a file that somebody sent us is given out: to be saved, and never to be run."""

from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from survey.services.attachments import Served

_POLICY: Final = "default-src 'none'; sandbox"


def file_response(served: Served, *, shown: bool = False) -> Response:
    """The file; `shown` in the page itself only where it is a picture that we drew."""
    disposition = "inline" if shown and served.inline else "attachment"
    return Response(
        served.content,
        media_type=served.media_type,
        headers={
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(served.name, safe='')}",
            "Content-Security-Policy": _POLICY,
        },
    )
