"""Build the front-end files before a wheel is made, so that no wheel goes out without them."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """A working copy (`version == "editable"`) reads them where `make` puts them."""
        if version == "editable":
            return
        script = Path(self.root) / "deploy" / "build_assets.py"
        spec = importlib.util.spec_from_file_location("build_assets", script)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build(Path(self.root))
