"""Bring the message catalogues up to date with the source, and list what is to be translated.

    python deploy/messages.py

New messages come in empty; a changed one keeps its translation, marked fuzzy, until somebody has
looked at it. Neither is used before. A message that is gone from the source goes.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from survey.locales import FOLDER

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("survey", "analytics", "bot", "api")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
COMMENTS = ("Translators:",)


def extracted(root: Path = ROOT) -> Catalog:
    """Every message of the source with the files that say it."""
    found = Catalog(project="tellback")
    for package in PACKAGES:
        for name, line, message, comments, context in extract_from_dir(
            root / package, METHODS, OPTIONS, comment_tags=COMMENTS, strip_comment_tags=True
        ):
            place = (f"{package}/{name}", line)
            found.add(message, None, [place], auto_comments=comments, context=context)
    return found


def read(path: Path) -> Catalog:
    """A catalogue as it is kept; its file is named after its language."""
    with path.open("rb") as lines:
        return read_po(lines, locale=path.stem)


def updated(catalogue: Catalog, source: Catalog) -> bytes:
    """The catalogue's file with exactly the messages of the source."""
    source.creation_date = catalogue.creation_date  # else each run would change the file
    catalogue.update(source)
    written = BytesIO()
    write_po(
        written,
        catalogue,
        width=100,
        ignore_obsolete=True,
        include_previous=True,
        include_lineno=False,
        sort_by_file=True,
    )
    return written.getvalue()


def untranslated(catalogue: Catalog) -> Iterator[Message]:
    """Messages that people would read in English: empty in a plural form, or fuzzy."""
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(forms)):
            yield message


def main() -> int:
    source = extracted()
    for path in sorted(FOLDER.glob("*.po")):
        path.write_bytes(updated(read(path), source))
        left = list(untranslated(read(path)))
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(left)} of {len(source)} to translate\n")
        for message in left:
            first = message.id if isinstance(message.id, str) else message.id[0]
            sys.stdout.write(f"  {first!r}{' (fuzzy)' if message.fuzzy else ''}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
