"""Whatever a stack file looks like: one pin is changed, every other line stays, or the edit is refused."""

import difflib
import json

from hypothesis import given
from hypothesis import strategies as st

from strata.images.pin_file import PinKind, edit_pin
from strata.project.document import parse_document

names = st.sampled_from(["web", "api", "jobs", "a-b"])
versions = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._+-]{0,12}", fullmatch=True)
comments = st.sampled_from(["", " # c", "   # 'x: {y}", " #"])
gaps = st.sampled_from(["", "\n", "    # - {a: b}\n", "# x\n\n"])
quotes = st.sampled_from(['"{}"', "'{}'"])
fields = st.dictionaries(st.sampled_from(["version", "id", "app", "parameter"]), versions, min_size=1)


@st.composite
def pins(draw: st.DrawFn, column: int) -> str:
    """A pin after its key."""
    said = [f"{key}: {draw(quotes).format(value)}" for key, value in draw(fields).items()]
    if draw(st.booleans()):
        pad = draw(st.sampled_from(["", " "]))
        glue = draw(st.sampled_from([", ", ",", f",\n{' ' * (column + 5)}", f", # c\n{' ' * (column + 3)}"]))
        return f" {{{pad}{glue.join(said)}{pad}}}{draw(comments)}\n"
    step = draw(st.integers(1, 4))
    lines = [f"{draw(gaps)}{' ' * (column + step)}{each}{draw(comments)}\n" for each in said]
    return f"{draw(comments)}\n{''.join(lines)}"


@st.composite
def stack_files(draw: st.DrawFn) -> str:
    """A stack file with pins among other things."""
    outer, inner = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    column = outer + inner
    pinned = draw(st.lists(names, unique=True, max_size=3))
    parts = [f"{' ' * outer}strata:stage: prod{draw(comments)}\n{draw(gaps)}"]
    if pinned:
        block = "".join(f"{draw(gaps)}{' ' * column}{name}:{draw(pins(column))}" for name in pinned)
        parts.append(f"{' ' * outer}strata:images:{draw(comments)}\n{block}{draw(gaps)}")
    parts.append(f"{' ' * outer}strata:tags: {{ team: 'a' }}\n")
    text = f"{draw(gaps)}config:{draw(comments)}\n{''.join(draw(st.permutations(parts)))}"
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


proofs = st.fixed_dictionaries({"stack": versions, "soaked": st.integers(0, 10**6), "at": versions})
changes = st.fixed_dictionaries(
    {}, optional={"version": versions, "id": versions, "proof": proofs | st.none(), "parameter": st.none()}
)


def edit(text: str, name: str, pin: dict[str, object]) -> str:
    return edit_pin(text, PinKind.MACHINE, name, pin, source="Pulumi.prod.yaml")


def pins_of(text: str) -> dict[str, dict[str, object]]:
    return parse_document(text, "x").value["config"].get("strata:images") or {}


@given(text=stack_files(), name=names, pin=changes)
def test_the_file_means_what_it_meant_with_that_pin_changed(text: str, name: str, pin: dict[str, object]):
    edited = edit(text, name, pin)
    before, after = parse_document(text, "x").value, parse_document(edited, "x").value
    found = after["config"].get("strata:images", {}).pop(name)
    wanted = before["config"].get("strata:images", {}).pop(name, {}) | pin
    assert found == {key: value for key, value in wanted.items() if value is not None}
    if not after["config"].get("strata:images"):
        after["config"].pop("strata:images", None)
        before["config"].pop("strata:images", None)
    assert json.dumps(after) == json.dumps(before)


@given(text=stack_files(), name=names, version=versions)
def test_what_is_not_of_the_pin_stays_byte_for_byte(text: str, name: str, version: str):
    edited = edit(text, name, {"version": version})
    gone = [
        line[2:]
        for line in difflib.ndiff(text.splitlines(keepends=True), edited.splitlines(keepends=True))
        if line[:2] == "- "
    ]
    known = pins_of(text)
    # at most the line of the version, or the one at the end of which something is added
    assert len(gone) <= 1, gone
    if "version" in known.get(name, {}):
        assert all("version" in line for line in gone)
    assert text.count("#") == edited.count("#")
    assert edited.endswith("\n") is text.endswith("\n")
    assert ("\r\n" in edited) is ("\r\n" in text)
    assert edited.count("\n") - edited.count("\r\n") == 0 or "\r\n" not in text


@given(text=stack_files(), name=names, version=versions, proof=proofs)
def test_the_same_edit_twice_changes_nothing_the_second_time(
    text: str, name: str, version: str, proof: dict[str, object]
):
    once = edit(text, name, {"version": version, "proof": proof})
    assert edit(once, name, {"version": version, "proof": proof}) == once


@given(text=stack_files(), name=names, proof=proofs)
def test_a_proof_that_is_taken_out_leaves_no_trace(text: str, name: str, proof: dict[str, object]):
    if name in pins_of(text):
        assert edit(edit(text, name, {"proof": proof}), name, {"proof": None}) == text
