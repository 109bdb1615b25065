"""The wheel gets `config.example.yaml` as the built-in config; an editable install reads the checkout's."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuiltInConfig(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file to what a wheel holds; `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"]["config.example.yaml"] = "sutaz_tui/config/default.yaml"
