"""How a preview grows with the number of services."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bench.rounds import Spent, timed
from bench.row import Measured, Plan, Row, Topic
from bench.site import REGION, done, open_site, write_project
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.request import image_id

__all__ = ["TOPIC"]

SIZES = (1, 5, 10, 25, 50)
MIDDLE = 10
PROGRAM = Path(__file__).with_name("programs") / "fleet"
VERSION = "1.0.0"

MANY = Row("many", f"first preview of {SIZES[-1]} services", "s", goal=10)
GROWTH = Row(
    "growth",
    f"first preview, a service more at {SIZES[-1]} against one more at {MIDDLE}, by processor seconds",
    "times as much",
    goal=1.2,
)


def measure(plan: Plan) -> Mapping[str, Measured]:
    names = [f"s{number:02}" for number in range(SIZES[-1])]
    images = [Image(name, VERSION, image_id(name, VERSION)) for name in names]
    spent: dict[int, list[Spent]] = {size: [] for size in SIZES}
    with open_site(plan.folder / "site", images=images) as site:
        engines = {
            size: site.engine(_project(plan.folder / f"n{size}", f"n{size}", names[:size]), f"n{size}")
            for size in SIZES
        }
        done(engines[SIZES[0]].preview())
        for _ in range(max(1, plan.rounds // 2)):
            for size, engine in engines.items():
                spent[size].append(timed(lambda engine=engine: done(engine.preview())))
    medians = {size: median(each.seconds for each in rounds) for size, rounds in spent.items()}
    cpu = {size: median(each.cpu for each in rounds) for size, rounds in spent.items()}
    low, high = SIZES[0], SIZES[-1]
    # a preview asks nobody far away, so processor time is its length on an idle machine
    early, late = ((cpu[to] - cpu[since]) / (to - since) for since, to in ((low, MIDDLE), (MIDDLE, high)))
    return {
        MANY.key: Measured(medians[high], f"processor {cpu[high]:.1f} s"),
        GROWTH.key: Measured(
            late / early,
            "; ".join(
                [f"processor {early * 1000:.0f} ms each up to {MIDDLE}, {late * 1000:.0f} from there", *_steps(medians)]
            ),
            {f"{size} services, s": seconds for size, seconds in medians.items()}
            | {f"{size}, processor s": seconds for size, seconds in cpu.items()},
        ),
    }


def _steps(medians: Mapping[int, float]) -> list[str]:
    """What one more service costs between two sizes."""
    return [
        f"{low} to {high}: {(medians[high] - medians[low]) * 1000 / (high - low):.0f} ms each"
        for low, high in pairwise(SIZES)
    ]


def _project(folder: Path, stack: str, names: list[str]) -> Path:
    def service(rank: int, name: str) -> dict[str, Any]:
        return {
            "instance_type": "m7i.large",
            "capacity": {"min": 2, "max": 4},
            "routes": [{"priority": rank, "paths": [f"/{name}/*"]}],
        }

    config = {
        "aws:region": REGION,
        "strata:stage": "staging",
        "strata:images": {name: {"version": VERSION, "id": image_id(name, VERSION)} for name in names},
        "strata:services": {name: service(rank, name) for rank, name in enumerate(names, start=1)},
    }
    return write_project(folder, name="growth", stack=stack, program=PROGRAM, config=config)


TOPIC = Topic((MANY, GROWTH), measure)
