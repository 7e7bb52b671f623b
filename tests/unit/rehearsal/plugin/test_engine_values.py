from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental.property_value import PropertyValue

from strata_rehearsal.plugin.engine_values import UNKNOWN, contains_unknown, decode_map, encode_map, is_unknown, unwrap

plain = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), plain, max_size=4))
def test_what_is_encoded_decodes_to_the_same(properties: dict) -> None:
    assert decode_map(encode_map(properties)) == properties


def test_whole_numbers_arrive_as_ints_and_others_as_floats() -> None:
    struct = struct_pb2.Struct()
    struct.update({"size": 20.0, "threshold": 1.5})
    assert decode_map(struct) == {"size": 20, "threshold": 1.5}
    assert isinstance(decode_map(struct)["size"], int)


def test_a_null_is_a_property_that_is_not_given() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": None, "b": {"c": None, "d": 1}})
    assert decode_map(struct) == {"b": {"d": 1}}


def test_the_engines_markers_are_unknown_wherever_they_stand() -> None:
    assert is_unknown(UNKNOWN)
    assert contains_unknown({"a": [{"b": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"}]})
    assert not contains_unknown({"a": ["known", 1, None]})


def test_secrets_and_outputs_are_unwrapped() -> None:
    wrapped = PropertyValue.marshal_map(
        {
            "password": PropertyValue("hunter2").with_secret(is_secret=True),
            "list": PropertyValue([PropertyValue(1.0).with_dependencies({"urn:x"})]),
        }
    )
    assert decode_map(wrapped) == {"password": "hunter2", "list": [1]}


def test_other_wrapped_values_stay_as_they_are() -> None:
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "x"}
    assert unwrap(asset) == asset
