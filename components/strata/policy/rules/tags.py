"""Rules over tags."""

from collections.abc import Iterator
from typing import Final

from strata.policy.rule import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import is_known, mappings

__all__ = ["REQUIRED_TAGS"]

_ALWAYS = frozenset(
    {
        "aws:autoscaling/group:Group",
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ec2/instance:Instance",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/vpc:Vpc",
        "aws:efs/fileSystem:FileSystem",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kms/key:Key",
        "aws:lambda/function:Function",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
    }
)
"""Types somebody pays for or loses data with; one of these without any tags is as bad as one with the wrong ones."""


def _required(resource: Resource, terms: Terms) -> Iterator[str]:
    tags = resource.inputs.get("tags")
    if not resource.type.startswith("aws:") or not is_known(tags) or (tags is None and resource.type not in _ALWAYS):
        return
    keys = {each.get("key") for each in mappings(tags)} if isinstance(tags, list) else set(tags or {})
    missing = [key for key in terms.required_tags if key not in keys]
    if missing:
        yield f"lacks the tag{'s' if len(missing) > 1 else ''} {', '.join(missing)}"


REQUIRED_TAGS: Final = Rule(
    "required-tags",
    Severity.ADVISORY,
    "Everything that has tags has the required ones.",
    "Make it a child of a Strata component, or give it the tags itself.",
    _required,
)
