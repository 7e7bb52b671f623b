"""An AWS plugin asked directly, the way the engine asks it, for what it would do about a change."""

import json
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from strata.resources.wire import SIGNATURE_KEY

__all__ = ["PROVIDER", "Decision", "Plugin", "running", "wake"]

MESSAGE_BYTES = 400 << 20
OPTIONS = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
NOBODY = "127.0.0.1:1"
"""The address of an engine that is not there: nothing that is asked here needs one."""

PROVIDER = "pulumi:providers:aws"

STARTS = 5
"""How often the provider is given its minute to start."""


@dataclass(frozen=True)
class Decision:
    """What a plugin would do, in a word: `nothing`, `update`, `replace` or `refuse`, and why it refuses."""

    action: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.action} ({self.reason})" if self.reason else self.action


class Plugin:
    """A configured plugin; `running` makes one."""

    def __init__(self, stub: Any, *, takes_secrets: bool) -> None:
        self._stub = stub
        self._takes_secrets = takes_secrets

    def decide(self, resource: Mapping[str, Any], wanted: Mapping[str, Any]) -> Decision:
        """What it would do about a resource of an exported state that is to have other inputs."""
        urn, old_inputs = resource["urn"], self._struct(resource["inputs"])
        identity = {"urn": urn, "type": resource["type"], "name": urn.rpartition("::")[2]}
        checked = self._stub.Check(provider_pb2.CheckRequest(**identity, olds=old_inputs, news=self._struct(wanted)))
        if checked.failures:
            return Decision("refuse", "; ".join(f"{each.property}: {each.reason}" for each in checked.failures))
        found = self._stub.Diff(
            provider_pb2.DiffRequest(
                **identity,
                id=resource["id"],
                olds=self._struct(resource["outputs"]),
                old_inputs=old_inputs,
                news=checked.inputs,
            )
        )
        if found.changes != provider_pb2.DiffResponse.DIFF_SOME:
            return Decision("nothing")
        return Decision("replace" if found.replaces else "update")

    def _struct(self, value: Mapping[str, Any]) -> struct_pb2.Struct:
        return _struct(_with_secrets(value, wrapped=self._takes_secrets))


def wake(pulumi_home: Path, environment: Mapping[str, str]) -> None:
    """Start the aws plugin of a Pulumi home once, so that later starts are quick.

    The provider behind it is hundreds of megabytes of which a cold disk may not deliver enough within the minute it is
    given to start. A second try finds in memory what the first has read.

    Raises:
        grpc.RpcError: it did not start in any try.
    """
    question = provider_pb2.CheckRequest(urn=f"urn:pulumi:live::conformance::{PROVIDER}::wake", news=_struct({}))
    with _started(pulumi_home, environment) as stub:
        for left in reversed(range(STARTS)):
            try:
                stub.CheckConfig(question)
            except grpc.RpcError:
                if not left:
                    raise
            else:
                break


@contextmanager
def running(pulumi_home: Path, environment: Mapping[str, str], config: Mapping[str, Any]) -> Generator[Plugin]:
    """The aws plugin of a Pulumi home, configured.

    Args:
        pulumi_home: where the plugin is installed.
        environment: of its process.
        config: the provider's inputs, as the state has them.
    """
    with _started(pulumi_home, environment) as stub:
        answer = stub.Configure(provider_pb2.ConfigureRequest(args=_struct(config), acceptSecrets=True))
        yield Plugin(stub, takes_secrets=answer.acceptSecrets)


@contextmanager
def _started(pulumi_home: Path, environment: Mapping[str, str]) -> Generator[Any]:
    [executable] = pulumi_home.glob("plugins/resource-aws-v*/pulumi-resource-aws")
    with subprocess.Popen([executable, NOBODY], stdout=subprocess.PIPE, env=dict(environment), text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS) as channel:
                yield provider_pb2_grpc.ResourceProviderStub(channel)
        finally:
            process.terminate()


def _struct(value: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(value), struct_pb2.Struct())


def _with_secrets(value: Any, *, wrapped: bool) -> Any:
    """A value of a state that was exported with its secrets shown, as the engine would send it."""
    if isinstance(value, list):
        return [_with_secrets(each, wrapped=wrapped) for each in value]
    if not isinstance(value, dict):
        return value
    if SIGNATURE_KEY not in value:
        return {key: _with_secrets(each, wrapped=wrapped) for key, each in value.items()}
    shown = json.loads(value["plaintext"])
    return {SIGNATURE_KEY: value[SIGNATURE_KEY], "value": shown} if wrapped else shown
