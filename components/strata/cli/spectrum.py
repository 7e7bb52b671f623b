"""`strata spectrum STACK`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.html_option import html_option, write_page
from strata.cli.options import cwd_option, json_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.review.tiers import ClassGroup, Review, ReviewTier
    from strata.spectrum import Verdict

__all__ = ["command"]

COLOURS = {"allow": "green", "warn": "yellow", "refuse": "red"}


@click.command("spectrum", short_help="Show how mutable each part of a stack is, and what protects it.")
@stack_argument
@html_option("a self-contained page for a review")
@click.option("--local", is_flag=True, help="Read the state of the last rehearsal instead of the program.")
@cwd_option
@json_option
def command(stack: str, html_file: Path | None, cwd: Path, *, local: bool, as_json: bool) -> int:
    """Show how mutable each part of a stack is, and what protects it.

    Reads the program and its stack file: the program runs in this process with AWS's answers mocked, as in a unit
    test. It requires no account, no engine and no state, so it works before the first deployment and shows what the
    next one would create. With --local it reads the state that the last rehearsal left. Secrets are not decrypted, and
    values of inputs are not shown. For example:
    strata spectrum prod --html prod.html
    """
    from strata.project.location import locate, project_name
    from strata.review.build import review
    from strata.review.recording import read_state, record, revision_of

    project, stack = locate(cwd, stack)
    recording = read_state(project, stack) if local else record(project, stack)
    found = review(
        recording.graph,
        project=project_name(project),
        stack=stack,
        stage=recording.stage,
        source=recording.source,
        at=datetime.now(UTC),
        revision=revision_of(project),
    )
    if html_file is not None:
        from strata.review.page import page

        write_page(html_file, page(found))
    if as_json:
        print_json(found.document())
    else:
        _print(found, html_file)
    return ExitCode.OK


def _print(review: "Review", html_file: Path | None) -> None:
    from strata.resources.classes import WORDS

    head = ["tier", "class", "resources", "update", "replace", "delete", "kept by"]
    rows = [[styled(each, dim=True) for each in head]]
    for tier in review.tiers:
        rows += [_row(tier, group, first=index == 0) for index, group in enumerate(tier.groups)]
    print_columns(rows)
    echo()
    for each, count in review.counts.items():
        if count:
            words = WORDS[each]
            echo(f"{styled(each.value, bold=True)}: {words.changes}; source of truth: {words.truth}")
    if html_file is not None:
        echo(f"\nthe page: {html_file}")


def _row(tier: "ReviewTier", group: "ClassGroup", *, first: bool) -> list[str]:
    from strata.review.tiers import JUDGED

    total = len(group.parts)
    return [
        styled(tier.title, bold=True) if first else "",
        group.mutability.value,
        str(total),
        *(_verdicts(group.verdicts(operation), total) for operation in JUDGED),
        ", ".join(group.kept) or "nothing",
    ]


def _verdicts(told: "list[tuple[Verdict, int]]", total: int) -> str:
    words = [
        styled(verdict.value if count == total else f"{verdict.value} ({count})", fg=COLOURS[verdict.value])
        for verdict, count in told
    ]
    return ", ".join(words)
