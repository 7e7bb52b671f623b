"""Where a machine image comes from, as EC2 tells it: its source, the server it was made from, and its watermarks.

A watermark stays on whatever is made of an image, by a copy as from a running server. What it was attached to, and the
source of the image itself, tell the two apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.outage import Trouble, describe_failure, error_code, trouble_of
from strata.images.image_scan import ImageScan
from strata.naming import version_in, watermark_name

__all__ = ["ImageOrigin", "Watermark", "attach_watermark", "knows_watermarks"]

_ATTACH: Final = "attach_image_watermark"
_NAME: Final = re.compile(r"[A-Za-z0-9()\[\]./'@_\- ]{3,128}")
"""AttachImageWatermark: `WatermarkName`."""


@dataclass(frozen=True)
class Watermark:
    """What an image says it is, which only the account that it belongs to can have written.

    Args:
        account: the account that wrote it.
        image: the image, by name.
        version: its version.
        source: id of the image that it was written on.
    """

    account: str
    image: str
    version: str
    source: str

    @classmethod
    def parse(cls, found: Mapping[str, Any]) -> "Watermark":
        """Read a watermark as DescribeImages reports it.

        Args:
            found: the watermark.
        """
        account, _, name = str(found.get("WatermarkKey", "")).partition(":")
        return cls(account, name.rpartition("/")[0], version_in(name), str(found.get("SourceImageId") or ""))


@dataclass(frozen=True)
class ImageOrigin:
    """What EC2 says of where an image comes from.

    Args:
        id: the image.
        source: the image that it is a copy of, or that the server it was made from ran; empty where EC2 names none.
        source_region: the region of that image; empty where EC2 names none.
        server: the server that it was made from; empty for none.
        watermarks: its watermarks.
        allowed: whether Allowed AMIs of the account that asks lets it through; None where nobody has switched it on.
        scan: what Inspector last found in it; None where it has not looked.
        marks_known: whether whoever asked can see watermarks at all; not so with an old boto3.
    """

    id: str
    source: str = ""
    source_region: str = ""
    server: str = ""
    watermarks: tuple[Watermark, ...] = ()
    allowed: bool | None = None
    scan: ImageScan | None = None
    marks_known: bool = True

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "ImageOrigin":
        """Read one entry of DescribeImages.

        Args:
            found: the entry.
        """
        return cls(
            id=str(found["ImageId"]),
            source=str(found.get("SourceImageId") or ""),
            source_region=str(found.get("SourceImageRegion") or ""),
            server=str(found.get("SourceInstanceId") or ""),
            watermarks=tuple(Watermark.parse(each) for each in found.get("ImageWatermarks") or ()),
            allowed=found.get("ImageAllowed"),
            scan=ImageScan.of_machine(found.get("ScanResults")),
        )


def knows_watermarks(ec2: Any) -> bool:
    """Whether the installed version of AWS's library knows of watermarks.

    Args:
        ec2: a client of EC2.
    """
    return hasattr(ec2, _ATTACH)


def attach_watermark(ec2: Any, image_id: str, image: str, version: str) -> str:
    """Write the watermark of a version on a machine image; written twice, it is one.

    Args:
        ec2: a client of EC2, of the image's account and region.
        image_id: the machine image.
        image: what it is, by name.
        version: its version.

    Returns:
        why there is none; empty where it was written.
    """
    name = watermark_name(image, version)
    if not knows_watermarks(ec2):
        return "the installed boto3 knows no watermarks"
    if not _NAME.fullmatch(name):
        return f"EC2 has no watermark {name!r}: expected 3 to 128 letters, digits, blanks and ()[]./'@_-"
    try:
        getattr(ec2, _ATTACH)(ImageId=image_id, WatermarkName=name)
    except Exception as error:
        # what AWS refuses it refuses again: the catalogue holds the version, and the next attempt would end here too
        if not error_code(error) or trouble_of(error) is not Trouble.REFUSAL:
            raise
        return describe_failure(error)
    return ""
