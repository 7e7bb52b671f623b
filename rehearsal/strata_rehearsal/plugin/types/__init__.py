"""The table of live types: one row a type, one module an AWS topic. A new type is a row in one of them."""

from strata_rehearsal.plugin.type_row import TypeRow
from strata_rehearsal.plugin.types import (
    backups,
    bucket_settings,
    buckets,
    certificates,
    cloudwatch,
    container_services,
    containers,
    database_groups,
    databases,
    dns,
    endpoints,
    file_systems,
    groups,
    keys,
    launch_templates,
    listeners,
    load_balancers,
    network,
    parameters,
    registries,
    roles,
    routing,
    scalable_targets,
    scaling,
    secrets,
    security_groups,
    target_groups,
    topics,
)

__all__ = ["ROWS"]

_TOPICS = (
    network,
    routing,
    security_groups,
    endpoints,
    launch_templates,
    groups,
    scaling,
    load_balancers,
    listeners,
    target_groups,
    roles,
    parameters,
    cloudwatch,
    topics,
    buckets,
    bucket_settings,
    file_systems,
    backups,
    keys,
    secrets,
    certificates,
    dns,
    databases,
    database_groups,
    containers,
    container_services,
    scalable_targets,
    registries,
)

ROWS: dict[str, TypeRow] = {token: row for topic in _TOPICS for row in topic.ROWS for token in row.tokens}
"""Every live type by token."""
