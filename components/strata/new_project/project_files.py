"""The files of a new project, from templates: a program, its stack files, its test and its pipeline."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata

from jinja2 import Environment, PackageLoader, StrictUndefined

from strata.project.location import STACK_NAME
from strata.settings import patterns

__all__ = ["FILES", "NewProject", "ServiceKind", "project_files"]

FILES = (
    ".github/workflows/deploy.yml",
    ".github/workflows/review.yml",
    ".gitignore",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.staging.yaml",
    "Pulumi.prod.yaml",
    "README.md",
    "__main__.py",
    "program.py",
    "pytest.ini",
    "requirements.txt",
    "test_program.py",
)
"""What a new project consists of; each has a template of its name without a first dot, and with `.jinja` at its end."""

_PINNED = ("pulumi", "pulumi-aws", "pulumi-docker")
"""What a project pins beside Strata: a provider of another version can mean another plan."""


_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}")


class ServiceKind(StrEnum):
    """What the first service of a project runs."""

    SERVERS = "servers"
    CONTAINERS = "containers"


@dataclass(frozen=True)
class NewProject:
    """What is asked of a person who begins.

    Args:
        name: of the project, as Pulumi has it.
        service: name of its one service, and of its image.
        kind: what that runs.
        region: of AWS.
    """

    name: str
    service: str
    kind: ServiceKind
    region: str

    @property
    def problems(self) -> list[str]:
        """What cannot be, each as a sentence without its full stop."""
        found: list[str] = []
        if not STACK_NAME.fullmatch(self.name):
            found.append(
                f"the project's name is {self.name!r}, expected letters, digits, `_`, `.` and `-`, at most 100"
            )
        if not re.fullmatch(patterns.NAME, self.service):
            found.append(f"the service's name is {self.service!r}, expected {patterns.WORDS[patterns.NAME]}")
        if not _REGION.fullmatch(self.region):
            found.append(f"the region is {self.region!r}, expected one of AWS's, such as eu-west-1")
        return found


def project_files(project: NewProject) -> Mapping[str, str]:
    """Text of each file by its path in the project, in the order of `FILES`."""
    environment = Environment(
        loader=PackageLoader("strata.new_project", "template"),
        autoescape=False,  # noqa: S701 - Python and YAML, not HTML
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        # GitHub's expressions are in braces, too
        variable_start_string="<<",
        variable_end_string=">>",
    )
    values = {
        **asdict(project),
        "servers": project.kind is ServiceKind.SERVERS,
        "strata": metadata.version("pulumi-strata"),
        "pinned": {name: metadata.version(name) for name in _PINNED},
    }
    return {name: environment.get_template(f"{name.lstrip('.')}.jinja").render(values) for name in FILES}
