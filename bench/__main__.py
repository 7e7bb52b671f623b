"""`python -m bench [ROW...]`: value and goal of each row. It reports and judges nothing: the exit code is 0."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.row import Measured, Plan, Row
from bench.topics import ROWS, TOPICS

ROUNDS = 5


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    # Where Python is told to write no bytecode, as in many containers, every process would compile what is measured: an
    # installed package has its bytecode.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    wanted = [row.key for row in ROWS if not options.rows or row.key in options.rows]
    documents: list[dict[str, Any]] = []
    for row, measured in _measured(wanted, options.rounds):
        documents.append(_document(row, measured))
        if not options.json:
            print(_line(row, measured), flush=True)
    if options.json:
        print(json.dumps({"rows": documents}, indent=2))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory against the goals.")
    keys = [row.key for row in ROWS]
    # choices= would refuse the empty list that stands for all
    rows = f"what to measure, default everything: {', '.join(keys)}"
    parser.add_argument("rows", nargs="*", metavar="ROW", help=rows)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"repetitions of each measurement, default {ROUNDS}")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.rows) - set(keys))
    if unknown:
        parser.error(f"no row is called {', '.join(unknown)}; there are {', '.join(keys)}")
    if options.rounds < 1:
        parser.error(f"--rounds must be 1 or more, got {options.rounds}")
    return options


def _measured(wanted: Sequence[str], rounds: int) -> Iterator[tuple[Row, Measured | str]]:
    """Each wanted row with its value, or with the reason why there is none."""
    for topic in TOPICS:
        rows = [row for row in topic.rows if row.key in wanted]
        if not rows:
            continue
        print(f"measuring {', '.join(row.key for row in rows)} ...", file=sys.stderr, flush=True)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="strata-bench-") as folder:
            try:
                found = topic.measure(Plan(rounds, Path(folder).resolve(), frozenset(wanted)))
            except Exception as error:  # noqa: BLE001 - one row that cannot be measured must not hide the others
                reason = str(error) or type(error).__name__
                yield from ((row, reason) for row in rows)
                continue
        print(f"  took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        yield from ((row, found[row.key]) for row in rows)


def _line(row: Row, measured: Measured | str) -> str:
    if isinstance(measured, str):
        return f"{row.title}\n    not measured: {measured}"
    shown = f"{row.title}: {_number(measured.value)} {row.unit}; {_verdict(row, measured)}\n    {measured.detail}"
    return "\n".join([shown, *(f"    {name:>20}  {_number(value)}" for name, value in measured.curve.items())])


def _verdict(row: Row, measured: Measured) -> str:
    if row.goal is None:
        return f"no goal: {row.no_goal}"
    return f"goal {_number(row.goal)} or less: {'met' if measured.value <= row.goal else 'MISSED'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def _document(row: Row, measured: Measured | str) -> dict[str, Any]:
    shared = {"key": row.key, "title": row.title, "unit": row.unit, "goal": row.goal, "no_goal": row.no_goal}
    if isinstance(measured, str):
        return {**shared, "value": None, "met": None, "detail": measured, "curve": {}}
    met = None if row.goal is None else measured.value <= row.goal
    return {**shared, "value": measured.value, "met": met, "detail": measured.detail, "curve": dict(measured.curve)}


if __name__ == "__main__":
    main(sys.argv[1:])
