"""What a server is given that runs something once, as a script that may be sent as often as one likes (pure)."""

import shlex
from collections.abc import Sequence
from typing import Final

__all__ = ["SHOWN_LINES", "once_script"]

SHOWN_LINES: Final = 20
_SHOWN_BYTES: Final = 8000
"""Run Command keeps the first 24,000 characters of what a script has written."""
_PLACE: Final = "/var/lib/strata/once"


def once_script(service: str, command: Sequence[str], token: str) -> str:
    """A script for `sh`.

    Whoever comes first runs the command; all others wait for its end, and all end as it does, with its last lines. A
    folder that only one can make decides who is first. Before it runs, the server has finished its boot, and what the
    application would find in its environment file is set.

    Args:
        service: the service.
        command: what runs, word by word.
        token: names this attempt.
    """
    place, file = f"{_PLACE}/{token}", shlex.quote(f"/etc/strata/{service}.env")
    return f"""\
mkdir -p {_PLACE} || exit 1
if mkdir {place} 2>/dev/null; then
  if command -v cloud-init >/dev/null; then cloud-init status --wait >/dev/null 2>&1; fi
  (
    if [ -r {file} ]; then set -a; . {file}; set +a; fi
    cd / && exec {shlex.join(command)}
  ) >{place}/output 2>&1 </dev/null
  echo $? >{place}/part && mv {place}/part {place}/code
fi
until [ -f {place}/code ]; do sleep 1; done
tail -n {SHOWN_LINES} {place}/output | tail -c {_SHOWN_BYTES}
exit "$(cat {place}/code)"
"""
