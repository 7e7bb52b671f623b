"""Tags of a part together with those of the stack."""

from collections.abc import Iterator, Mapping

from strata.problem import Path
from strata.settings.models.rule import Conflict, rule
from strata.settings.parts import parts
from strata.settings.rules.stack_facts import Facts
from strata.tags import TAG_LIMIT, USER_TAG_LIMIT

__all__: list[str] = []


@rule("tag-count", "There are no more tags than AWS takes.")
def count(facts: Facts) -> Iterator[Conflict]:
    shared = facts.settings.tags
    for path, tags in _maps(facts):
        total = len({**shared, **tags})
        # Too many for the whole stack are reported there, and not again by parts that add none.
        if tags and total > USER_TAG_LIMIT:
            yield Conflict(
                path,
                f"{total} tags",
                expected=f"at most {USER_TAG_LIMIT} with those of the stack: AWS takes {TAG_LIMIT}, Strata needs some",
                fix="Remove some.",
                reads=(("tags",),),
            )


@rule("tag-case", "Keys of tags differ by more than case.")
def case(facts: Facts) -> Iterator[Conflict]:
    shared = facts.settings.tags
    for path, tags in _maps(facts):
        first = {} if path == ("tags",) else {key.lower(): key for key in shared}
        for key, value in tags.items():
            other = first.setdefault(key.lower(), key)
            if other != key:
                yield Conflict(
                    (*path, key),
                    value,
                    expected=f"one spelling of the key: {other} is there too, and IAM does not tell them apart",
                    fix=f"Write {other}.",
                )


def _maps(facts: Facts) -> Iterator[tuple[Path, Mapping[str, str]]]:
    yield ("tags",), facts.settings.tags
    for path, part in parts(facts.settings):
        tags: Mapping[str, str] | None = getattr(part, "tags", None)
        if tags is not None:
            yield (*path, "tags"), tags
