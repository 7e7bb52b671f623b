"""Names of parts, after which AWS names what it makes of them."""

from collections.abc import Iterator

from strata import naming
from strata.naming import SECURITY_GROUP_RESERVED_PREFIX
from strata.settings.models import (
    ContainerServiceSettings,
    DatabaseSettings,
    ImagePipelineSettings,
    MaintainedFleetSettings,
    ObjectStoreSettings,
    RuntimeSettings,
    ServiceSettings,
)
from strata.settings.models.database import reserved_database
from strata.settings.models.rule import Conflict, rule
from strata.settings.parts import Facts


@rule("service-name", "Security groups can be named after a service.")
def _service_name(facts: Facts) -> Iterator[Conflict]:
    kinds = (ServiceSettings, ContainerServiceSettings, MaintainedFleetSettings)
    for path, _ in (each for kind in kinds for each in facts.each(kind)):
        name = str(path[-1])
        if name.startswith(SECURITY_GROUP_RESERVED_PREFIX) or name.endswith("-"):
            yield Conflict(
                path,
                name,
                expected="a name that neither begins with sg- nor ends with a dash: security groups are named after it",
                fix="Rename the service.",
            )


@rule("image-pipeline-name", "A security group can be named after a pipeline.")
def _image_pipeline_name(facts: Facts) -> Iterator[Conflict]:
    for path, _ in facts.each(ImagePipelineSettings):
        name = str(path[-1])
        if name.startswith(SECURITY_GROUP_RESERVED_PREFIX) or name.endswith("-"):
            yield Conflict(
                path,
                name,
                expected="a name that neither begins with sg- nor ends with a dash: a security group is named after it",
                fix="Rename the pipeline, and set app to the former name.",
            )


@rule("container-service-name", "A container service is not named like a service.")
def _container_service_name(facts: Facts) -> Iterator[Conflict]:
    for name in facts.settings.container_services:
        if name in facts.settings.services:
            yield Conflict(
                ("container_services", name),
                name,
                expected="a name that no service has: the release record and the log group are named after it",
                fix=f"Rename it, for example to {name}-tasks.",
            )


@rule("maintained-name", "A maintained fleet is not named like a service.")
def _maintained_name(facts: Facts) -> Iterator[Conflict]:
    for name in facts.settings.maintained:
        if name in facts.settings.services or name in facts.settings.container_services:
            yield Conflict(
                ("maintained", name),
                name,
                expected="a name that no service has: servers are known as those of a service by it",
                fix=f"Rename it, for example to {name}-maintained.",
            )


@rule("container-sidecar-name", "A sidecar is not named like its service.")
def _sidecar_name(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ContainerServiceSettings):
        name = str(path[-1])
        if name in service.sidecars:
            yield Conflict(
                (*path, "sidecars", name),
                name,
                expected="another name than the service's: the container of the application has that one",
                fix=f"Rename it, for example to {name}-agent.",
            )


@rule("database-name", "RDS accepts instances named after a database or a replica.")
def _part_name(facts: Facts) -> Iterator[Conflict]:
    for kind in ("databases", "replicas"):
        for name in getattr(facts.settings, kind):
            if "--" in name or name.endswith("-") or name.startswith(SECURITY_GROUP_RESERVED_PREFIX):
                yield Conflict(
                    (kind, name),
                    name,
                    expected="single dashes, none at the end, and no sg- at the start: instances are named after it",
                    fix="Rename it.",
                )


@rule("database-database", "The engine accepts the database's name.")
def _database_name(facts: Facts) -> Iterator[Conflict]:
    """The name that the database in it has after the part, where it is not given."""
    for path, database in facts.each(DatabaseSettings):
        if database.database is None:
            name = str(path[-1]).replace("-", "_")
            yield from (found.below(path) for found in reserved_database(database.engine, name))


@rule("replica-name", "A replica is not named like a database.")
def _replica_name(facts: Facts) -> Iterator[Conflict]:
    for name in facts.settings.replicas:
        if name in facts.settings.databases:
            yield Conflict(
                ("replicas", name),
                name,
                expected="a name that no database has: variables of its readers are named after it",
                fix=f"Rename it, for example to {name}-reader.",
            )


@rule("bucket-name", "S3 accepts buckets of that name.")
def _bucket_name(facts: Facts) -> Iterator[Conflict]:
    for (*at, name), _ in facts.each(ObjectStoreSettings):
        # The bucket's own name begins with this one and ends with digits of Pulumi's.
        if (refusal := naming.bucket_refusal(f"{name}-bucket-0123456")) is not None:
            yield Conflict(
                (*at, name), name, expected=f"a name {refusal} (S3): the bucket is named after it", fix="Rename it."
            )


@rule("runtime-values", "A configuration has a value.")
def _configuration(facts: Facts) -> Iterator[Conflict]:
    for path, runtime in facts.each(RuntimeSettings):
        values = (*path, "values")
        # One that cannot be read is a problem of its own, and not a lack of values.
        unread = not runtime.values and facts.says(values) and facts.raw["runtime"][path[1]]["values"]
        if not runtime.values and not unread:
            yield Conflict(
                (*path, "values"),
                {},
                expected="at least one value",
                fix=f"Add one, or remove {path[-1]} from strata:runtime.",
            )
