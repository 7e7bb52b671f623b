"""The gRPC side: requests of the engine in, answers and clean errors out.

Built on the SDK's experimental provider server. Its own `ProviderServicer` is overridden where it loses what this
plugin
needs: the old inputs of a diff, unknown values, whole numbers, errors without a class name, and resources half made.
"""

# The methods are named, and called with both arguments, by gRPC.
# ruff: noqa: N802, ARG002

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import plugin_pb2, provider_pb2, status_pb2

from strata.clock import Clock
from strata_rehearsal.plugin.check import Failure, check_inputs
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.creation_journal import CreationJournal
from strata_rehearsal.plugin.engine_values import contains_unknown, decode_map, encode_map
from strata_rehearsal.plugin.invokes import invoke
from strata_rehearsal.plugin.operation_errors import CancelledError, HalfMadeError
from strata_rehearsal.plugin.property_comparison import Kind
from strata_rehearsal.plugin.provider import Difference, Resources
from strata_rehearsal.plugin.provider_settings import ProviderSettings, decode_settings
from strata_rehearsal.plugin.schema import provider_fields

__all__ = ["Servicer"]

WORKERS = 64
"""Operations at the same time; a group that waits for its servers holds one for minutes of simulated time."""

_KINDS = {
    (Kind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Kind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Kind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Kind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Kind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Kind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})

T = TypeVar("T")


class Servicer(ProviderServicer):
    """Answers the engine for one provider.

    Args:
        version: of pulumi_aws, which the engine compares with what the program asked for.
        clock: the time that waits are measured with.
        journal: notes every id as soon as there is one.
    """

    def __init__(self, version: str, clock: Clock, journal: CreationJournal) -> None:
        self._version = version
        self._clock = clock
        self._journal = journal
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="aws")
        self._cancelled = asyncio.Event()
        self._resources: Resources | None = None

    async def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False, accept_resources=False, accept_outputs=False
        )

    async def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    async def GetSchema(self, request: Any, context: Any) -> Any:
        return await self._refuse(context, "the rehearsal's plugin has no schema to give")

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        given = decode_settings(decode_map(request.news))
        failures = check_inputs({k: v for k, v in given.items() if k not in _ENGINE_KEYS}, provider_fields())
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = decode_map(request.old_inputs or request.olds), decode_map(request.news)
        changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        moved = [name for name in changed if name == "region"]
        return provider_pb2.DiffResponse(changes=some if changed else none, diffs=changed, replaces=moved)

    async def Configure(self, request: Any, context: Any) -> Any:
        async def configure() -> Any:
            loop = asyncio.get_running_loop()

            def pause(seconds: float) -> None:
                asyncio.run_coroutine_threadsafe(self._pause(seconds), loop).result()

            settings = ProviderSettings.load(decode_settings(decode_map(request.args)))
            self._resources = Resources(AwsConnection(settings, self._clock.now, pause))
            return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

        return await self._answer(context, "configuring the AWS provider", configure)

    async def Check(self, request: Any, context: Any) -> Any:
        async def check() -> Any:
            old, new = decode_map(request.olds), decode_map(request.news)
            token, name = _identity(request)
            inputs, failures = await self._run(self._ready.check, token, name, old, new, bytes(request.randomSeed))
            return provider_pb2.CheckResponse(inputs=encode_map(inputs), failures=_failures(failures))

        return await self._answer(context, _what("checking", request), check)

    async def Diff(self, request: Any, context: Any) -> Any:
        async def diff() -> Any:
            old, new = decode_map(request.old_inputs), decode_map(request.news)
            found = await self._run(self._ready.diff, _identity(request)[0], old, new)
            return _diff_response(found)

        return await self._answer(context, _what("comparing", request), diff)

    async def Create(self, request: Any, context: Any) -> Any:
        async def create() -> Any:
            token, name = _identity(request)
            inputs = decode_map(request.properties)
            if request.preview or contains_unknown(inputs):
                outputs = await self._run(self._ready.preview_create, token, inputs)
                return provider_pb2.CreateResponse(id="", properties=encode_map(outputs))
            made = partial(self._journal.note, request.urn)
            resource_id, outputs = await self._run(self._ready.create, token, name, inputs, made)
            return provider_pb2.CreateResponse(id=resource_id, properties=encode_map(outputs))

        return await self._answer(context, _what("creating", request), create, request.properties)

    async def Update(self, request: Any, context: Any) -> Any:
        async def update() -> Any:
            token, name = _identity(request)
            old, old_inputs, new = decode_map(request.olds), decode_map(request.old_inputs), decode_map(request.news)
            if request.preview:
                outputs = await self._run(self._ready.preview_update, token, old, old_inputs, new)
            else:
                outputs = await self._run(self._ready.update, token, name, request.id, old, old_inputs, new)
            return provider_pb2.UpdateResponse(properties=encode_map(outputs))

        return await self._answer(context, _what("updating", request), update, request.news)

    async def Read(self, request: Any, context: Any) -> Any:
        async def read() -> Any:
            token, name = _identity(request)
            state, inputs = decode_map(request.properties), decode_map(request.inputs)
            found = await self._run(self._ready.read, token, name, request.id, state, inputs)
            if found is None:
                return provider_pb2.ReadResponse(id="")
            outputs, inputs = found
            return provider_pb2.ReadResponse(id=request.id, properties=encode_map(outputs), inputs=encode_map(inputs))

        return await self._answer(context, _what("reading", request), read)

    async def Delete(self, request: Any, context: Any) -> Any:
        async def delete() -> Any:
            token, name = _identity(request)
            state, inputs = decode_map(request.properties), decode_map(request.old_inputs)
            await self._run(self._ready.delete, token, name, request.id, state, inputs)
            return empty_pb2.Empty()

        return await self._answer(context, _what("deleting", request), delete)

    async def Invoke(self, request: Any, context: Any) -> Any:
        async def call() -> Any:
            result = await self._run(invoke, self._ready.cloud, request.tok, decode_map(request.args))
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(encode_map(result))
            return response

        return await self._answer(context, f"calling {request.tok}", call)

    async def Cancel(self, request: Any, context: Any) -> Any:
        self._cancelled.set()
        return empty_pb2.Empty()

    @property
    def _ready(self) -> Resources:
        if self._resources is None:
            raise RuntimeError("the engine asked before it configured the provider")
        return self._resources

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Blocking work in a thread, so that resources are made side by side."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, work, *arguments)

    async def _pause(self, seconds: float) -> None:
        """Waits on the clock; a cancelled update ends every wait at once."""
        waiting = asyncio.ensure_future(self._clock.sleep(seconds))
        stopping = asyncio.ensure_future(self._cancelled.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        stopping.cancel()
        if self._cancelled.is_set():
            raise CancelledError("the update was cancelled while this was in progress")

    async def _answer(self, context: Any, what: str, work: Callable[[], Awaitable[Any]], inputs: Any = None) -> Any:
        """Runs the work; whatever goes wrong reaches the engine as one line of text."""
        try:
            return await work()
        except HalfMadeError as error:
            return await self._keep_half_made(context, what, error, inputs)
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine must get text
            return await self._refuse(context, f"{what}: {str(error) or type(error).__name__}")

    async def _keep_half_made(self, context: Any, what: str, error: HalfMadeError, inputs: Any) -> Any:
        """The engine learns the id and the outputs from the details of the status, beside the reason."""
        reason = f"{what}: {error}"
        detail = provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id, properties=encode_map(error.outputs), reasons=[reason], inputs=inputs
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        return await self._refuse(context, reason)

    async def _refuse(self, context: Any, reason: str) -> Any:
        return await context.abort(grpc.StatusCode.UNKNOWN, reason)


def _identity(request: Any) -> tuple[str, str]:
    """Token and name; engines before 3.140 send them only inside the URN."""
    parts = request.urn.split("::", 3)
    return request.type or parts[2].rpartition("$")[2], request.name or parts[3]


def _what(doing: str, request: Any) -> str:
    token, name = _identity(request)
    return f"{doing} {token} {name}"


def _failures(failures: list[Failure]) -> list[Any]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in failures]


def _diff_response(found: Difference) -> Any:
    changes = found.changes
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if changes else none,
        diffs=list(dict.fromkeys(change.name for change in changes)),
        replaces=list(dict.fromkeys(change.name for change in changes if change.replaces)),
        deleteBeforeReplace=found.replace_first,
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)
            for change in changes
        },
        hasDetailedDiff=True,
    )
