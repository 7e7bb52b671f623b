"""moto has one console for every server: here it shows what happened to the server, as nothing runs on it."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.responses.general import General

from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]


def patch() -> None:
    """Let the console of a server show its events."""
    replace(General, "get_console_output", _get_console_output)


def _get_console_output(self: Any) -> ActionResult:
    server = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    world = current().world
    events = [each for each in world.log.since(0) if each.get("subject") == "server" and each.get("name") == server.id]
    lines = [f"{server.id} is simulated: no operating system runs here; it was launched from {server.image_id}"]
    lines += [" ".join(filter(None, (each["time"], each["state"], each.get("reason")))) for each in events]
    output = Base64EncodedString.from_raw_string("\n".join(lines) + "\n")
    return ActionResult({"InstanceId": server.id, "Timestamp": world.moment(), "Output": output})
