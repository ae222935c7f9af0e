"""The front-end build: what is shipped, what may not be, and when it is built again."""

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FONT = '@font-face{font-family:"GDS Transport";src:url(/assets/fonts/light.woff2) format("woff2")}'
CREST = ".govuk-footer__copyright-logo:before{background-image:url(/assets/images/govuk-crest.svg)}"


@pytest.fixture(scope="module")
def assets() -> ModuleType:
    script = ROOT / "deploy" / "build_assets.py"
    spec = importlib.util.spec_from_file_location("build_assets", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path, assets: ModuleType) -> Path:
    """The files that the build reads, and a stand-in for each that it writes."""
    (tmp_path / "deploy").mkdir()
    for name in assets.INPUTS:
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in (*assets.SHIPPED, assets.LICENCES):
        path = tmp_path / assets.BUILT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / assets.AXE).parent.mkdir(parents=True)
    (tmp_path / assets.AXE).touch()
    (tmp_path / assets.STAMP).write_text(assets.fingerprint(tmp_path))
    return tmp_path


@pytest.mark.parametrize("quote", ["", '"'])
def test_the_typeface_of_govuk_is_replaced_by_arial(assets: ModuleType, quote: str) -> None:
    css = f"{FONT}.govuk-body{{font-family:{quote}GDS Transport{quote},arial,sans-serif;margin:0}}"

    assert assets.own_face(css) == ".govuk-body{font-family:arial,sans-serif;margin:0}\n"


def test_the_royal_arms_are_left_out(assets: ModuleType) -> None:
    assert "background-image:none" in assets.own_face(CREST)
    assert "crest" not in assets.own_face(CREST)


@pytest.mark.parametrize(
    "text", ["a{}\n/*# sourceMappingURL=a.css.map */", "f();//# sourceMappingURL=a.js.map"]
)
def test_maps_that_are_not_shipped_are_not_named(assets: ModuleType, text: str) -> None:
    assert "sourceMappingURL" not in assets.without_source_map(text)


def test_built_files_are_built_again_only_when_the_lock_changes_or_one_is_missing(
    assets: ModuleType, checkout: Path
) -> None:
    assert assets.is_current(checkout)
    assert assets.build(checkout) is False

    lock = checkout / "deploy" / "package-lock.json"
    locked = lock.read_text()
    lock.write_text(locked + "\n")
    assert not assets.is_current(checkout)

    lock.write_text(locked)
    (checkout / assets.BUILT / "govuk-frontend.min.css").unlink()
    assert not assets.is_current(checkout)


def test_a_machine_without_npm_is_told_what_to_do(
    assets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "npm_command", lambda: None)

    with pytest.raises(assets.CannotBuild, match=r"Install Node\.js, or run `make install`"):
        assets.install_packages(tmp_path)


def test_the_built_style_sheet_asks_for_no_file_and_no_typeface(assets: ModuleType) -> None:
    if not assets.is_current(ROOT):
        pytest.skip("the front-end files are not built: make assets")

    css = (ROOT / assets.BUILT / "govuk-frontend.min.css").read_text(encoding="utf-8")

    assert re.findall(r"url\([^)]*\)|@font-face|GDS Transport", css) == []
    assert "arial,sans-serif" in css


def test_every_shipped_package_comes_with_its_licence(assets: ModuleType) -> None:
    if not assets.is_current(ROOT):
        pytest.skip("the front-end files are not built: make assets")

    text = (ROOT / assets.BUILT / assets.LICENCES).read_text(encoding="utf-8")

    assert "govuk-frontend 6.3.0 (MIT)" in text
    assert "Crown Copyright" in text
    assert "Permission is hereby granted" in text
    assert "Apache License" in text
