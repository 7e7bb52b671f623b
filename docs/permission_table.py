"""What Strata asks of AWS, by what it is for: the one table that `docs/permissions.md` and its policies are made of.

Beside the calls it has what AWS asks of a caller for something else than the call, such as `iam:PassRole`. Which
command does what is in `permission_roles.py`. `tests/contract/permissions/` runs the commands and the parts of
`pulumi up`, and fails on a call that is not here, and on a row that no call has used.
"""

from collections.abc import Mapping
from typing import Final

from permission_data import DATA_PARTS
from permission_glass import GLASS_PARTS
from permission_grant import Part
from permission_images import IMAGE_PARTS
from permission_services import SERVICE_PARTS

__all__ = ["FREE", "MODULES", "PARTS"]

FREE: Final = {"sts:GetCallerIdentity": "AWS allows it to everybody, and a policy cannot forbid it (IAM)."}
"""Calls that need no permission."""

MODULES: Final[Mapping[str, Mapping[str, Part]]] = {
    "docs/permission_services.py": SERVICE_PARTS,
    "docs/permission_images.py": IMAGE_PARTS,
    "docs/permission_data.py": DATA_PARTS,
    "docs/permission_glass.py": GLASS_PARTS,
}
"""The table, by the module in which a part of it is."""

PARTS: Final[Mapping[str, Part]] = {name: part for each in MODULES.values() for name, part in each.items()}
"""What commands do, and what each part of it needs. The keys are what `permission_roles.py` names them by."""
