"""The shell scripts of a maintained fleet, as Systems Manager runs them on a server (pure).

They are for `sh`, which is dash on some systems, and have every value of the settings in quotes.
"""

import base64
import json
from shlex import quote

from strata.settings.models import MaintainedFleetSettings, PlaybookSettings

__all__ = ["healthy_script", "play_script", "playbook_call", "prepared", "required", "unpacked"]

_BUNDLE = "bundle"
"""Folder that an archive is unpacked into, beside it."""
_VARIABLES = "strata-variables.json"
_FEWEST_PASSES = 1


def play_script(playbook: PlaybookSettings) -> str:
    """What compares what was downloaded with the pin, unpacks it and runs the playbook.

    Args:
        playbook: the playbook.
    """
    return "\n".join(
        [
            "#!/bin/sh",
            "set -eu",
            *unpacked(playbook),
            *prepared(playbook, playbook.file),
            playbook_call(playbook.file),
        ]
    )


def playbook_call(file: str) -> str:
    """The line that runs a playbook, on this server alone.

    Args:
        file: its path.
    """
    return f"ansible-playbook -i localhost, -c local -e @{_VARIABLES} {quote(file)}"


def prepared(playbook: PlaybookSettings, file: str) -> list[str]:
    """The lines that fail where a playbook cannot be run, and write the variables that it gets.

    Args:
        playbook: whose variables.
        file: path of what is to be run.
    """
    return [
        *required("ansible-playbook", "ansible-playbook is not installed: bake it into the image of this fleet"),
        f"if [ ! -f {quote(file)} ]; then",
        f"  echo {quote(f'there is no {file} in what was downloaded')} >&2",
        "  exit 1",
        "fi",
        f"printf '%s' '{_encoded(playbook)}' | base64 -d > {_VARIABLES}",
    ]


def required(program: str, otherwise: str) -> list[str]:
    """The lines that fail where a program is not installed.

    Args:
        program: its name.
        otherwise: what is said then.
    """
    return [f"if ! command -v {program} >/dev/null; then", f'  echo "{otherwise}" >&2', "  exit 1", "fi"]


def unpacked(playbook: PlaybookSettings) -> list[str]:
    """The lines that leave the shell where the playbook is; what is of a commit is there already.

    Args:
        playbook: the playbook.
    """
    if playbook.archive is None:
        return []
    name = playbook.archive.rpartition("/")[2]
    unpack = (
        f"unzip -q -o {quote(name)} -d {_BUNDLE}" if name.endswith(".zip") else f"tar -xzf {quote(name)} -C {_BUNDLE}"
    )
    return [
        f"if ! echo {quote(f'{playbook.sha256}  {name}')} | sha256sum -c - >/dev/null; then",
        f"  echo {quote(f'{playbook.archive} has another SHA-256 than {playbook.sha256}: nothing was changed')} >&2",
        "  exit 1",
        "fi",
        f"mkdir -p {_BUNDLE}",
        unpack,
        f"cd {_BUNDLE}",
    ]


def _encoded(playbook: PlaybookSettings) -> str:
    """Variables as one word that no shell takes apart."""
    return base64.b64encode(json.dumps(playbook.variables, sort_keys=True).encode()).decode()


def healthy_script(settings: MaintainedFleetSettings) -> str:
    """What ends once the server is healthy again, and fails where it does not become so in time.

    Systems Manager begins with the next server when a command has ended, so this is what makes it wait. Behind a load
    balancer the server must pass the same check as often in a row as the load balancer asks for, and once more: the
    load balancer does not begin at the same moment.

    Args:
        settings: of the fleet.
    """
    health, within = settings.health, settings.changes.healthy_within_seconds
    by_command = settings.changes.healthy_command is not None
    passes = _FEWEST_PASSES if by_command and not settings.routes else health.healthy_threshold + 1
    return "\n".join(
        [
            "#!/bin/sh",
            "set -u",
            *(_command(settings) if by_command else _request(settings)),
            f"deadline=$(($(date +%s) + {within}))",
            "passes=0",
            "while :; do",
            "  if healthy; then passes=$((passes + 1)); else passes=0; fi",
            f'  if [ "$passes" -ge {passes} ]; then exit 0; fi',
            '  if [ "$(date +%s)" -ge "$deadline" ]; then',
            f'    echo "not healthy {within} seconds after the change" >&2',
            "    exit 1",
            "  fi",
            f"  sleep {health.interval_seconds}",
            "done",
        ]
    )


def _command(settings: MaintainedFleetSettings) -> list[str]:
    return [f"healthy() {{ sh -c {quote(str(settings.changes.healthy_command))} >/dev/null 2>&1; }}"]


def _request(settings: MaintainedFleetSettings) -> list[str]:
    """The load balancer's check, asked on the server itself."""
    url = quote(f"http://localhost:{settings.port}{settings.health.path}")
    asked = (
        f"curl --silent --output /dev/null --max-time {settings.health.timeout_seconds} --write-out '%{{http_code}}'"
    )
    return [
        "healthy() {",
        f"  code=$({asked} {url}) || return 1",
        *(f"  {_within(part)} && return 0" for part in settings.health.codes.split(",")),
        "  return 1",
        "}",
    ]


def _within(codes: str) -> str:
    low, _, high = codes.partition("-")
    return f'[ "$code" -ge {low} ] && [ "$code" -le {high or low} ]'
