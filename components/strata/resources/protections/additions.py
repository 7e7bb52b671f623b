"""What takes protection away by being added to something that is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["ADDED", "Addition"]


@dataclass(frozen=True)
class Addition:
    """A resource that is a part of another one.

    Args:
        input: its input that names the other one.
        to: the other one's type.
        had: the path of what the other one has by itself, which this takes the place of. Default: nothing.
        only: the path of the one input that can take something away. Default: all of the type's can.
    """

    input: str
    to: str
    had: str = ""
    only: str = ""


_BUCKET: Final = "aws:s3/bucket:Bucket"
_TO_BUCKET = Addition("bucket", _BUCKET)

ADDED: Final[Mapping[str, Addition]] = MappingProxyType(
    {
        "aws:backup/vaultPolicy:VaultPolicy": Addition("backupVaultName", "aws:backup/vault:Vault"),
        "aws:dynamodb/resourcePolicy:ResourcePolicy": Addition("resourceArn", "aws:dynamodb/table:Table"),
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": Addition("repository", "aws:ecr/repository:Repository"),
        "aws:ecr/repositoryPolicy:RepositoryPolicy": Addition("repository", "aws:ecr/repository:Repository"),
        "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": Addition(
            "repositoryName", "aws:ecrpublic/repository:Repository"
        ),
        "aws:elasticsearch/domainPolicy:DomainPolicy": Addition("domainName", "aws:elasticsearch/domain:Domain"),
        "aws:kms/keyPolicy:KeyPolicy": Addition("keyId", "aws:kms/key:Key", had="policy"),
        "aws:opensearch/domainPolicy:DomainPolicy": Addition("domainName", "aws:opensearch/domain:Domain"),
        "aws:s3/bucketAcl:BucketAcl": _TO_BUCKET,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _TO_BUCKET,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _TO_BUCKET,
        "aws:s3/bucketPolicy:BucketPolicy": _TO_BUCKET,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _TO_BUCKET,
        "aws:s3/bucketVersioning:BucketVersioning": Addition("bucket", _BUCKET, only="versioningConfiguration.status"),
        "aws:secretsmanager/secretPolicy:SecretPolicy": Addition("secretArn", "aws:secretsmanager/secret:Secret"),
    }
)
"""By type token: what takes something away by being made, unless what it is added to is made with it.

Not the policies of file systems: those are narrower with any.
"""
