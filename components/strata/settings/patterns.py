"""The shapes text settings must have, each with the words a message uses for it."""

from types import MappingProxyType
from typing import Final

from strata.aws.facts import load_balancing
from strata.image_build.image_reference import DIGEST, REPOSITORY, TAG

__all__ = [
    "ACCOUNT",
    "ACCOUNT_NUMBER",
    "AMI_ID",
    "ANSIBLE_VARIABLE",
    "APP",
    "ARTIFACT",
    "BACKUP_WINDOW",
    "BUCKET",
    "BUILDER_IMAGE",
    "BUILD_SECRET",
    "CERTIFICATE",
    "COMMIT",
    "CONTAINER_DIGEST",
    "CONTAINER_PATH",
    "CONTAINER_REFERENCE",
    "CONTAINER_REPOSITORY",
    "CONTAINER_USER",
    "CRON",
    "DATABASE",
    "DATABASE_CLASS",
    "DATABASE_IDENTIFIER",
    "DATABASE_USER",
    "DATE",
    "DEVICE",
    "DOMAIN",
    "DURATION",
    "ENGINE_PARAMETER",
    "ENGINE_VERSION",
    "ENVIRONMENT_KEY",
    "FOLDER",
    "FREEZE_EDGE",
    "GITHUB_REPOSITORY",
    "HOST",
    "HTTP_CODES",
    "HTTP_HEADER",
    "IMAGE_CONTENT",
    "INSTANCE_TYPE",
    "KEY",
    "LAMBDA",
    "MAINTENANCE_WINDOW",
    "MOMENT",
    "NAME",
    "PARAMETER",
    "PERMISSIONS",
    "PLAIN_HOST",
    "PLATFORM_VERSION",
    "PLAYBOOK_ARCHIVE",
    "PLAYBOOK_FILE",
    "PROJECT_FILE",
    "REGION",
    "RELEASE_DIGEST",
    "REPORTS",
    "ROTATION_SCHEDULE",
    "ROUTE_PATH",
    "RUNTIME_KEY",
    "SECRET",
    "SHA256",
    "SNAPSHOT",
    "STACK_PATH",
    "TEST_HEADER_VALUE",
    "TEXT",
    "TIME_OF_DAY",
    "TLS_POLICY",
    "TOPIC",
    "URL_PATH",
    "VERSION",
    "WEEKDAYS",
    "WORDS",
    "ZONE",
]

_SIZE: Final = "micro|small|medium|large|[0-9]{0,3}xlarge"
"""What EC2 and RDS both call the sizes of a family; families come and go."""

NAME: Final = r"^[a-z][a-z0-9-]{0,31}$"
STACK_PATH: Final = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$"
RELEASE_DIGEST: Final = r"^[0-9a-f]{16}$"
VERSION: Final = r"^[0-9A-Za-z][0-9A-Za-z._+-]{0,63}$"
AMI_ID: Final = r"^ami-([0-9a-f]{8}|[0-9a-f]{17})$"
PARAMETER: Final = r"^/[A-Za-z0-9_.\-/]{1,1010}$"
APP: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
ACCOUNT: Final = r"^(self|amazon|aws-marketplace|[0-9]{12})$"
ACCOUNT_NUMBER: Final = r"^[0-9]{12}$"
ARTIFACT: Final = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9._/-]*\{version\}[A-Za-z0-9._/-]*$"
BUILDER_IMAGE: Final = (
    r"^arn:[a-z-]+:imagebuilder:[a-z0-9-]+:(aws|aws-marketplace|[0-9]{12}):image/[a-z0-9-_]+/"
    r"[0-9]{1,10}\.[0-9]{1,10}\.[0-9]{1,10}/[0-9]{1,10}$"
)
DEVICE: Final = r"^/dev/[a-z0-9]{2,10}$"
PROJECT_FILE: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$"
PLAYBOOK_ARCHIVE: Final = (
    r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*\.(tar\.gz|zip)$"
)
PLAYBOOK_FILE: Final = r"^([A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*\.ya?ml$"
ANSIBLE_VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
SHA256: Final = r"^[0-9a-f]{64}$"
GITHUB_REPOSITORY: Final = r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$"
COMMIT: Final = r"^[0-9a-f]{40}$"
REGION: Final = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
BUILD_SECRET: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"  # noqa: S105 - the id of one, not one
BUCKET: Final = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
CONTAINER_DIGEST: Final = rf"^{DIGEST}$"
IMAGE_CONTENT: Final = rf"^(ami-([0-9a-f]{{8}}|[0-9a-f]{{17}})|{DIGEST})$"
CONTAINER_REFERENCE: Final = rf"^{REPOSITORY}(:{TAG})?(@{DIGEST})?$"
CONTAINER_REPOSITORY: Final = rf"^{REPOSITORY}$"
CERTIFICATE: Final = r"^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$"
TLS_POLICY: Final = r"^ELBSecurityPolicy-"
URL_PATH: Final = r"^/[ -~]{0,1023}$"
HTTP_CODES: Final = r"^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$"
HTTP_HEADER: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
TEST_HEADER_VALUE: Final = r"^[A-Za-z0-9_.-]+$"
HOST: Final = load_balancing.HOST
PLAIN_HOST: Final = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$"
ROUTE_PATH: Final = load_balancing.PATH
CRON: Final = r"^(\S+\s+){4}\S+$"
DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(Z|\+00:00| \+0000 UTC)?)?$"
INSTANCE_TYPE: Final = rf"^[a-z][a-z0-9-]*\.(nano|{_SIZE}|metal(-[0-9]+xl)?)$"
ENVIRONMENT_KEY: Final = r"^[A-Z][A-Z0-9_]{0,63}$"
CONTAINER_PATH: Final = r"^(/[A-Za-z0-9._-]+){1,16}$"
CONTAINER_USER: Final = r"^[1-9][0-9]{0,8}(:[1-9][0-9]{0,8})?$"
PLATFORM_VERSION: Final = r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}$"
FOLDER: Final = r"^(/[A-Za-z0-9._-]+){1,4}$"
PERMISSIONS: Final = r"^[0-7]{4}$"
TIME_OF_DAY: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
DURATION: Final = r"^[1-9][0-9]{0,4}[mhd]$"
FREEZE_EDGE: Final = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
    r"|([01][0-9]|2[0-3]):[0-5][0-9])$"
)
WEEKDAYS: Final = r"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$"
TOPIC: Final = r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"
TEXT: Final = r"\S"
RUNTIME_KEY: Final = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
SECRET: Final = r"^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}$"  # noqa: S105 - the ARN of one, not one
KEY: Final = r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}$"
LAMBDA: Final = r"^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?$"
REPORTS: Final = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*$"
ROTATION_SCHEDULE: Final = r"^(rate\([1-9][0-9]{0,4} (hour|day)s?\)|cron\([^()]{11,200}\))$"
DOMAIN: Final = r"^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$"
ZONE: Final = r"^Z[A-Z0-9]{1,31}$"
BACKUP_WINDOW: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
DATABASE: Final = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"
DATABASE_CLASS: Final = rf"^db\.[a-z][a-z0-9-]*\.({_SIZE})$"
DATABASE_IDENTIFIER: Final = r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$"
DATABASE_USER: Final = r"^[A-Za-z][A-Za-z0-9_]{0,62}$"
ENGINE_PARAMETER: Final = r"^[a-z][a-z0-9_.-]{0,254}$"
ENGINE_VERSION: Final = r"^[0-9]{1,3}(\.[0-9]{1,3}){0,2}(-[A-Za-z0-9]+(\.[0-9]+)?)?$"
MAINTENANCE_WINDOW: Final = (
    r"^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]"
    r"-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$"
)
MOMENT: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
SNAPSHOT: Final = r"^(arn:[a-z-]+:rds:[a-z0-9-]+:[0-9]{12}:snapshot:|rds:)?[A-Za-z][A-Za-z0-9-]{0,254}$"

WORDS: Final = MappingProxyType(
    {
        NAME: "a name of lower-case letters, digits and dashes that begins with a letter, at most 32 characters",
        STACK_PATH: "a project and a stack of it, such as shop/staging",
        RELEASE_DIGEST: "the digest of a release, 16 hexadecimal digits",
        VERSION: "a version such as 1.4.2, of letters, digits and ._+-, at most 64 characters",
        AMI_ID: "an image id such as ami-0123456789abcdef0",
        PARAMETER: "the name of an SSM parameter, such as /images/web",
        APP: "the value of an app tag, of letters, digits and ._-, at most 128 characters",
        ACCOUNT: "self, amazon, aws-marketplace or a quoted account number of 12 digits",
        ACCOUNT_NUMBER: "a quoted account number of 12 digits",
        ARTIFACT: "an object of S3 with the version in its key, such as s3://builds/web/{version}.tar.gz",
        BUILDER_IMAGE: "the ARN of an Image Builder image with its full version and build",
        DEVICE: "the name of a device, such as /dev/xvda",
        PROJECT_FILE: "the path of a file from the program's folder, of letters, digits and ._-, without ..",
        PLAYBOOK_ARCHIVE: "an archive in S3 that ends with .tar.gz or .zip, such as s3://builds/shop/7f3a.tar.gz",
        PLAYBOOK_FILE: "the path of a playbook in its archive or repository, such as site.yml, without ..",
        ANSIBLE_VARIABLE: "the name of an Ansible variable, of letters, digits and underscores",
        SHA256: "a SHA-256 as sha256sum prints it, 64 hexadecimal digits in lower case",
        GITHUB_REPOSITORY: "the owner and the name of a repository, such as shop/servers, without a branch",
        COMMIT: "a commit in full, 40 hexadecimal digits, and no branch or tag, which move",
        REGION: "an AWS region, such as eu-central-1",
        BUCKET: "the name of an S3 bucket, 3 to 63 lower-case letters, digits, dots and dashes",
        BUILD_SECRET: "the id of a secret of a build, such as npm",
        CONTAINER_DIGEST: "the digest of an image, sha256: and 64 hexadecimal digits",
        IMAGE_CONTENT: "an image id such as ami-0123456789abcdef0, or a digest, sha256: and 64 hexadecimal digits",
        CONTAINER_REFERENCE: "an image by its digest, repository@sha256:...",
        CONTAINER_REPOSITORY: "a repository without tag and digest, such as ghcr.io/shop/web",
        CERTIFICATE: "the ARN of an ACM certificate",
        TLS_POLICY: "the name of an ELB security policy, such as ELBSecurityPolicy-TLS13-1-2-2021-06",
        URL_PATH: "a path that begins with /, at most 1024 characters",
        HTTP_CODES: "HTTP codes from 200 to 499, such as 200, 200-299 or 200,204",
        HTTP_HEADER: "the name of an HTTP header, such as X-Version",
        TEST_HEADER_VALUE: "letters, digits, _, . and -, such as true",
        PLAIN_HOST: "a host name with a dot, and without wildcards",
        HOST: "a host name with a dot and letters after the last one, * and ? as wildcards, at most 128 characters",
        ROUTE_PATH: "a path that begins with /, without =, with * and ? as wildcards, at most 128 characters",
        CRON: "five cron fields, such as 0 7 * * 1-5",
        DATE: "a day such as 2026-12-01",
        INSTANCE_TYPE: "an EC2 instance type, such as m7g.large",
        ENVIRONMENT_KEY: "a name of upper-case letters, digits and underscores that begins with a letter",
        CONTAINER_PATH: "a path such as /tmp, below the root",
        CONTAINER_USER: "a user by number, such as 10001 or 10001:10001, and not root",
        PLATFORM_VERSION: "a version of Fargate's platform in quotes, such as '1.4.0'",
        FOLDER: "a path such as /data, at most four folders deep and 100 characters",
        PERMISSIONS: "four octal digits in quotes, such as '0750'",
        TIME_OF_DAY: "a time in quotes, such as '03:00'",
        DURATION: "a number and a unit of minutes, hours or days, such as 30m, 2h or 1d",
        FREEZE_EDGE: "a day such as 2026-12-18, a moment such as '2026-12-18T17:00+01:00' or a time such as '16:00'",
        WEEKDAYS: "a day of the week or two with a dash between them, such as sun or fri-mon",
        TOPIC: "the ARN of an SNS topic",
        TEXT: "a text that is not empty",
        RUNTIME_KEY: "a key of letters, digits and _.-, with / between its levels",
        SECRET: "the ARN of a Secrets Manager secret",
        KEY: "the ARN of a KMS key, not of an alias",
        LAMBDA: "the ARN of a Lambda function",
        REPORTS: "a folder in S3, such as s3://builds/reports",
        ROTATION_SCHEDULE: "a schedule such as rate(30 days) or cron(0 3 1 * ? *)",
        DOMAIN: "a domain name in lower case, such as shop.example.com or *.example.com",
        ZONE: "the id of a Route 53 zone, such as Z0123456789ABCDEFGHIJ",
        BACKUP_WINDOW: "a time range of a day in UTC, such as 02:00-03:00",
        DATABASE: "the name of a database: letters, digits and underscores, beginning with a letter",
        DATABASE_CLASS: "an RDS instance class, such as db.m7g.large",
        DATABASE_IDENTIFIER: "the identifier of an RDS instance: letters, digits and single dashes",
        DATABASE_USER: "a database user: letters, digits and underscores, beginning with a letter",
        ENGINE_PARAMETER: "the name of a parameter of the engine, such as max_connections",
        ENGINE_VERSION: 'an engine version in quotes, such as "16" or "16.4"',
        MAINTENANCE_WINDOW: "a time range of a week in UTC, such as sun:03:30-sun:04:30",
        MOMENT: "a moment in UTC, such as 2026-01-31T08:30:00Z",
        SNAPSHOT: "the identifier or the ARN of a DB snapshot",
    }
)
"""What each pattern means, in words that follow "expected"."""
