"""Names of what Strata keeps in SSM Parameter Store, all below `/strata/`."""

from typing import Final

__all__ = [
    "master_password_name",
    "note_name",
    "record_name",
    "revocation_name",
    "runtime_config_path",
    "secret_record_name",
    "stack_path",
    "veto_name",
]

_ROOT: Final = "/strata"
_RELEASE: Final = "/release"


def stack_path(project: str, stack: str, name: str) -> str:
    """What belongs to a part of a stack, such as `/strata/shop/prod/web`; its log group is called so too."""
    return f"{_ROOT}/{project}/{stack}/{name}"


def record_name(project: str, stack: str, service: str) -> str:
    """The release record of a service."""
    return f"{stack_path(project, stack, service)}{_RELEASE}"


def note_name(record: str) -> str:
    """The note of the last rollout, beside a release record."""
    return f"{record.removesuffix(_RELEASE)}/last-rollout"


def veto_name(record: str, version: str) -> str:
    """What keeps a version out of the service of a release record by being there; its value is the reason."""
    return f"{record.removesuffix(_RELEASE)}/veto/{version}"


def revocation_name(image: str, version: str) -> str:
    """What revokes a version of an image everywhere by being there; its value is the reason."""
    return f"{_ROOT}/images/{image}/{version}/revoked"


def runtime_config_path(project: str, stack: str, name: str) -> str:
    """Where the parameters of a runtime configuration are, such as `/strata/shop/prod/config/web`."""
    return stack_path(project, stack, f"config/{name}")


def secret_record_name(project: str, stack: str, secret: str) -> str:
    """Where a secret is, written once it has a value."""
    return stack_path(project, stack, f"secrets/{secret}/arn")


def master_password_name(project: str, stack: str, database: str) -> str:
    """Which secret holds the master password of a database, written once it is that database's."""
    return f"{stack_path(project, stack, database)}/master-password"
