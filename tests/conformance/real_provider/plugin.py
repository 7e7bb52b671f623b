"""An aws plugin that is the real Terraform provider, for machines where Pulumi's own cannot be downloaded.

Pulumi's provider is the Terraform provider behind a bridge. This process starts Pulumi's dynamic bridge over a
Terraform provider and translates names on the way, so that checks, differences, replacements and waits are the real
ones. What differs from Pulumi's provider: resources have no region of their own, fewer types get a generated name, and
arguments are those of version 5.

The engine starts it as `python -P -m tests.conformance.real_provider.plugin SETUP ENGINE`, with SETUP a file that
`install.py` writes.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from strata.engine.processes import leave_with_engine
from tests.conformance.real_provider.names import PROPERTIES, Names, Terraform, with_names, without_region

__all__ = ["LOG_VARIABLE", "Setup", "serve"]

LOG_VARIABLE = "STRATA_CONFORMANCE_LOG"
"""A file to which every request is written, with what the bridge itself logs."""

MESSAGE_BYTES = 400 << 20
OPTIONS = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
CALLS_AT_ONCE = 64

OF_A_RESOURCE = ("Check", "Diff", "Create", "Read", "Update", "Delete")
FORWARDED = (
    *OF_A_RESOURCE,
    *("Parameterize", "GetSchema", "CheckConfig", "DiffConfig", "Configure", "Invoke"),
    *("Cancel", "Attach", "GetMapping", "GetMappings"),
)
"""Without a handshake, which the bridge would refuse before it is parameterised: the engine then does without."""

REGIONAL = ("news", "properties", "inputs", "olds", "old_inputs")
"""Where a request about a resource has properties."""

Values = struct_pb2.Struct


@dataclass(frozen=True)
class Setup:
    """What the plugin is made of.

    Args:
        bridge: the executable of Pulumi's dynamic bridge.
        provider: the executable of the Terraform provider.
        version: the plugin's, which is that of the installed `pulumi_aws`.
        terraform: the names it is asked about.
    """

    bridge: str
    provider: str
    version: str
    terraform: Terraform

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` wrote."""
        found = json.loads(file.read_text(encoding="utf-8"))
        return cls(found["bridge"], found["provider"], found["version"], Terraform(**found["terraform"]))

    def write(self, file: Path) -> None:
        """As JSON."""
        terraform = {"resources": dict(self.terraform.resources), "functions": dict(self.terraform.functions)}
        document = {"bridge": self.bridge, "provider": self.provider, "version": self.version, "terraform": terraform}
        file.write_text(json.dumps(document, indent=1), encoding="utf-8")


class Bridge:
    """A running bridge; its provider starts with the first question, because it needs most of a minute.

    Args:
        setup: what it is made of.
        engine: the address of the engine.
        log: where it logs to.
    """

    def __init__(self, setup: Setup, engine: str, log: IO[str]) -> None:
        self._setup = setup
        self._process = subprocess.Popen([setup.bridge, engine], stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline())
        threading.Thread(target=log.writelines, args=(self._process.stdout,), daemon=True).start()
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(
            grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
        )
        self._starting = threading.Lock()
        self._names: Names | None = None

    @property
    def names(self) -> Names:
        """Its tokens, from the schema of the started provider."""
        with self._starting:
            if self._names is None:
                self._names = self._started()
            return self._names

    def end(self) -> None:
        """Kill it."""
        self._process.kill()

    def _started(self) -> Names:
        included = [word for name in self._setup.terraform.all for word in ("--include", name)]
        arguments = [self._setup.provider, "--provider-name", "aws", *included]
        package = self.stub.Parameterize(
            provider_pb2.ParameterizeRequest(args=provider_pb2.ParameterizeRequest.ParametersArgs(args=arguments))
        )
        question = provider_pb2.GetSchemaRequest(subpackage_name=package.name, subpackage_version=package.version)
        return Names.of(self._setup.terraform, json.loads(self.stub.GetSchema(question).schema))


def forwarding(method: str, bridge: Bridge, log: IO[str]) -> Callable[[Any, Any, grpc.ServicerContext], Any]:
    """A method of the plugin: the bridge's, with names translated both ways."""

    def call(_: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            names = bridge.names
            renamed = _translate(method, request, names)
            print(method, getattr(request, "urn", getattr(request, "tok", "")), file=log, flush=True)
            answer = getattr(bridge.stub, method)(request)
            for values in _structs(answer):
                with_names(values, {theirs: ours for ours, theirs in renamed.items()})
        except grpc.RpcError as error:
            failed: Any = error
            print(method, "failed:", failed.details(), file=log, flush=True)
            # what came into being although it failed travels in binary trailers
            trailers = failed.trailing_metadata() or ()
            context.set_trailing_metadata(tuple(each for each in trailers if each[0].endswith("-bin")))
            context.abort(failed.code(), failed.details())
        return answer

    return call


def _translate(method: str, request: Any, names: Names) -> Mapping[str, str]:
    """Spell a request for the bridge, in place; the properties that were renamed."""
    if method == "Invoke":
        request.tok = names.functions.get(request.tok, request.tok)
        without_region(request.args)
    if method not in OF_A_RESOURCE:
        return {}
    token = request.urn.split("::")[2].rpartition("$")[2]
    renamed = PROPERTIES.get(token, {})
    if method == "Check" and "name" in renamed and "name" not in request.news.fields:
        request.news.fields["name"].string_value = _generated(request)
    for values in _structs(request):
        with_names(values, renamed)
    request.urn = names.urn(request.urn)
    if getattr(request, "type", ""):
        request.type = names.resources.get(request.type, request.type)
    for field in REGIONAL:
        if field in request.DESCRIPTOR.fields_by_name and request.HasField(field):
            without_region(getattr(request, field))
    return renamed


def _generated(request: Any) -> str:
    """The name a resource has, or one made of its name in the program, as Pulumi's provider makes them."""
    olds = request.olds.fields
    suffix = (request.randomSeed.hex() or os.urandom(4).hex())[:7]
    return (olds["name"].string_value if "name" in olds else "") or f"{request.urn.rpartition('::')[2]}-{suffix}"


def _structs(message: Any) -> list[Values]:
    fields = (field for field in message.DESCRIPTOR.fields if field.message_type is not None)
    structs = (field.name for field in fields if field.message_type.full_name == Values.DESCRIPTOR.full_name)
    return [getattr(message, name) for name in structs if message.HasField(name)]


def serve(setup: Setup, engine: str) -> None:
    """Print the port, as the engine expects it, and answer until the engine has gone."""
    with Path(os.environ.get(LOG_VARIABLE, os.devnull)).open("a", encoding="utf-8") as log:
        bridge = Bridge(setup, engine, log)

        def leave(*_: object) -> None:
            bridge.end()
            os._exit(0)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
        leave_with_engine(leave)
        methods: dict[str, Any] = {method: forwarding(method, bridge, log) for method in FORWARDED}
        methods["GetPluginInfo"] = lambda *_: plugin_pb2.PluginInfo(version=setup.version)
        servicer = type("Servicer", (provider_pb2_grpc.ResourceProviderServicer,), methods)
        server = grpc.server(futures.ThreadPoolExecutor(CALLS_AT_ONCE), options=OPTIONS)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer(), server)
        sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
        sys.stdout.flush()
        server.start()
        server.wait_for_termination()


if __name__ == "__main__":
    serve(Setup.read(Path(sys.argv[1])), sys.argv[-1])
