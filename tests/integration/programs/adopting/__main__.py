"""The program of docs/adopting.md, as it stands there, on a network that is there already."""

import re
from pathlib import Path
from typing import Any

import pulumi

import strata

PAGE = Path(__file__).resolve().parents[4] / "docs" / "adopting.md"

blocks: list[str] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
(taking_over,) = [text for text in blocks if "legacy-orders" in text]
names: dict[str, Any] = {name: getattr(strata, name) for name in strata.__all__}
names["stack"] = strata.Stack.load()
names["network"] = strata.Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
exec(taking_over, names)  # noqa: S102  what the page says, as it says it
pulumi.export("jobs", names["jobs"].deployed_version)
pulumi.export("secret", names["orders"].secret_arn)
