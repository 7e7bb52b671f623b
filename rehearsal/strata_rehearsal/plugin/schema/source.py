"""The source of the installed pulumi_aws, read without importing it.

Importing the ec2 module alone takes a third of a second and 50 MB, and a program of one service touches eight such
modules. Reading the text of the few classes in question takes milliseconds and gives the same answer, which a contract
test checks against the imported classes. Patterns read it, not `ast`: what is read of a class is a few lines between
pages of examples, and parsing those takes fifty times as long.
"""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from strata.errors import ToolchainError

__all__ = [
    "Getter",
    "class_text",
    "getters",
    "package_folder",
    "read_module",
    "required_arguments",
    "resource_index",
    "snake_case",
]

Getter = tuple[str, str, str, str]
"""A property as declared: camelCase name, Python name, annotation, documentation."""

_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<camel>\w+)"\))?\n'
    r"(?:    @.*(?:\n(?!    def ).*)*?\n)?"
    r"    def (?P<python>\w+)\(self\) -> (?P<annotation>.+):\n"
    r'(?:        """\n(?P<doc>(?:.*\n)*?)        """\n)?'
)
_TOP = re.compile(r"^(?:class (?P<name>\w+)|@pulumi\.|def )", re.MULTILINE)


@cache
def package_folder() -> Path:
    """Where pulumi_aws is installed.

    Raises:
        ToolchainError: it is not installed beside the interpreter that runs the plugin.
    """
    spec = find_spec("pulumi_aws")
    if spec is None or not spec.submodule_search_locations:
        raise ToolchainError(
            "pulumi_aws is not installed for this Python", fix="Install it with pip install pulumi_aws."
        )
    return Path(spec.submodule_search_locations[0])


@cache
def resource_index() -> dict[str, tuple[str, str, str]]:
    """Every resource token of the package, with its folder ("ec2/", "" at the top), its file's name and its class."""
    text = (package_folder() / "__init__.py").read_text(encoding="utf-8")
    _, _, listed = text.partition('resource_modules="""')
    modules = json.loads(listed.partition('"""')[0])
    return {
        token: (_folder(module["fqn"]), snake_case(module["mod"].rpartition("/")[2]), name)
        for module in modules
        for token, name in module["classes"].items()
    }


@cache
def read_module(path: str) -> str:
    """The text of a module of the package by its path without the suffix, "" when there is none."""
    file = package_folder() / f"{path}.py"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def class_text(path: str, name: str) -> str:
    """The part of a module that defines a class, "" when it does not."""
    start, end = _spans(path).get(name, (0, 0))
    return read_module(path)[start:end]


@cache
def _spans(path: str) -> dict[str, tuple[int, int]]:
    """Where each class of a module begins and ends; one pass over a text that may have a megabyte."""
    text = read_module(path)
    starts = [(found.start(), found["name"]) for found in _TOP.finditer(text)]
    ends = [start for start, _ in starts[1:]]
    return {name: (start, end) for (start, name), end in zip(starts, [*ends, len(text)], strict=False) if name}


def getters(text: str) -> list[Getter]:
    """The properties declared in the text of a class, in order."""
    return [
        (found["camel"] or found["python"], found["python"], found["annotation"], (found["doc"] or "").strip())
        for found in _GETTER.finditer(text)
    ]


def required_arguments(text: str) -> frozenset[str]:
    """The Python names of the keyword arguments without a default in the constructor of an `...Args` class."""
    start = text.find("def __init__(__self__, *,")
    if start < 0:
        return frozenset()
    signature = text[start : text.index("):\n", start)]
    return frozenset(re.findall(r"^ +(\w+): (?!.* = None,?$).+$", signature, re.MULTILINE))


def _folder(package: str) -> str:
    _, _, inner = package.partition(".")
    return inner.replace(".", "/") + "/" if inner else ""


def snake_case(name: str) -> str:
    """A camelCase name the way pulumi_aws spells it in file names."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
