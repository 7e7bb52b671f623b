"""Types the local AWS does not carry: their inputs are checked, and what AWS would answer is made up.

Made-up outputs are a function of the resource's name and id, so that a refresh finds what the update left.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from .cloud import AwsConnection
from .schema import ListOf, MapOf, PropertyType, ResourceSchema, Scalar, resource_schema
from .types.recorded import KNOWN, Known
from .wire import Properties

__all__ = ["FORCES", "known", "made_up_id", "made_up_outputs", "replaces"]

FORCES = re.compile(
    r"forces?\s+(?:a\s+|the\s+)?(?:new\s+resource|replacement|re-?creation|creation)"
    r"|(?:creates|requires|triggers)\s+(?:a\s+)?(?:new\s+resource|replacement)"
    r"|will\s+(?:be\s+re-?created|re-?create)"
    r"|cannot\s+be\s+(?:changed|modified|updated)\s+(?:after|once)",
    re.IGNORECASE,
)
"""How the documentation says that a change makes a new resource."""
_ACCOUNTS = frozenset({"ownerId", "accountId", "registryId", "owner"})
_NAMES = frozenset({"name", "bucket", "identifier", "id"})
_HOSTS = ("endpoint", "address", "dnsname", "domainname", "hostname", "url", "uri")
_ALWAYS = frozenset({"region", "namePrefix"})


def known(token: str) -> Known:
    """What the table says about a type; an empty entry for one it does not list."""
    return KNOWN.get(token, Known())


@cache
def replaces(token: str) -> frozenset[str]:
    """The properties whose change makes a new resource: the table's, or those the documentation says so about."""
    schema = resource_schema(token)
    listed = known(token)
    if listed.replace is not None:
        return frozenset(listed.replace.split()) | (_ALWAYS & schema.inputs.keys())
    documented = {name for name, field in schema.inputs.items() if FORCES.search(" ".join(field.doc.split()))}
    named = {"name"} & schema.inputs.keys()
    return frozenset(documented | named | (_ALWAYS & schema.inputs.keys()))


def made_up_id(schema: ResourceSchema, inputs: Mapping[str, Any], seed: str) -> str:
    """An id: the property that is the id in AWS, else letters of the type's name and 17 digits."""
    by = known(schema.token).id
    if by and isinstance(inputs.get(by), str):
        return inputs[by]
    leaf = schema.token.rpartition(":")[2]
    return f"{re.sub('[^A-Z]', '', leaf).lower() or 'r'}-{_digits(seed, 17)}"


def made_up_outputs(
    schema: ResourceSchema, inputs: Mapping[str, Any], old: Mapping[str, Any], resource_id: str, cloud: AwsConnection
) -> Properties:
    """The outputs: the inputs, what was made up before, and something plausible for what always has a value."""
    given = {name: value for name, value in inputs.items() if not name.startswith("__")}
    table = known(schema.token).outputs
    outputs: Properties = {}
    for name, field in schema.outputs.items():
        if name in given:
            outputs[name] = given[name]
        elif name == "region":
            outputs[name] = cloud.settings.region
        elif name == "tagsAll":
            outputs[name] = {**cloud.settings.default_tags, **(given.get("tags") or {})}
        elif name in table:
            outputs[name] = table[name](given, resource_id, str(given.get("region") or cloud.settings.region))
        elif field.required and not name.endswith("Prefix"):
            before = old.get(name) if name not in schema.inputs else None
            outputs[name] = before if before is not None else _made_up(name, field.type, schema, resource_id, cloud)
    return outputs


def _made_up(name: str, type_: PropertyType, schema: ResourceSchema, resource_id: str, cloud: AwsConnection) -> Any:
    if isinstance(type_, ListOf):
        return []
    if isinstance(type_, MapOf):
        return {}
    if isinstance(type_, Scalar):
        return _scalar(name, type_.kind, schema, resource_id, cloud)
    return None


def _scalar(name: str, kind: str, schema: ResourceSchema, resource_id: str, cloud: AwsConnection) -> Any:
    if kind != "str":
        return {"bool": False, "int": 1 if name.lower().endswith("version") else 0, "float": 0.0}[kind]
    service = schema.token.split(":")[1].partition("/")[0]
    region = cloud.settings.region
    leaf = schema.token.rpartition(":")[2]
    if name == "arn" or name.endswith("Arn"):
        noun = leaf[:1].lower() + leaf[1:] if name == "arn" else name.removesuffix("Arn")
        text = f"arn:{cloud.partition}:{service}:{region}:{cloud.account}:{noun}/{resource_id}"
    elif name in _ACCOUNTS:
        text = cloud.account
    elif name in _NAMES:
        text = resource_id
    elif name.lower().endswith(_HOSTS):
        text = f"{resource_id}.{_digits(resource_id, 12)}.{region}.{service}.rehearsal.internal"
    elif name.endswith(("At", "Date", "Time")):
        text = "1970-01-01T00:00:00Z"
    else:
        text = f"{name}-{_digits(f'{resource_id}{name}', 8)}" if name.endswith(("Id", "Key")) else ""
    return text


def _digits(seed: str, count: int) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:count]
