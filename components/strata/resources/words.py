"""Each class of mutability in words, for whoever decides about a plan or reviews a stack."""

from types import MappingProxyType
from typing import Final, NamedTuple

from strata.spectrum import Mutability

__all__ = ["WORDS", "Words"]


class Words(NamedTuple):
    """How a class is described.

    Args:
        what: what is of this class.
        changes: how a change arrives.
        truth: where the truth about it is: what it would be made from again.
        lost: what goes with one of it, where its type says nothing more exact.
    """

    what: str
    changes: str
    truth: str
    lost: str


WORDS: Final = MappingProxyType(
    {
        Mutability.REPLACED: Words(
            "stateless compute: templates, groups, routes to them",
            "a new image on new servers, and the old ones go",
            "the pinned image and the program",
            "nothing that a new one does not bring back",
        ),
        Mutability.VERSIONED: Words(
            "application config, release records, logs",
            "a new version beside the old one",
            "the stack file; earlier versions in AWS",
            "its earlier versions",
        ),
        Mutability.REBUILDABLE: Words(
            "replicas and caches",
            "built again from its source",
            "the protected source it is built from",
            "a copy that can be rebuilt from its source",
        ),
        Mutability.CONTROLLED: Words(
            "databases, buckets and file systems with data",
            "in place, under window, backup and approval",
            "the data itself, and its backups",
            "the data it holds, or what keeps that data safe",
        ),
        Mutability.STABLE: Words(
            "networks, load balancers, roles",
            "rarely and deliberately, in place",
            "the program and the stack file",
            "what everything built on it relies on",
        ),
        Mutability.ROTATED: Words(
            "secrets, certificates and keys",
            "a rotation from outside, never a deploy",
            "AWS alone; the program knows an ARN",
            "the value, for everybody who uses it",
        ),
    }
)
"""Every class, in the order of the spectrum."""
