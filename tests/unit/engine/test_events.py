import json

import pytest

from strata.engine.events import Changes, Diagnostic, EventLog, Lines, Step, parse_event, stack_outputs


def line(kind, sequence=1, **body):
    return json.dumps({"sequence": sequence, "timestamp": 1700000000, kind: body})


def step(op, type_="aws:iam/role:Role", kind="resOutputsEvent", **new):
    return line(kind, metadata={"op": op, "urn": f"urn::{type_}::web", "type": type_, "new": new}, planning=True)


def test_a_diagnostic_carries_its_text_without_the_line_end():
    event = parse_event(line("diagnosticEvent", severity="warning", message="mind\n", urn="u", ephemeral=True))
    assert (event.sequence, event.timestamp, event.kind) == (1, 1700000000, "diagnosticEvent")
    assert event.diagnostic == Diagnostic("warning", "mind", "u", ephemeral=True)
    assert event.step is None


@pytest.mark.parametrize("level,severity", [("mandatory", "error"), ("advisory", "warning")])
def test_a_policy_speaks_as_loudly_as_it_is_enforced(level, severity):
    event = parse_event(line("policyEvent", policyName="no-b", message="no", enforcementLevel=level, resourceUrn="u"))
    assert event.diagnostic == Diagnostic(severity, "no-b: no", "u")


@pytest.mark.parametrize("kind", ["resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"])
def test_a_step_says_what_is_done_to_what(kind):
    assert parse_event(step("update", kind=kind)).step == Step(
        "update", "urn::aws:iam/role:Role::web", "aws:iam/role:Role", planned=True
    )


def test_an_event_this_version_does_not_know_is_kept_as_other():
    event = parse_event(json.dumps({"sequence": 3, "timestamp": 4, "dreamEvent": {"of": "sheep"}}))
    assert (event.kind, event.step, event.diagnostic) == ("other", None, None)


@pytest.mark.parametrize("text", ["panic: nil", "[1]", ""])
def test_a_line_that_is_no_event_is_kept_with_its_text(text):
    event = parse_event(text)
    assert (event.kind, event.body) == ("other", {"line": text})


def test_changes_follow_the_engines_summary():
    counts = {"create": 2, "import": 1, "update": 3, "replace": 1, "delete": 4, "same": 5, "read": 9}
    assert Changes.of(counts) == Changes(created=3, updated=3, replaced=1, deleted=4, same=5)
    assert Changes.of({"same": 5}).any is False
    assert Changes.of({"delete": 1}).any is True


def test_without_a_summary_changes_are_what_was_seen_to_end():
    lines = [step("create"), step("create", kind="resourcePreEvent"), step("same"), line("preludeEvent")]
    assert Changes.done(parse_event(each) for each in lines) == Changes(created=1, same=1)


def test_outputs_are_those_of_the_stack_as_it_ended():
    stack = "pulumi:pulumi:Stack"
    lines = [step("create", stack), step("create", outputs={"no": 1}), step("create", stack, outputs={"url": "x"})]
    assert stack_outputs([parse_event(each) for each in lines]) == {"url": "x"}
    assert stack_outputs([parse_event(each) for each in lines[:2]]) == {}


def test_lines_are_whole_however_the_bytes_come():
    content = "a\nbücher\r\n\nend".encode()
    for size in range(1, len(content) + 1):
        taken: list[str] = []
        lines = Lines(taken.append)
        for start in range(0, len(content), size):
            lines.feed(content[start : start + size])
        lines.close()
        assert taken == ["a", "bücher", "", "end"], size


def test_a_log_is_read_as_it_grows_and_an_earlier_one_is_gone(tmp_path):
    file, kept = tmp_path / "log", tmp_path / "kept"
    for left in (file, kept):
        left.write_text(line("preludeEvent", 99) + "\n")
    log = EventLog(file, kept)
    assert log.read() == []
    whole, next_one = line("preludeEvent", 1) + "\n", line("summaryEvent", 2) + "\n"
    with file.open("w") as writer:
        for part, expected in ((whole + next_one[:9], [1]), ("", []), (next_one[9:], [2])):
            writer.write(part)
            writer.flush()
            assert [each.sequence for each in log.read()] == expected
    assert [each.sequence for each in log.events] == [1, 2]
    log.close()
    assert kept.read_text() == whole + next_one


def test_what_programs_debug_is_on_no_disk(tmp_path):
    """Pulumi's SDK debugs the outputs of a program with the secrets among them."""
    file, kept = tmp_path / "log", tmp_path / "kept"
    log = EventLog(file, kept)
    with file.open("w") as writer:
        log.read()
        assert list(tmp_path.iterdir()) == [kept], "the file of an engine at work has no name any more"
        print(line("diagnosticEvent", 1, severity="debug", message="canary"), file=writer)
        print(line("diagnosticEvent", 2, severity="info", message="kept"), file=writer, flush=True)
        assert [each.sequence for each in log.read()] == [2]
    log.close()
    assert "canary" not in kept.read_text()
    assert "kept" in kept.read_text()
