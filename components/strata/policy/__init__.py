"""What no stack should contain, as rules over single resources.

The rules are plain functions: `judge` applies them to anything that can be described as a `Resource`. They run inside
the engine as a policy pack (`pulumi up --policy-pack`), in every rehearsal, and on graphs recorded under mocks
(`strata.testing.assert_policies`).
"""

from pathlib import Path
from typing import Final

from strata.policy.rule import Rule, Severity, Terms, Violation
from strata.policy.rules import RULES, judge
from strata.resources.resource import Resource

__all__ = ["PACK_FOLDER", "RULES", "Resource", "Rule", "Severity", "Terms", "Violation", "judge"]

PACK_FOLDER: Final = Path(__file__).with_name("pack")
"""The folder for `pulumi up --policy-pack`; it needs the extra `policy`. `python -m strata.policy` prints it."""
