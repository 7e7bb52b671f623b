"""What ran once before rollouts of a service, and which releases cannot run any more after it."""

from collections.abc import Sequence

from strata.aws.clients import ClientFor
from strata.aws.parameter_tree import read_below
from strata.clock import parse_moment
from strata.rollback.past_releases import PastRelease
from strata.rollout.once_note import OnceNote, once_path, read_once

__all__ = ["passed_by", "read_past_once"]


def read_past_once(client: ClientFor, record: str) -> tuple[OnceNote, ...]:
    """The notes of a service, the oldest first; what somebody has written in their place is left out.

    Args:
        client: gives the boto3 client of a service.
        record: name of its release record.
    """
    found = (read_once(value) for value in read_below(client, once_path(record), recursive=True).values())
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.began))


def passed_by(notes: Sequence[OnceNote], target: PastRelease) -> tuple[str, ...]:
    """After what a release cannot run any more, as clauses: what ran once since it was recorded and says so.

    Args:
        notes: what ran once.
        target: the release.
    """
    return tuple(
        f"{each.task} of {each.image.version} has run at {each.began}, and no release before that can run after it "
        "(`compatible: none`); --force goes back all the same"
        for each in notes
        if each.blocks_way_back
        and each.digest != target.release.digest
        and (target.at is None or parse_moment(each.began) > target.at)
    )
