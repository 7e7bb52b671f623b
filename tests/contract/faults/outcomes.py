"""What every command comes to in every fault: played once, on the account and in the order of the permissions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.command_leaves import LEAVES, options_of
from tests.contract.documents.spoken import leaf_of
from tests.contract.faults.weather import Fault, Weather
from tests.contract.permissions.account import Account
from tests.contract.permissions.runs import RUNS, Run

__all__ = ["Outcome", "Pages", "Played", "play"]


@dataclass(frozen=True)
class Outcome:
    """One run in a fault.

    Args:
        leaf: the command.
        line: what was typed.
        fault: what happened to its calls.
        hit: the calls that it happened to.
        ended: the exit code.
        out: what was printed.
        err: what was printed on stderr.
        wrote: files of the project that are not what they were.
    """

    leaf: str
    line: str
    fault: Fault
    hit: tuple[str, ...]
    ended: int
    out: str
    err: str
    wrote: tuple[str, ...]


@dataclass(frozen=True)
class Pages:
    """One run twice: with whole answers, and with answers in pages of one item.

    Args:
        line: what was typed.
        whole: exit code and outputs.
        paged: the same with pages.
    """

    line: str
    whole: tuple[int, str, str]
    paged: tuple[int, str, str]


@dataclass
class Played:
    """Everything that was seen.

    Args:
        outcomes: of every run with every call refused.
        single: of the first run of each command with one operation refused, for each that it asks.
        pages: of every run that changes nothing.
        ended: how the runs that count ended, all of them with answers in pages.
        tried: the operations that the runs which change nothing ask, by command.
        cut: the operations whose answers came in more than one page.
    """

    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    single: list[Outcome] = field(default_factory=list[Outcome])
    pages: list[Pages] = field(default_factory=list[Pages])
    ended: list[tuple[Run, int, str]] = field(default_factory=list[tuple[Run, int, str]])
    tried: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    cut: set[str] = field(default_factory=set[str])


def play(account: Account) -> Played:
    """Run everything: in each fault, which changes nothing, and then as it is.

    Args:
        account: fresh.
    """
    played, weather = Played(), Weather()
    account.recorder.watch(weather.over)
    asked: set[tuple[str, str]] = set()
    for number, run in enumerate(RUNS):
        run.before(account)
        leaf = leaf_of(run.line)
        for fault in Fault:
            played.outcomes.append(_in(account, weather, leaf, run.line, fault))
        trial = _trial(leaf, run.line)
        if trial is not None:
            with account.recorder.of(f"trial {number}"):
                whole = account.told(trial, "--json")
            with weather.in_pages():
                played.pages.append(Pages(trial, whole, account.told(trial, "--json")))
            operations = {each.partition(":")[2] for each in account.recorder.by(f"trial {number}")}
            played.tried.setdefault(leaf, set()).update(operations)
            fresh = sorted(each for each in operations if (leaf, each) not in asked)
            asked |= {(leaf, each) for each in fresh}
            played.single += [_in(account, weather, leaf, trial, Fault.THROTTLED, only=each) for each in fresh]
        with weather.in_pages():
            ended, out, err = account.told(run.line)
        played.ended.append((run, ended, out + err))
    played.cut = weather.cut
    return played


def _trial(leaf: str, line: str) -> str | None:
    """A line that asks the same and changes nothing; None where there is none."""
    if "--apply" in line or "--notify" in line or leaf == "rollout watch":
        return None
    changes = "--dry-run" in options_of(dict(LEAVES)[leaf]) and (
        leaf != "drift" or {"--heal", "--record"} & {*line.split()}
    )
    return f"{line} --dry-run" if changes else line


def _in(account: Account, weather: Weather, leaf: str, line: str, fault: Fault, only: str = "") -> Outcome:
    before, began = _files(account.folder), account.aws.clock.time
    with weather.of(fault, only) as hit:
        ended, out, err = account.told(line, *(["--json"] if fault is Fault.THROTTLED and not only else []))
    if fault is not Fault.WRITES_THROTTLED:
        # nothing was asked that could have seen how long a command waited
        account.aws.clock.time = began
    after = _files(account.folder)
    wrote = sorted(str(each) for each in {*before, *after} if before.get(each) != after.get(each))
    for path, content in before.items():
        # what a run wrote that nothing happened to is written by the one that counts
        path.write_bytes(content)
    return Outcome(leaf, line, fault, tuple(hit), ended, out, err, tuple(wrote))


def _files(folder: Path) -> dict[Path, bytes]:
    found: Iterable[Path] = folder.rglob("*")
    return {each: each.read_bytes() for each in found if each.is_file() and "__pycache__" not in each.parts}
