"""What holds after every step, whatever was done and whoever died: two looks at a service are compared."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tests.property.interleaved.commands import Done
from tests.property.interleaved.mortal_client import Meanwhile
from tests.property.interleaved.seen import Seen
from tests.property.interleaved.two_stacks import API, WEB, read_yaml

__all__ = ["claims_of_forbidden", "claims_of_proof", "claims_of_rollback", "claims_of_up", "file_is_whole", "holds"]

_PINNED = ("version", "id", "digest", "proof")


def holds(where: str, before: Seen, after: Seen, *, lifted: frozenset[str]) -> None:
    """Nothing that was forbidden has begun to run, no verdict is lost, and the record names what runs.

    Args:
        where: stack and service, for messages.
        before: as it was before the step.
        after: as it is now.
        lifted: versions whose veto this step was asked to lift.
    """
    _nothing_forbidden_began(where, before, after)
    for name, was, now in (("veto", before.vetoes, after.vetoes), ("revocation", before.revoked, after.revoked)):
        for version, text in was.items():
            if name == "veto" and version in lifted:
                continue
            assert now.get(version) == text, f"{where}: the {name} of {version} was lost: {text}, {now.get(version)}"
    _record_is_true(where, before, after)


def _nothing_forbidden_began(where: str, before: Seen, after: Seen) -> None:
    begun = {after.rollouts[each] for each in after.rollouts.keys() - before.rollouts.keys()}
    assert not begun & before.forbidden, f"{where}: a rollout to {begun & before.forbidden} began"
    # what ran goes on running, and what rolls goes on in AWS: a verdict stops neither
    there = before.runs | ({before.rolling} if before.rolling else set())
    started = {after.launched[each] for each in after.launched.keys() - before.launched.keys()}
    assert not (started & before.forbidden) - there, f"{where}: {started & before.forbidden} was started"
    if after.launches != before.launches:
        assert after.launches not in before.forbidden - there, f"{where}: {after.launches} would be launched"
    recorded = after.recorded if after.recorded != before.recorded else None
    assert recorded not in before.forbidden, f"{where}: {recorded} was recorded although it is forbidden"


def _record_is_true(where: str, before: Seen, after: Seen) -> None:
    if after.record_number != before.record_number:
        # written at a moment when it was true
        assert after.runs_only(after.recorded) or after.rolling, (
            f"{where}: recorded {after.recorded}, runs {after.runs}"
        )
    if after.rolling is not None or after.runs_only(after.recorded):
        return
    said = {str(after.note.get("image", {}).get("version"))} if after.note.get("phase") else set[str]()
    said |= {str(after.begun[key]) for key in ("to_version", "leaves_version") if key in after.begun}
    unknown = after.runs - {after.recorded} - said
    assert not unknown, f"{where}: the record names {after.recorded}, and nothing says why {unknown} runs"


def file_is_whole(original: str, text: str) -> None:
    """A stack file is whole, has its comments, and differs in its pins only."""
    was, now = (_without_pins(deepcopy(read_yaml(each))) for each in (original, text))
    assert was == now
    assert _comments(original) == _comments(text)


def _without_pins(document: Any) -> Any:
    for kind, name in (("images", WEB), ("container_images", API)):
        pin = document["config"][f"strata:{kind}"][name]
        assert pin["version"]
        assert str(pin.get("id") or pin.get("digest"))
        for each in _PINNED:
            pin.pop(each, None)
    return document


def _comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def claims_of_up(where: str, done: Done, service: str, after: Seen) -> None:
    """An `up` that succeeded has brought what is pinned, unless it says that the service is not the release."""
    if not done.ok:
        return
    if any(each.startswith(f"{service}: ") and "not the release" in each for each in done.warned):
        return
    assert after.recorded == after.pinned, f"{where}: up is green, pinned {after.pinned}, recorded {after.recorded}"
    assert after.runs_only(after.pinned), f"{where}: up is green, pinned {after.pinned}, runs {set(after.runs)}"


def claims_of_proof(where: str, done: Done, before: Seen, after: Seen) -> None:
    """What the stack requires a proof of, and nobody in AWS has noted one for, is neither rolled out nor recorded."""
    if before.confirmed or before.pinned == before.recorded:
        return
    assert not done.ok, f"{where}: up is green, pinned {before.pinned}, of which nobody has noted a proof"
    begun = {after.rollouts[each] for each in after.rollouts.keys() - before.rollouts.keys()}
    assert before.pinned not in begun, f"{where}: a rollout to {before.pinned} began, of which nobody noted a proof"
    assert after.recorded == before.recorded, f"{where}: recorded {after.recorded}, of which nobody has noted a proof"


def claims_of_forbidden(where: str, version: str, meanwhile: Meanwhile, before: Seen, after: Seen) -> None:
    """What was forbidden while an `up` ran, so that its gate has read it, is not recorded and does not stay."""
    if not meanwhile.seen or before.recorded == version:
        return
    assert after.recorded != version, f"{where}: recorded {version}, which was forbidden while it was rolled out"
    proven = before.runs_only(before.recorded) and before.launches == before.recorded and before.rolling is None
    if proven and before.recorded not in before.forbidden:
        assert after.runs_only(before.recorded), f"{where}: runs {set(after.runs)} with {version} forbidden meanwhile"
        assert after.launches == before.recorded, f"{where}: would launch {after.launches}"


def claims_of_rollback(where: str, document: Mapping[str, Any], before: Seen, after: Seen) -> None:
    """What a rollback says it has done is what AWS and the stack file have."""
    left, to = document["from"], document["to"]
    assert after.recorded == to, f"{where}: says it runs {to}, recorded {after.recorded}"
    assert after.runs_only(to), f"{where}: says it runs {to}, runs {set(after.runs)}"
    assert to not in before.forbidden, f"{where}: went back to {to}, which is forbidden"
    if left is not None and left != to:
        assert left in after.vetoes, f"{where}: left {left}, which is not vetoed"
        assert left in after.by_id, f"{where}: left {left}, whose image may come back under another name"
    assert to not in after.vetoes, f"{where}: went back to {to}, and vetoed it"
    if document["pin"]["written"]:
        assert after.pinned == to
    if not document["continued"]:
        ran = set(before.runs) | {before.rolling, before.pinned}
        assert left is not None, f"{where}: what a gate has begun to roll has no name"
        assert left in ran, f"{where}: says it left {left}, ran {ran}"
        if document["left_failed"]:
            assert before.recorded == to, f"{where}: says that nothing brought {left}, recorded {before.recorded}"
            assert before.rolling is None, f"{where}: says that nothing brings {left}, rolling {before.rolling}"
        elif document["now"] and before.rolling is None and len(before.runs) == 1:
            assert left in before.runs, f"{where}: says it left {left}, and {set(before.runs)} ran"
