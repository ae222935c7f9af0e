"""The API's description as a page that needs no outside host."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from api.access import Access, Caller, Rule

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Tellback API</title>
  <link rel="icon" href="/static/tellback.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/built/swagger-ui.css">
  <script defer src="/static/built/swagger-ui-bundle.js"></script>
  <script defer src="/static/docs.js"></script>
</head>
<body>
  <noscript>
    <h1>Tellback API</h1>
    <p>This page needs JavaScript. The same description is at
      <a href="/api/openapi.json">/api/openapi.json</a>.</p>
  </noscript>
  <main id="api"></main>
</body>
</html>
"""


@router.get("/api/docs")
async def docs(_: Anybody) -> HTMLResponse:
    """Swagger UI on our own copy of its files."""
    return HTMLResponse(_PAGE)
