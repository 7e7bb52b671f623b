"""What importing the library costs a program that imports pulumi_aws anyway."""

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import partial

from bench.rounds import in_turns
from bench.row import Measured, Plan, Row, Topic

__all__ = ["TOPIC"]

HEAVY = ("boto3", "botocore", "rich", "click", "moto")
"""What only the gate, the command line or a rehearsal needs."""

ROUNDS_FACTOR = 3
"""An import is short next to everything else here, and varies more."""

BARE = "import pulumi, pulumi_aws"
OURS = f"{BARE}\nfrom strata import *"
PYDANTIC = f"{BARE}\nfrom pydantic import BaseModel, Field\nclass Model(BaseModel):\n    field: int = Field(default=1)"
"""The least that a program with typed settings imports."""

MODULES = """
import json, sys
import strata
package = sorted(set(sys.modules) & set({heavy!r}))
from strata import *
print(json.dumps({{"package": package, "names": sorted(set(sys.modules) & set({heavy!r}))}}))
"""

COST = Row("import", "import of all public names, over bare pulumi_aws", "% more", goal=35)
HEAVY_MODULES = Row("import-modules", f"of {', '.join(HEAVY)}: imported by that", "modules", goal=0)


def measure(plan: Plan) -> Mapping[str, Measured]:
    rounds, bare_import = plan.rounds * ROUNDS_FACTOR, partial(_run, BARE)
    pair = in_turns(rounds, partial(_run, OURS), bare_import)
    pydantic = in_turns(rounds, partial(_run, PYDANTIC), bare_import)
    ours, bare = pair.cpu()
    # an import waits for nothing, so processor time is its length on an idle machine
    cost = Measured(
        (pair.cpu_ratio - 1) * 100,
        f"{ours:.2f} s over {bare:.2f} s of processor time",
        {"pydantic alone, % more": (pydantic.cpu_ratio - 1) * 100},
    )
    found = json.loads(_run(MODULES.format(heavy=HEAVY)))
    loaded = sorted({*found["package"], *found["names"]})
    return {COST.key: cost, HEAVY_MODULES.key: Measured(len(loaded), ", ".join(loaded) or "none of them")}


def _run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


TOPIC = Topic((COST, HEAVY_MODULES), measure)
