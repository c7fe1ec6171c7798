"""Writes a standard as YAML that a person likes to read."""

from __future__ import annotations

from typing import Any

import yaml

from .model import Framework

_ONE_LINE = {"name", "pass", "rule", "note", "site_kinds", "support", "themes"}


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes mappings in their own order, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


_Dumper.add_representer(
    _Flow,
    lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True),
)
_Dumper.add_representer(
    _FlowList,
    lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)


def write_yaml(framework: Framework) -> str:
    """The standard as a YAML file; `read_yaml` gives the same standard back."""
    return str(
        yaml.dump(
            _laid_out(framework.document()),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=100_000,
            default_flow_style=False,
        )
    )


def _laid_out(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        kind = _Flow if key in _ONE_LINE else dict
        return kind((name, _laid_out(entry, name)) for name, entry in value.items())
    if isinstance(value, list):
        kind_of_list = _FlowList if key in _ONE_LINE else list
        return kind_of_list(_laid_out(entry) for entry in value)
    return value
