"""The script of what runs once before a playbook: on one server, while the others wait for its end (pure).

State Manager runs a document on each server for itself, so the servers agree by a parameter: whoever makes it runs the
playbook, and everybody reads in it what became of that. Parameter Store lets only one of them make it. Nobody takes it
over: where the server that had begun is gone, nobody knows how far it came, and a person decides.
"""

import hashlib
import json
from collections.abc import Sequence
from shlex import quote
from typing import Final

from strata.components.maintained_fleet.server_scripts import playbook_call, prepared, required, unpacked
from strata.settings.models import PlaybookBeforeSettings, PlaybookSettings

__all__ = ["before_digest", "before_script", "before_seconds"]

_DIGITS: Final = 16
_GRACE_SECONDS: Final = 30
"""For what is told to end; after them it is killed."""
_SPARE_SECONDS: Final = 60
"""For noting the end, for clocks that differ, and for the step to end by itself."""
_POLL_SECONDS: Final = 10
_ATTEMPTS: Final = 6
"""How often something else than the note may be answered: IAM needs a while until a new permission holds."""
_NOTE: Final = (
    '{"phase": "%s", "server": "%s", "began": "%s", "until": %s, "token": "%s", "ended": "%s", "reason": "%s"}'
)
_TIMED_OUT: Final = 124
_KILLED: Final = 137
"""What `timeout` of coreutils ends with, and what a killed command does."""


def before_digest(playbook: PlaybookSettings, before: PlaybookBeforeSettings) -> str:
    """What runs once is known by: its content, its file and its variables.

    Args:
        playbook: the playbook.
        before: what runs once before it.
    """
    known = json.dumps([playbook.content, before.file, playbook.variables], sort_keys=True)
    return hashlib.sha256(known.encode()).hexdigest()[:_DIGITS]


def before_seconds(before: PlaybookBeforeSettings) -> int:
    """After how long the step is over on each server, whether it runs the playbook there or waits for its end.

    Args:
        before: what runs once.
    """
    return before.timeout_seconds + _GRACE_SECONDS + 3 * _SPARE_SECONDS


def before_script(playbook: PlaybookSettings, before: PlaybookBeforeSettings, *, note: str, region: str) -> str:
    """A script for `sh`, which ends with 0 once the playbook has succeeded, here or elsewhere, now or earlier.

    Args:
        playbook: the playbook that runs on every server after it.
        before: what runs once.
        note: name of the parameter.
        region: where it is.
    """
    return "\n".join(
        [
            "#!/bin/sh",
            "set -eu",
            *unpacked(playbook),
            *required("aws", "the AWS CLI is not installed: what runs once needs it in the image of this fleet"),
            *prepared(playbook, before.file),
            *_noting(note, region, before),
            *_agreed(note, before),
            *_run(note, before),
        ]
    )


def _noting(note: str, region: str, before: PlaybookBeforeSettings) -> Sequence[str]:
    lease = before.timeout_seconds + _GRACE_SECONDS + _SPARE_SECONDS
    return [
        "export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10 AWS_PAGER=",
        f"note={quote(note)}",
        f'parameter() {{ verb=$1; shift; aws ssm "$verb-parameter" --region {quote(region)} --name "$note" "$@"; }}',
        'server="${AWS_SSM_INSTANCE_ID:-$(uname -n)}"',
        "now() { date -u +%Y-%m-%dT%H:%M:%SZ; }",
        "began=$(now)",
        f"until=$(($(date +%s) + {lease}))",
        # a server begins once in a second with one process of that number
        'token="$server-$$-$until"',
        f'written() {{ printf {quote(_NOTE)} "$1" "$server" "$began" "$until" "$token" "$2" "$3"; }}',
        'part() { printf \'%s\\n\' "$found" | sed -n "s/.*\\"$1\\": \\"\\{0,1\\}\\([^\\",}]*\\).*/\\1/p"; }',
    ]


def _agreed(note: str, before: PlaybookBeforeSettings) -> Sequence[str]:
    """Ends where it has run, waits where it runs, and goes on with the loop left where it is to run here."""
    name = before.name
    remove = f"`aws ssm delete-parameter --name {note}`"
    again = f"Bring another content, or set right what it has done, and let it run again: {remove}"
    unseen = f"Look what it has done: either note it as done, or let it run again: {remove}"
    return [
        f"attempts={_ATTEMPTS}",
        "while :; do",
        "  if found=$(parameter get --query Parameter.Value --output text 2>&1); then",
        '    case "$(part phase)" in',
        "      succeeded) exit 0 ;;",
        "      failed)",
        f'        echo {quote(f"{name} has failed on")} "$(part server) at $(part ended): $(part reason)" >&2',
        f"        echo {quote(f'No server is changed by this content. {again}')} >&2",
        "        exit 1 ;;",
        "      running)",
        '        if [ "$(part token)" = "$token" ]; then break; fi',
        f'        if [ "$(date +%s)" -gt $(($(part until) + {_SPARE_SECONDS})) ]; then',
        f'          echo {quote(f"{name} was begun on")} "$(part server) at $(part began); its end was not seen" >&2',
        f"          echo {quote(unseen)} >&2",
        "          exit 1",
        "        fi ;;",
        "      *)",
        '        echo "the parameter $note cannot be read as a note: $found" >&2',
        "        exit 1 ;;",
        "    esac",
        "  else",
        '    case "$found" in',
        "      *ParameterNotFound*)",
        '        if found=$(parameter put --type String --no-overwrite --value "$(written running "" "")" 2>&1); then',
        "          continue",
        "        fi ;;",
        "    esac",
        # where another server was first, the note is there the next time
        "    attempts=$((attempts - 1))",
        '    if [ "$attempts" -le 0 ]; then echo "$found" >&2; exit 1; fi',
        "  fi",
        f"  sleep {_POLL_SECONDS}",
        "done",
    ]


def _run(note: str, before: PlaybookBeforeSettings) -> Sequence[str]:
    over = f"{before.name} took longer than {before.timeout_seconds} seconds"
    return [
        "code=0",
        f"timeout -k {_GRACE_SECONDS} {before.timeout_seconds} {playbook_call(before.file)} || code=$?",
        'case "$code" in',
        "  0) phase=succeeded reason= ;;",
        f"  {_TIMED_OUT}|{_KILLED}) phase=failed reason={quote(over)} ;;",
        '  *) phase=failed reason="ansible-playbook ended with $code" ;;',
        "esac",
        'ended=$(written "$phase" "$(now)" "$reason")',
        'if ! parameter put --type String --overwrite --value "$ended" >/dev/null; then',
        f"  echo {quote(f'{before.name} has ended, and that could not be written to {note}')}: $phase $reason >&2",
        "  exit 1",
        "fi",
        f'if [ "$phase" = failed ]; then echo {quote(f"{before.name} has failed")}: "$reason" >&2; exit 1; fi',
    ]
