"""Whether an answer of the local AWS was lost on its way to the provider, and what else a story that broke off needs.

The provider's SDK asks again when it gets no answer. What was carried out the first time is then refused, as AWS
refuses it: a rule is there already, and the story cannot go on. It says nothing about the plugins that are compared.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from strata_rehearsal.cloud.cloud_handle import EVENTS_FILE
from strata_rehearsal.cloud.cloud_process import OUTPUT_FILE

__all__ = ["heard", "lost_answers"]

LINES = 40
"""The last ones of what the local AWS printed, which it does only where it failed."""


def lost_answers(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The calls that were made again, and refused, though the attempt before had been carried out.

    Args:
        events: of the event log, oldest first.
    """
    done: set[tuple[str, ...]] = set()
    lost: list[str] = []
    for event in events:
        if event["kind"] != "api":
            continue
        call = (event["service"], event["action"], json.dumps(event["parameters"], sort_keys=True), event["caller"])
        error = event.get("error")
        if error is None:
            done.add(call)
        elif event.get("attempt") and call in done:
            lost.append(f"{event['action']}, attempt {event['attempt']}: {error}")
    return lost


def heard(cloud: Path) -> tuple[list[str], str]:
    """The lost answers of a local AWS and the end of what it printed.

    Args:
        cloud: its folder.
    """
    lines = (cloud / EVENTS_FILE).read_text(encoding="utf-8").splitlines()
    output = (cloud / OUTPUT_FILE).read_text(encoding="utf-8").splitlines()
    return lost_answers(json.loads(line) for line in lines), "\n".join(output[-LINES:])
