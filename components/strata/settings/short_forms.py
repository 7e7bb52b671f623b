"""What a stack file may say for short, written out, so that everything after it knows one form."""

from collections.abc import Mapping
from typing import Any

__all__ = ["written_out"]


def written_out(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a stack file without short forms; what has none is left as it is.

    A text in place of a runtime value stands for that value alone.
    """
    runtime = raw.get("runtime")
    if not isinstance(runtime, Mapping):
        return raw
    return {**raw, "runtime": {name: _config(part) for name, part in runtime.items()}}


def _config(part: Any) -> Any:
    values = part.get("values") if isinstance(part, Mapping) else None
    if not isinstance(values, Mapping):
        return part
    return {**part, "values": {key: {"value": it} if isinstance(it, str) else it for key, it in values.items()}}
