"""Values as they travel between the engine and the plugin.

The engine sends protobuf structs. Inside the plugin a value is plain Python: None, bool, int, float, str, list, dict.
Two things have no plain form and keep their wire spelling: a value that is not known yet (`UNKNOWN` and its typed
relatives, which are strings) and assets (dicts with a signature key). The plugin tells the engine that it accepts no
secrets, and the engine then passes what is inside and marks every output that has a secret input of the same name;
only the settings of a provider arrive wrapped, and are unwrapped here.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from strata.resources.wire import OUTPUT_SIGNATURE, SECRET_SIGNATURE, UNKNOWN, is_signed, is_unknown

__all__ = ["UNKNOWN", "Properties", "contains_unknown", "decode", "decode_map", "encode_map", "is_unknown", "unwrap"]

Properties = dict[str, Any]


def contains_unknown(value: object) -> bool:
    """Whether the value is unknown or holds an unknown anywhere inside."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return is_unknown(value)


def decode(value: struct_pb2.Value) -> Any:
    """One protobuf value as plain Python; a number without a fraction becomes an int."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return unwrap(decode_map(value.struct_value))
    if kind == "list_value":
        return [decode(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind is None or kind == "null_value":
        return None
    return getattr(value, kind)


def unwrap(value: Any) -> Any:
    """What is inside of a value the engine wrapped as secret or as an output; other values as they are."""
    if isinstance(value, dict):
        if is_signed(value, SECRET_SIGNATURE, OUTPUT_SIGNATURE):
            return unwrap(value.get("value", UNKNOWN))
        return {name: unwrap(item) for name, item in value.items()}
    return [unwrap(item) for item in value] if isinstance(value, list) else value


def decode_map(struct: struct_pb2.Struct) -> Properties:
    """A protobuf struct as a dict; null members are dropped, as a property that is null is a property not given."""
    decoded = {name: decode(value) for name, value in struct.fields.items()}
    return {name: value for name, value in decoded.items() if value is not None}


def encode_map(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dict of plain values as a protobuf struct."""
    struct = struct_pb2.Struct()
    struct.update(dict(properties))
    return struct
