"""The shapes text settings must have, each with the words a message uses for it."""

from types import MappingProxyType
from typing import Final

__all__ = [
    "ACCOUNT",
    "AMI_ID",
    "APP",
    "BUCKET",
    "CERTIFICATE",
    "CRON",
    "DATE",
    "ENVIRONMENT_KEY",
    "FOLDER",
    "HOST",
    "HTTP_CODES",
    "INSTANCE_TYPE",
    "NAME",
    "PARAMETER",
    "PERMISSIONS",
    "ROUTE_PATH",
    "TEXT",
    "TIME_OF_DAY",
    "TLS_POLICY",
    "TOPIC",
    "URL_PATH",
    "VERSION",
    "WORDS",
]

NAME: Final = r"^[a-z][a-z0-9-]{0,31}$"
VERSION: Final = r"^[0-9A-Za-z][0-9A-Za-z._+-]{0,63}$"
AMI_ID: Final = r"^ami-([0-9a-f]{8}|[0-9a-f]{17})$"
PARAMETER: Final = r"^/[A-Za-z0-9_.\-/]{1,1010}$"
APP: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
ACCOUNT: Final = r"^(self|amazon|aws-marketplace|[0-9]{12})$"
BUCKET: Final = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
CERTIFICATE: Final = r"^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$"
TLS_POLICY: Final = r"^ELBSecurityPolicy-TLS"
URL_PATH: Final = r"^/[ -~]{0,1023}$"
HTTP_CODES: Final = r"^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$"
HOST: Final = r"^[A-Za-z0-9.*?-]{1,128}$"
ROUTE_PATH: Final = r"^/[A-Za-z0-9_.$/~\"'@:+*?&=-]{0,127}$"
CRON: Final = r"^(\S+\s+){4}\S+$"
DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(Z|\+00:00)?)?$"
INSTANCE_TYPE: Final = r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$"
ENVIRONMENT_KEY: Final = r"^[A-Z][A-Z0-9_]{0,63}$"
FOLDER: Final = r"^(/[A-Za-z0-9._-]+){1,4}$"
PERMISSIONS: Final = r"^[0-7]{4}$"
TIME_OF_DAY: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
TOPIC: Final = r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"
TEXT: Final = r"\S"

WORDS: Final = MappingProxyType(
    {
        NAME: "a name of lower-case letters, digits and dashes that begins with a letter, at most 32 characters",
        VERSION: "a version such as 1.4.2, of letters, digits and ._+-, at most 64 characters",
        AMI_ID: "an image id such as ami-0123456789abcdef0",
        PARAMETER: "the name of an SSM parameter, such as /images/web",
        APP: "the value of an app tag, of letters, digits and ._-, at most 128 characters",
        ACCOUNT: "self, amazon, aws-marketplace or a quoted account number of 12 digits",
        BUCKET: "the name of an S3 bucket, 3 to 63 lower-case letters, digits, dots and dashes",
        CERTIFICATE: "the ARN of an ACM certificate",
        TLS_POLICY: "the name of an ELB security policy, such as ELBSecurityPolicy-TLS13-1-2-2021-06",
        URL_PATH: "a path that begins with /, at most 1024 characters",
        HTTP_CODES: "HTTP codes from 200 to 499, such as 200, 200-299 or 200,204",
        HOST: "a host name with * and ? as wildcards, at most 128 characters",
        ROUTE_PATH: "a path that begins with /, with * and ? as wildcards, at most 128 characters",
        CRON: "five cron fields, such as 0 7 * * 1-5",
        DATE: "a day such as 2026-12-01",
        INSTANCE_TYPE: "an EC2 instance type, such as m7g.large",
        ENVIRONMENT_KEY: "a name of upper-case letters, digits and underscores that begins with a letter",
        FOLDER: "a path such as /data, at most four folders deep and 100 characters",
        PERMISSIONS: "four octal digits in quotes, such as '0750'",
        TIME_OF_DAY: "a time in quotes, such as '03:00'",
        TOPIC: "the ARN of an SNS topic",
        TEXT: "a text that is not empty",
    }
)
"""What each pattern means, in words that follow "expected"."""
