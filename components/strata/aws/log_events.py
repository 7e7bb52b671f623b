"""The end of a log."""

from typing import Any

from strata.aws.outage import error_code

__all__ = ["last_log_lines"]


def last_log_lines(logs: Any, group: str, stream: str, most: int) -> tuple[str, ...]:
    """The last lines of a log stream; none where there is no such stream.

    Args:
        logs: boto3 client of CloudWatch Logs.
        group: name of the log group.
        stream: name of the log stream.
        most: how many lines.
    """
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)
    except Exception as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return ()
    return tuple(str(each["message"]).rstrip() for each in found["events"][-most:])
