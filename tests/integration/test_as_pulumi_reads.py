"""What a command reads from the files of a stack is what the real engine hands to its program, value by value."""

import json
from pathlib import Path
from typing import Any

from strata.project.stack_file import read_stack
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace
from tests.integration.support import Site

PROGRAM = """\
import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

pulumi.export("config", {**get_config_env(), **CONFIG.get()})
"""

SCALARS = (
    *("1.10", "0042", "-0042", "089", "7e12345", "012345678901", "1e3", "1e+3", ".5", "+.5", "1.", "1.e3", "+5", "-0"),
    *("1__0", "_1", "1_", "0x_1F", "0X1F", "0o17", "0O17", "0b11", "0B11", "-0x1F", "0o9", "1:30", "1:30:20", "00"),
    *("1e400", "9223372036854775807", "9223372036854775808", "12345678901234567890123", "7.0", "1e21", "1e-7"),
    *("yes", "No", "ON", "off", "y", "True", "TRUE", "tRUE", "False", "nULL", "16.10", "022:30", "0.1e1", "1.5"),
    *("2024-01-31", "2024-1-3", "2024-13-01", "2001-12-14 21:59:43", "2001-12-14t21:59:43.10-05:00"),
    *("2001-12-14T21:59:43Z", "2001-12-14 21:59:43.10 -5", '"0042"', "'yes'", "!!str 1.10", "!!binary aGVsbG8="),
    *("!!int 0042", '!!int "0042"', "! 0042", '! "0042"', "! yes", "!!int 9223372036854775808", "!!float 1"),
    *("!!float 0042", '!!float "1.5"', "!!float 0x1F", "!!float 1_0", "!!bool true", '!!bool "true"'),
    *("!!timestamp 2024-01-31", '!!timestamp "2024-01-31"', "!!str 0042", "!!str ~", "!!foo 0042"),
)
"""Without quotes, each is something else to one reader of YAML or another."""
NOTHING = ("null", "~", "Null", "", "!!null ~", '!!null ""', "! ~")

PROJECT = """\
name: reads
runtime: python
stackConfigDir: stacks
config:
  strata:given: {value: {a: 1.10, b: "x"}}
  strata:hidden: {value: shared}
  colour: {type: string, default: red}
  reads:size: 4
  shades: {type: array, items: {type: string}, default: [a, b]}
  strata:list: [1, 2]
"""


def stack_file() -> str:
    """Every scalar in a mapping, in a list, as a key, and as a whole value."""
    values = "".join(f"    k{index}: {each}\n" for index, each in enumerate((*SCALARS, *NOTHING)))
    items = "".join(f"    - {each}\n" for each in (*SCALARS, "null"))
    keys = "".join(f"    {each}: {index}\n" for index, each in enumerate(("0x10", "012", "1.10", "yes", "true")))
    whole = "".join(f"  strata:w{index}: {each}\n" for index, each in enumerate(SCALARS) if "!!b" not in each)
    return (
        "config:\n  strata:hidden: own\n"
        f"  strata:values:\n{values}  strata:items:\n{items}  strata:keys:\n{keys}{whole}"
        "  strata:base: &base {a: 1, b: 0o17}\n  strata:merged: {<<: *base, a: 2}\n"
    )


def same(read: Any, handed: Any) -> bool:
    """Whether a program gets what was read. It gets a whole value as text, mappings and lists as JSON."""
    match read:
        case bool():
            return handed == str(read).lower()
        case int() | float():
            return float(handed) == float(read)
        case _:
            return read == handed


def decoded(text: str) -> Any:
    return json.loads(text) if text[:1] in ("{", "[") else text


async def test_every_value_is_read_as_pulumi_reads_it(site: Site, tmp_path: Path):
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(stack_file())
    (tmp_path / "__main__.py").write_text(PROGRAM)
    # twice: making a stack has the engine write the file anew, and the second time it reads what was written here
    await StackEngine(site.cli, site.home, ready_workspace(site.home, tmp_path, "dev")).create_stack()
    engine = StackEngine(site.cli, site.home, ready_workspace(site.home, tmp_path, "dev"))
    done = await engine.up()
    assert done.ok, done.reason
    handed = {key: decoded(value) for key, value in done.outputs["config"].items()}
    read = read_stack(tmp_path, "acme/reads/dev").config
    assert read.keys() == handed.keys()
    assert {key: (value, handed[key]) for key, value in read.items() if not same(value, handed[key])} == {}
