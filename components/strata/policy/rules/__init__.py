"""The rules, a topic each."""

from typing import Final

from strata.policy.model import Rule
from strata.policy.rules.containers import DIGEST_ONLY
from strata.policy.rules.encryption import ENCRYPTED
from strata.policy.rules.exposure import NO_OPEN_ADMIN_PORT, NO_PUBLIC_DATABASE
from strata.policy.rules.images import IMAGE_AGE, NO_IMAGE_OF_A_SERVER, NO_IMAGE_OF_A_SNAPSHOT
from strata.policy.rules.listeners import TLS_FLOOR
from strata.policy.rules.protection import CONTROLLED_PROTECTED
from strata.policy.rules.secrets import NO_SECRETS_IN_THE_OPEN
from strata.policy.rules.servers import IMDSV2, NUMBERED_TEMPLATE_VERSION
from strata.policy.rules.tags import REQUIRED_TAGS

__all__ = ["RULES"]

RULES: Final[tuple[Rule, ...]] = (
    NUMBERED_TEMPLATE_VERSION,
    IMDSV2,
    NO_IMAGE_OF_A_SERVER,
    NO_IMAGE_OF_A_SNAPSHOT,
    IMAGE_AGE,
    DIGEST_ONLY,
    NO_SECRETS_IN_THE_OPEN,
    ENCRYPTED,
    NO_PUBLIC_DATABASE,
    NO_OPEN_ADMIN_PORT,
    TLS_FLOOR,
    CONTROLLED_PROTECTED,
    REQUIRED_TAGS,
)
"""Every rule; their ids never change."""
