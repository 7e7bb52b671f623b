"""A running local AWS, as the processes that use it see it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.clock import ScaledClock
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.image_builder.build_faults import BuildFault
from strata_rehearsal.cloud.machine_images import Image

__all__ = ["EVENTS_FILE", "CloudHandle", "Unanswered", "ask", "failure"]

ANSWER_SECONDS = 60.0
EVENTS_FILE = "events.jsonl"


@dataclass(frozen=True)
class CloudHandle:
    """A running local AWS.

    Args:
        folder: its folder: process file, event log, output.
        port: the loopback port it listens on.
        pid: its process.
        token: names this run of it; another one means another, empty AWS.
        speed: simulated seconds per real second.
        anchor: epoch seconds at which simulated and real time were the same.
    """

    folder: Path
    port: int
    pid: int
    token: str
    speed: float
    anchor: float

    @property
    def endpoint(self) -> str:
        """The URL of every service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def clock(self) -> ScaledClock:
        """Its time; `clock.variable()` is what `STRATA_CLOCK` of the processes that use it must be."""
        return ScaledClock(self.speed, self.anchor)

    @property
    def events_file(self) -> Path:
        """The event log, a JSON object a line."""
        return self.folder / EVENTS_FILE

    def state(self) -> dict[str, Any]:
        """Groups, servers, container services, tasks, targets, alarms, faults, promotions and the clock, now."""
        return self.admin("state")

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The events after number `since`, oldest first."""
        return self.admin(f"events?since={since}")["events"]

    def kill(self, instance: str) -> None:
        """Let an instance die, as if its hardware failed."""
        self.admin("kill", {"instance": instance})

    def kill_task(self, task: str) -> None:
        """Let a task of a container service end by itself, as by a crash."""
        self.admin("kill", {"task": task})

    def set_health(self, instance: str, *, healthy: bool) -> None:
        """Let an instance fail, or pass, its health checks from now on."""
        self.admin("health", {"instance": instance, "healthy": healthy})

    def add_fault(self, fault: Fault) -> None:
        """Put a fault in force for servers and tasks launched from now on."""
        self.admin("fault", fault.document())

    def clear_faults(
        self, kind: FaultKind | None = None, service: str | None = None, image: str | None = None
    ) -> list[Fault]:
        """Lift the faults that match; their servers and tasks recover."""
        answer = self.admin("clear", {"kind": kind, "service": service, "image": image})
        return [Fault.parse(each) for each in answer["cleared"]]

    def add_images(self, images: Iterable[Image]) -> frozenset[str]:
        """Make machine images; one that is there stays as it is, and one that was deregistered stays gone.

        Args:
            images: the images.

        Returns:
            the ids of those that were made.
        """
        return frozenset(self.admin("images", {"images": [image.document() for image in images]})["added"])

    def set_alarm(self, name: str, state: str, reason: str = "set by request") -> None:
        """Put a CloudWatch alarm into OK, ALARM or INSUFFICIENT_DATA; it stays there."""
        self.admin("alarm", {"name": name, "state": state, "reason": reason})

    def set_capacity(self, group: str, desired: int) -> None:
        """Change the desired capacity of a group, named by its name or its service."""
        self.admin("capacity", {"group": group, "desired": desired})

    def set_task_count(self, service: str, desired: int) -> None:
        """Change the desired count of a container service, named by its name or its service."""
        self.admin("capacity", {"service": service, "desired": desired})

    def set_boot_seconds(self, service: str, seconds: float, *, waiting: bool = False) -> None:
        """Say how long servers of a service take to boot, or tasks to start, from now on, in simulated seconds.

        Args:
            service: its name.
            seconds: how long.
            waiting: whether this is true of servers and tasks that are starting already, too: they begin once more.
        """
        self.admin("boot", {"service": service, "seconds": seconds, "waiting": waiting})

    def set_answers(self, answers: Mapping[str, Mapping[str, Any]], versions: Mapping[str, str] | None = None) -> None:
        """Say what services answer over HTTP as long as they work.

        Args:
            answers: status, body and headers by service; see `PlayedAnswer`. All others answer with their versions.
            versions: versions of container images by digest. Default: what their references name.
        """
        self.admin("answers", {"answers": {name: dict(each) for name, each in answers.items()}, "versions": versions})

    def set_agent(self, state: str, **whose: str) -> None:
        """Say how Systems Manager sees an agent, `instance=`, or those of a service, `service=`.

        Args:
            state: `Online`, `ConnectionLost`, or `absent`: it was never there.
            whose: the instance or the service.
        """
        self.admin("agent", {"state": state, **whose})

    def set_contents(
        self,
        differences: Iterable[tuple[str, str, str | None, str | None]] = (),
        *,
        manifest: bool = True,
        **whose: str,
    ) -> None:
        """Say what is in a server beside its image, `instance=`, or in all of a service, `service=`.

        Args:
            differences: each as kind, name, baked and found.
            manifest: whether the image has a manifest.
            whose: the instance or the service.
        """
        self.admin("contents", {"differences": [list(each) for each in differences], "manifest": manifest, **whose})

    def set_script_outcome(self, outcome: Mapping[str, Any], **whose: str) -> None:
        """Say what a script sent by Run Command comes to on a server, `instance=`, or a service's, `service=`.

        Args:
            outcome: `output`, `error`, `code` and `seconds`; nothing for what it would come to anyway.
            whose: the instance or the service.
        """
        self.admin("script", {**outcome, **whose})

    def set_build_faults(self, faults: Iterable[BuildFault]) -> None:
        """Let the building of images go wrong like this, and in no other way."""
        self.admin("build-faults", {"faults": [fault.document() for fault in faults]})

    def add_accounts(self, accounts: Iterable[str]) -> None:
        """Let there be accounts besides the one, reached by a role of theirs or the key `AKIASTRA` and their number."""
        self.admin("accounts", {"accounts": list(accounts)})

    def set_scan_results(self, image: str, region: str, **results: Any) -> None:
        """Let Inspector have scanned an AMI: `severity`, `at`, `fixes` since when by severity, `account`."""
        self.admin("scanned", {"image": image, "region": region, **results})

    def set_container_findings(self, repository: str, digest: str, region: str, **results: Any) -> None:
        """Let ECR have scanned a container image: `counts` by severity, `at`, `account`."""
        self.admin("scanned", {"repository": repository, "digest": digest, "region": region, **results})

    def admin(self, path: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask an admin path: GET without fields, POST with them.

        Raises:
            RehearsalError: the local AWS does not answer, or refuses.
        """
        try:
            return ask(self.endpoint, path, fields)
        except Unanswered as error:
            raise failure(str(error), "Run the rehearsal again; it starts a new one.") from error


class Unanswered(Exception):  # noqa: N818 - an answer's absence, not an error that leaves this package
    """Why an admin path gave no answer."""


def failure(message: str, fix: str | None = None) -> Exception:
    """The `RehearsalError` of a message."""
    # imported when it is needed, because the process of the local AWS has no use for Pulumi, which comes with it
    from strata.errors import RehearsalError

    return RehearsalError(message, fix=fix)


def ask(endpoint: str, path: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask an admin path of the local AWS at `endpoint`.

    Raises:
        Unanswered: it does not answer, or refuses.
    """
    body = None if fields is None else json.dumps(fields).encode()
    # the endpoint is a loopback address that this package made
    request = urllib.request.Request(  # noqa: S310
        f"{endpoint}/_strata/{path}", body, {"Content-Type": "application/json"}
    )
    # whatever proxy the environment names, nobody but this machine knows the address
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(request, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode(errors="replace")
        raise Unanswered(f"the local AWS refused {path}: {text}") from error
    except OSError as error:
        raise Unanswered(f"the local AWS on {endpoint} does not answer: {error}") from error
