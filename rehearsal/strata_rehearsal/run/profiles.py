"""Stand-ins for a person's AWS profiles: a program that names one is rehearsed with its region and the local AWS."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path

__all__ = ["missing_profiles_explained", "profile_regions", "write_profiles"]

_MISSING = re.compile(r"ProfileNotFound: The config profile \((.+)\) could not be found")


def profile_regions(*named: str | None) -> dict[str, str | None]:
    """The profiles of whoever runs this, each with its region where it has one; credentials are not looked at.

    Args:
        named: further profiles that a stack names, whether they are there or not.
    """
    from botocore.exceptions import ConfigParseError
    from botocore.session import Session

    others = (*named, os.environ.get("AWS_PROFILE"), os.environ.get("AWS_DEFAULT_PROFILE"))
    found: dict[str, str | None] = {name: None for name in others if name}
    try:
        profiles: Mapping[str, Mapping[str, object]] = Session().full_config.get("profiles", {})
    except ConfigParseError:
        # A broken file of theirs is no matter of a rehearsal, which uses none of it.
        profiles = {}
    regions = {name: profile.get("region") for name, profile in profiles.items()}
    return {**found, **{name: region if isinstance(region, str) else None for name, region in regions.items()}}


def write_profiles(file: Path, regions: Mapping[str, str | None]) -> None:
    """Write a shared config file with credentials that only the local AWS takes.

    Args:
        file: where to.
        regions: region by profile.
    """
    content = ConfigParser(interpolation=None, default_section="\n")
    for name, region in sorted(regions.items()):
        content[name if name == "default" else f"profile {_quoted(name)}"] = {
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            **({"region": region} if region else {}),
        }
    with file.open("w", encoding="utf-8") as stream:
        content.write(stream)


def _quoted(name: str) -> str:
    """A name with blanks is written in quotes, as the AWS CLI does."""
    return f'"{name}"' if " " in name else name


def missing_profiles_explained(errors: Iterable[str]) -> Iterator[str]:
    """The errors of a run, one sentence in place of the traceback of a session with a profile that nobody has here.

    Args:
        errors: as the engine tells them.
    """
    for error in errors:
        missing = _MISSING.search(error)
        yield (
            f"the program names the AWS profile {missing[1]!r}, which is not on this machine\n"
            f"fix: Rehearse with AWS_PROFILE={missing[1]} in the environment, and a stand-in is made for it."
            if missing
            else error
        )
