"""Is this machine ready for a stack: one check after the other, each with a fix."""

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from strata.caution import Caution
from strata.errors import SettingsError, StrataError
from strata.problem import Problem
from strata.project.location import python_program
from strata.project.stack_file import read_stack
from strata.rehearsal import INSTALL, find_rehearsal
from strata.settings.load import load_stack

__all__ = [
    "Finding",
    "Health",
    "account",
    "command_line",
    "examine",
    "local_aws",
    "packages",
    "program",
    "provider_plugin",
    "python",
    "rehearsal_packages",
    "stack_file",
]

OLDEST_PYTHON: Final = (3, 11)


class Health(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    """Something does not work until it is fixed, but not everything."""
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        check: what was looked at, in one or two words.
        health: how it went.
        said: what was found.
        fix: what to do about it, as a full sentence. Default: nothing.
        problems: what is wrong with the stack file, where it is that. Default: nothing.
    """

    check: str
    health: Health
    said: str
    fix: str | None = None
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding as values for JSON output."""
        return {
            "check": self.check,
            "health": self.health.value,
            "said": self.said,
            "fix": self.fix,
            "problems": [problem.as_json() for problem in self.problems],
        }


def examine(project: Path, stack: str, *, reach_aws: bool = False) -> Iterator[Finding]:
    """Every check, one after the other.

    Args:
        project: folder of the Pulumi project.
        stack: name of the stack.
        reach_aws: also ask AWS who is calling, with the credentials the stack would use. Default: no network.
    """
    yield python()
    yield packages()
    yield command_line()
    yield provider_plugin()
    yield rehearsal_packages()
    yield program(project)
    yield stack_file(project, stack)
    yield local_aws(project)
    if reach_aws:
        yield account(project, stack)


def python() -> Finding:
    """The interpreter."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("python", Health.FAIL, f"version {found}", "Use Python 3.11 or newer.")
    return Finding("python", Health.OK, f"version {found}")


def packages() -> Finding:
    """The Python packages a program needs."""
    found = {name: _version(name) for name in ("pulumi", "pulumi-aws")}
    missing = [name for name, number in found.items() if number is None]
    if missing:
        said = f"{' and '.join(missing)} not installed"
        return Finding("packages", Health.FAIL, said, "Install them with pip install pulumi-strata.")
    return Finding("packages", Health.OK, ", ".join(f"{name} {number}" for name, number in found.items()))


def command_line() -> Finding:
    """The Pulumi CLI; nothing is downloaded."""
    from strata.engine.pulumi_cli import find_cli, oldest_usable, version_text

    told: list[str] = []
    cli = find_cli(told.append)
    if cli is None:
        return Finding(
            "pulumi",
            Health.WARN,
            "; ".join(["no Pulumi CLI that is new enough", *told]),
            f"Install Pulumi {version_text(oldest_usable())} or newer; "
            "`strata rehearse` otherwise sets one up for itself.",
        )
    said = "; ".join([f"{version_text(cli.version)} from {cli.source}: {cli.path}", *told])
    if told:
        return Finding("pulumi", Health.WARN, said, f"Put Pulumi {version_text(oldest_usable())} or newer on PATH.")
    return Finding("pulumi", Health.OK, said)


def provider_plugin() -> Finding:
    """The real AWS provider, which a deployment needs and a rehearsal does not."""
    number = _version("pulumi-aws")
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    plugin = home / "plugins" / f"resource-aws-v{number}" / "pulumi-resource-aws"
    if plugin.exists():
        return Finding("provider", Health.OK, f"aws {number} in {home}")
    return Finding(
        "provider",
        Health.WARN,
        f"aws {number} is not in {home}; a rehearsal does without",
        f"`pulumi up` downloads it, or run `pulumi plugin install resource aws {number}`.",
    )


def rehearsal_packages() -> Finding:
    """What the local AWS runs on."""
    rehearsal = find_rehearsal()
    missing = ["pulumi-strata-rehearsal"] if rehearsal is None else rehearsal.missing_packages()
    if missing:
        said = f"the packages of the local AWS are not installed: {', '.join(missing)}"
        return Finding("rehearsal", Health.WARN, said, INSTALL)
    return Finding("rehearsal", Health.OK, f"moto {_version('moto')}")


def program(project: Path) -> Finding:
    """The program, which rehearsals and reviews run."""
    try:
        found = python_program(project)
    except StrataError as error:
        return Finding("program", Health.WARN, error.message, error.fix)
    return Finding("program", Health.OK, f"Python, {found}")


def stack_file(project: Path, stack: str) -> Finding:
    """The stack file, with every problem it has."""
    try:
        with warnings.catch_warnings(record=True, category=Caution) as cautions:
            warnings.simplefilter("always", Caution)
            loaded = load_stack(read_stack(project, stack))
    except SettingsError as error:
        count = len(error.problems)
        said = f"{error.source} has {count} problem{'' if count == 1 else 's'}"
        return Finding("stack file", Health.FAIL, said, "Correct what is listed.", error.problems)
    except StrataError as error:
        return Finding("stack file", Health.FAIL, error.message, error.fix)
    services = ", ".join(loaded.settings.services) or "no services"
    said = [f"{loaded.source}: {loaded.settings.stage}, {services}", *(str(each.message) for each in cautions)]
    return Finding("stack file", Health.WARN if cautions else Health.OK, "; ".join(said))


def local_aws(project: Path) -> Finding:
    """Whether the local AWS of this project runs."""
    rehearsal = find_rehearsal()
    handle = rehearsal.local_aws(project) if rehearsal else None
    if handle is None:
        return Finding("local AWS", Health.OK, "not running; `strata rehearse` starts it")
    return Finding("local AWS", Health.OK, f"running on {handle.endpoint}, {handle.speed:g}x real time")


def account(project: Path, stack: str) -> Finding:
    """Whether AWS answers, and as whom it knows us."""
    from botocore.exceptions import BotoCoreError, ClientError

    from strata.aws.clients import Clients
    from strata.aws.outage import Trouble, trouble_of
    from strata.aws.provider_config import read_provider_config
    from strata.aws.session import region_of

    try:
        file = read_stack(project, stack)
        config = read_provider_config(file.provider, file.source)
        identity: Mapping[str, Any] = Clients(config)("sts").get_caller_identity()
        region = region_of(config)
    except StrataError as error:
        return Finding("account", Health.FAIL, error.message, error.fix)
    except (BotoCoreError, ClientError) as error:
        return Finding(
            "account",
            Health.FAIL,
            str(error).split("\n", 1)[0],
            "Wait a minute, and run it again."
            if trouble_of(error) is Trouble.OUTAGE
            else "Set aws:region and give credentials, for example with aws sso login or AWS_PROFILE.",
        )
    return Finding("account", Health.OK, f"{identity['Account']} as {identity['Arn']}, {region}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
