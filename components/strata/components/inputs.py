"""What an override may set, by component and child, for type checkers and editors: see `inputs.pyi` beside this.

That stub is written from the children that components declare and from pulumi_aws' own annotations. While a program
runs, overrides are mappings of mappings, and pulumi_aws itself refuses an input that it does not have.
"""

from collections.abc import Mapping
from typing import Any


def __getattr__(name: str) -> Any:
    if name.endswith("Overrides"):
        return Mapping[str, Mapping[str, Any]]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
