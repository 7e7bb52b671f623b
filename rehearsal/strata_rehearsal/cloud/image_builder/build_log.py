"""What Image Builder writes about a build: lines in CloudWatch Logs."""

from collections.abc import Sequence
from typing import Any

from moto.logs.models import logs_backends

__all__ = ["write_lines"]


def write_lines(account: str, region: str, group: str, stream: str, at: float, lines: Sequence[str]) -> None:
    """Append lines to a stream; both the stream and its group are made when they are needed.

    Args:
        account: whose logs.
        region: where.
        group: the log group.
        stream: the log stream.
        at: simulated epoch seconds.
        lines: what is written.
    """
    logs: Any = logs_backends[account][region]
    if group not in logs.groups:
        logs.create_log_group(group, {})
    if stream not in logs.groups[group].streams:
        logs.create_log_stream(group, stream)
    logs.put_log_events(group, stream, [{"timestamp": int(at * 1000), "message": line} for line in lines])
