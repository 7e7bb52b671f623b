"""The audit of a stack as a page of Markdown, for a reviewer who reads it later (pure)."""

from collections.abc import Iterator

from strata.audit.change_events import ChangeEvent
from strata.audit.change_metrics import ChangeMetrics
from strata.audit.stack_audit import StackAudit
from strata.durations import duration_text

__all__ = ["as_markdown", "metric_lines"]


def metric_lines(metrics: ChangeMetrics) -> list[str]:
    """The figures as sentences; without a change there is no rate."""
    if metrics.failure_rate is None:
        lines = ["Changes: none, so there is no change failure rate."]
    else:
        share = f"{metrics.failed} of {metrics.changes}, {metrics.failure_rate:.0%}"
        lines = [f"Changes: {metrics.changes}.", f"Change failure rate: {share}."]
    if metrics.median_seconds is not None and metrics.longest_seconds is not None:
        lines.append(
            f"Time to restore: median {duration_text(metrics.median_seconds)}, longest"
            f" {duration_text(metrics.longest_seconds)}, of {metrics.restored} failed"
            f" {'change' if metrics.restored == 1 else 'changes'}."
        )
    if metrics.open:
        lines.append(f"Not restored yet: {metrics.open}.")
    lines.append(f"Rollbacks: {metrics.rollbacks}.")
    return lines


def as_markdown(audit: StackAudit) -> str:
    """The whole page, which ends with a line break."""
    return "\n".join([*_lines(audit), ""])


def _lines(audit: StackAudit) -> Iterator[str]:
    yield f"# Audit of {audit.project}/{audit.stack}"
    yield ""
    yield f"{audit.period}. Services: {', '.join(audit.services) or 'none with a release record'}."
    if audit.unreleased:
        yield f"No release record, and no rollout that is noted as succeeded: {', '.join(audit.unreleased)}."
    yield ""
    yield from (f"- {line}" for line in metric_lines(audit.metrics))
    yield ""
    if audit.events:
        yield "| when (UTC) | service | what | version | by | detail |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from (_row(each) for each in audit.events)
    else:
        yield "Nothing is known to have happened."
    yield ""
    if audit.gaps:
        yield "## What is missing from this period"
        yield ""
        yield from (f"- {each}" for each in audit.gaps)
        yield ""
    yield "## What AWS keeps elsewhere"
    yield ""
    yield from (f"- {each}" for each in audit.limits)


def _row(event: ChangeEvent) -> str:
    cells = (
        f"{event.at:%Y-%m-%d %H:%M}",
        event.service,
        f"{event.kind}, failed" if event.left_by_rollback else event.kind.value,
        event.version or "-",
        event.by or "not known",
        event.detail,
    )
    return f"| {' | '.join(_cell(each) for each in cells)} |"


def _cell(text: str) -> str:
    """Text that stays in its cell: reasons are free text."""
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
