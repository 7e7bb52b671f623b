"""Prints the folder of the policy pack: `pulumi up --policy-pack $(python -m strata.policy)`."""

from strata.policy import PACK_FOLDER

print(PACK_FOLDER)
