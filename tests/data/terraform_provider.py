"""A Terraform provider binary asked directly, in its own protocol (version 5), what it would plan.

Nothing is applied, no AWS is needed: a plan is the provider's own arithmetic over a prior state and a wanted one.
"""

import io
import os
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["Plan", "TerraformProvider", "pack"]

COOKIE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "5",
}
"""What a plugin wants to see in its environment before it serves."""

MESSAGE_BYTES = 256 << 20
_FIELD = descriptor_pb2.FieldDescriptorProto
_KINDS = {"string": _FIELD.TYPE_STRING, "bytes": _FIELD.TYPE_BYTES, "bool": _FIELD.TYPE_BOOL, "int": _FIELD.TYPE_INT64}

_MESSAGES = {
    # The fields used here, as `name number kind`; a star repeats. What is not listed is skipped on reading.
    "DynamicValue": "msgpack 1 bytes",
    "Diagnostic": "severity 1 int, summary 2 string, detail 3 string",
    "Step": "attribute_name 1 string, element_key_string 2 string, element_key_int 3 int",
    "AttributePath": "steps 1 Step*",
    "Attribute": "name 1 string, type 2 bytes, required 4 bool, optional 5 bool, computed 6 bool, deprecated 9 bool",
    "NestedBlock": "type_name 1 string, block 2 Block, nesting 3 int, min_items 4 int, max_items 5 int",
    "Block": "version 1 int, attributes 2 Attribute*, block_types 3 NestedBlock*",
    "Schema": "version 1 int, block 2 Block",
    "NamedSchema": "key 1 string, value 2 Schema",
    "GetSchema": "",
    "GotSchema": "provider 1 Schema, resource_schemas 2 NamedSchema*, diagnostics 4 Diagnostic*",
    "Configure": "terraform_version 1 string, config 2 DynamicValue",
    "Configured": "diagnostics 1 Diagnostic*",
    "PlanResourceChange": "type_name 1 string, prior_state 2 DynamicValue, proposed_new_state 3 DynamicValue, "
    "config 4 DynamicValue",
    "PlannedResourceChange": "planned_state 1 DynamicValue, requires_replace 2 AttributePath*, "
    "diagnostics 4 Diagnostic*",
}


def _messages() -> Mapping[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="plan.proto", package="plan", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for words in filter(None, fields.split(", ")):
            field, number, kind = words.split()
            plain = kind.removesuffix("*")
            label = _FIELD.LABEL_REPEATED if kind.endswith("*") else _FIELD.LABEL_OPTIONAL
            added = message.field.add(name=field, number=int(number), label=label)
            added.type = _KINDS.get(plain, _FIELD.TYPE_MESSAGE)
            if plain not in _KINDS:
                added.type_name = f".plan.{plain}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"plan.{name}"))  # pyright: ignore[reportArgumentType]
        for name in _MESSAGES
    }


_CLASSES = _messages()


@dataclass(frozen=True)
class Plan:
    """What the provider would do: the state it plans, the paths it would replace for, and its objections."""

    state: Any
    replaces: tuple[str, ...]
    errors: tuple[str, ...] = ()


class TerraformProvider:
    """A provider process, used as a context; one that dies of a question is started again.

    Args:
        binary: the provider.
        settings: its configuration.
    """

    def __init__(self, binary: Path, settings: Mapping[str, Any]) -> None:
        self._binary = binary
        self._settings = settings
        self.schemas: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [self._binary], env={**os.environ, **COOKIE}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        # core version | protocol version | network | address | protocol
        _, _, network, address, *_ = self._process.stdout.readline().strip().split("|")
        target = f"unix:{address}" if network == "unix" else address
        options = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("receive", "send")]
        self._channel = grpc.insecure_channel(target, options=options)
        self._configure()
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def plan(self, kind: str, prior: Any, wanted: Any, proposed: Any) -> Plan:
        """What it would do to a resource in state `prior` whose program says `wanted`.

        Args:
            kind: the Terraform type.
            prior: the whole state, every attribute named; None for a creation.
            wanted: the whole configuration.
            proposed: `wanted` with computed values that it leaves open taken from `prior`.
        """
        states = {"prior_state": _dynamic(prior), "proposed_new_state": _dynamic(proposed), "config": _dynamic(wanted)}
        try:
            answer = self._call(
                "PlanResourceChange", "PlanResourceChange", "PlannedResourceChange", type_name=kind, **states
            )
        except grpc.RpcError as error:
            self.__exit__()
            self.__enter__()
            return Plan(None, (), (f"the provider died of it: {error}",))
        paths = tuple(
            ".".join(step.attribute_name for step in path.steps if step.attribute_name)
            for path in answer.requires_replace
        )
        return Plan(unpack(answer.planned_state.msgpack), paths, _errors(answer))

    def _configure(self) -> None:
        answer = self._call("GetSchema", "GetSchema", "GotSchema")
        self.schemas = {each.key: each.value.block for each in answer.resource_schemas}
        block = answer.provider.block
        config: dict[str, Any] = {each.name: self._settings.get(each.name) for each in block.attributes}
        config |= {each.type_name: [] for each in block.block_types}
        done = self._call("Configure", "Configure", "Configured", terraform_version="1.9.0", config=_dynamic(config))
        if errors := _errors(done):
            raise RuntimeError(f"the provider cannot be configured: {errors}")

    def _call(self, method: str, request: str, response: str, **fields: Any) -> Any:
        call = self._channel.unary_unary(
            f"/tfplugin5.Provider/{method}",
            request_serializer=_CLASSES[request].SerializeToString,
            response_deserializer=_CLASSES[response].FromString,
        )
        return call(_CLASSES[request](**fields), timeout=120)


def pack(value: Any) -> bytes:
    """A value in MessagePack, as the protocol wants it: the few forms that states have, keys in order."""
    match value:
        case None:
            packed = b"\xc0"
        case bool():
            packed = b"\xc3" if value else b"\xc2"
        case int():
            packed = b"\xd3" + struct.pack(">q", value)
        case float():
            packed = b"\xcb" + struct.pack(">d", value)
        case str():
            text = value.encode()
            packed = b"\xdb" + struct.pack(">I", len(text)) + text
        case list():
            packed = b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))
        case dict():
            pairs = b"".join(pack(key) + pack(value[key]) for key in sorted(value))
            packed = b"\xdf" + struct.pack(">I", len(value)) + pairs
        case _:
            raise TypeError(f"cannot pack {type(value).__name__}")
    return packed


def unpack(packed: bytes) -> Any:
    """The value of some MessagePack; what is not known yet is `...`."""
    return _read(io.BytesIO(packed))


NOTHING, SMALL, NEGATIVE, FIXED = 0xC0, 0x80, 0xE0, 0xD4
BOOLEANS = {0xC2: False, 0xC3: True}
TEXTS = range(0xA0, 0xC0)
LISTS = {*range(0x90, 0xA0), 0xDC, 0xDD}
DICTS = {*range(0x80, 0x90), 0xDE, 0xDF}
EXTENSIONS = {*range(0xC7, 0xCA), *range(0xD4, 0xD9)}

_LENGTHS = {
    **dict.fromkeys((0xC4, 0xC7, 0xD9), ">B"),
    **dict.fromkeys((0xC5, 0xC8, 0xDA, 0xDC, 0xDE), ">H"),
    **dict.fromkeys((0xC6, 0xC9, 0xDB, 0xDD, 0xDF), ">I"),
}
_NUMBERS = dict(zip(range(0xCA, 0xD4), (">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q"), strict=True))


def _read(stream: io.BytesIO) -> Any:
    head = stream.read(1)
    if not head or head[0] == NOTHING:
        return None
    kind = head[0]
    if kind < SMALL:
        return kind
    if kind >= NEGATIVE:
        return kind - 0x100
    if kind in BOOLEANS:
        return BOOLEANS[kind]
    return _number(kind, stream) if kind in _NUMBERS else _long(kind, stream)


def _number(kind: int, stream: io.BytesIO) -> float:
    return struct.unpack(_NUMBERS[kind], stream.read(struct.calcsize(_NUMBERS[kind])))[0]


def _long(kind: int, stream: io.BytesIO) -> Any:
    if kind in _LENGTHS:
        length = struct.unpack(_LENGTHS[kind], stream.read(struct.calcsize(_LENGTHS[kind])))[0]
    else:
        length = kind & (0x1F if kind in TEXTS else 0x0F)
    if kind in LISTS:
        return [_read(stream) for _ in range(length)]
    if kind in DICTS:
        return {_read(stream): _read(stream) for _ in range(length)}
    if kind in EXTENSIONS:
        # An extension stands for a value that is not known; a fixed one says its size in its kind.
        stream.read(1 + (1 << (kind - FIXED) if kind >= FIXED else length))
        return ...
    return stream.read(length).decode()


def _dynamic(value: Any) -> Any:
    return _CLASSES["DynamicValue"](msgpack=pack(value))


def _errors(answer: Any) -> tuple[str, ...]:
    return tuple(f"{each.summary} {each.detail}".strip() for each in answer.diagnostics if each.severity == 1)
