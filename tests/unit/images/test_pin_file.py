"""One pin of a stack file is changed, and nothing else in it."""

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from strata.errors import RefusedError, SettingsError, UsageError
from strata.images.pin_file import PinFile, PinKind, edit_pin, open_pin_file, write_pin

PROOF = {
    "stack": "shop/staging",
    "release": "1.5.0",
    "digest": "0123456789abcdef",
    "soaked": 3600,
    "by": "arn:aws:sts::123456789012:assumed-role/deploy/ann@example.com,x",
    "at": "2026-11-29T15:00:00Z",
}
BLOCK = """\
# the shop
config:
  aws:region: eu-west-1   # where the customers are
  strata:images:          # pins

    web: { version: 1.4.2, id: ami-0f3c51d29a7e84b61 }  # since Tuesday
    # the worker
    jobs:
        version: '0.9.3'  # do not touch before March
        id: "ami-0c72a95be813f06d4"
        owners: ["self"]

  # what runs it
  strata:services:
    web: {instance_type: m7g.large}
"""


def edit(text: str, name: str, kind: PinKind = PinKind.MACHINE, **pin: object) -> str:
    return edit_pin(text, kind, name, pin, source="Pulumi.prod.yaml")


def test_only_the_values_of_the_pin_change_in_braces():
    edited = edit(BLOCK, "web", version="1.5.0", id="ami-11111111")
    assert edited == BLOCK.replace("1.4.2", "1.5.0").replace("ami-0f3c51d29a7e84b61", "ami-11111111")


def test_only_the_values_of_the_pin_change_in_a_block_and_keep_their_quotes():
    edited = edit(BLOCK, "jobs", version="1.0.0", id="ami-11111111")
    assert edited == BLOCK.replace("0.9.3", "1.0.0").replace("ami-0c72a95be813f06d4", "ami-11111111")


def test_a_proof_goes_into_braces_on_the_same_line():
    edited = edit(BLOCK, "web", proof=PROOF)
    proof = (
        "proof: { stack: shop/staging, release: 1.5.0, digest: 0123456789abcdef, soaked: 3600, "
        'by: "arn:aws:sts::123456789012:assumed-role/deploy/ann@example.com,x", at: "2026-11-29T15:00:00Z" }'
    )
    assert edited == BLOCK.replace("ami-0f3c51d29a7e84b61 }", f"ami-0f3c51d29a7e84b61, {proof} }}")


def test_a_proof_goes_below_a_block_before_its_blank_lines_and_is_taken_out_again():
    edited = edit(BLOCK, "jobs", proof={"stack": "shop/staging", "soaked": 60})
    added = "        proof:\n          stack: shop/staging\n          soaked: 60\n"
    assert edited == BLOCK.replace('["self"]\n', f'["self"]\n{added}')
    assert edit(edited, "jobs", proof=None) == BLOCK
    again = edit(edited, "jobs", proof={"stack": "shop/qa", "by": "ann"})
    assert again == edited.replace("shop/staging", "shop/qa").replace("soaked: 60", "by: ann")


def test_a_pin_that_is_not_there_is_added_after_the_others_as_they_are_written():
    assert edit(BLOCK, "api", version="2.0.0") == BLOCK.replace(
        '["self"]\n', '["self"]\n    api:\n        version: 2.0.0\n'
    )
    flow = "config:\n  strata:images: {web: {version: 1.4.2}}\n"
    assert (
        edit(flow, "api", version="2.0.0")
        == "config:\n  strata:images: {web: {version: 1.4.2}, api: {version: 2.0.0}}\n"
    )
    line = "config:\n  strata:images:\n    web: { version: 1.4.2 } # c"
    assert edit(line, "api", version="2.0.0") == f"{line}\n    api: {{ version: 2.0.0 }}"


@pytest.mark.parametrize(
    "before, after",
    [
        ("", "config:\n  strata:images:\n    web:\n      version: 1.0.0\n"),
        ("# nothing yet\n", "# nothing yet\nconfig:\n  strata:images:\n    web:\n      version: 1.0.0\n"),
        ("config:\n", "config: { strata:images: { web: { version: 1.0.0 } } }\n"),
        ("config: {}\n", "config: { strata:images: { web: { version: 1.0.0 } } }\n"),
        (
            "config:\n  strata:images: # none\n  strata:stage: dev\n",
            "config:\n  strata:images: { web: { version: 1.0.0 } } # none\n  strata:stage: dev\n",
        ),
        (
            "config:\n  strata:images:\n    web:\n  strata:stage: dev\n",
            "config:\n  strata:images:\n    web: { version: 1.0.0 }\n  strata:stage: dev\n",
        ),
        (
            '{"config": {"strata:images": {"web": {"id": "ami-11111111"}}}}',
            '{"config": {"strata:images": {"web": {"id": "ami-11111111", "version": "1.0.0"}}}}',
        ),
        (
            "config:\n  strata:stage: dev",
            "config:\n  strata:stage: dev\n  strata:images:\n    web:\n      version: 1.0.0",
        ),
    ],
)
def test_a_pin_is_added_where_there_is_nothing(before: str, after: str):
    assert edit(before, "web", version="1.0.0") == after


def test_a_version_that_reads_like_a_number_or_a_day_is_put_in_quotes():
    assert edit(BLOCK, "web", version="1.10") == BLOCK.replace("1.4.2", '"1.10"')
    assert edit(BLOCK, "web", version="2026-11-29") == BLOCK.replace("1.4.2", '"2026-11-29"')


def test_line_ends_of_windows_and_a_missing_last_one_stay():
    text = BLOCK.replace("\n", "\r\n").rstrip("\r\n")
    assert edit(text, "web", version="1.5.0") == text.replace("1.4.2", "1.5.0")
    added = '["self"]\r\n        proof:\r\n          soaked: 60\r\n'
    assert edit(text, "jobs", proof={"soaked": 60}) == text.replace('["self"]\r\n', added)


def test_a_pin_of_a_container_keeps_its_repository():
    text = (
        "config:\n  strata:container_images:\n    search:\n      repository: 1.dkr.ecr/search # ours\n"
        "      version: 3.1.0\n      digest: sha256:9b1f\n"
    )
    edited = edit(text, "search", PinKind.CONTAINER, version="3.2.0", digest="sha256:aa00")
    assert edited == text.replace("3.1.0", "3.2.0").replace("9b1f", "aa00")


def test_fields_are_taken_out_of_braces_wherever_they_are():
    text = "config: {strata:images: {web: {parameter: /x, app: shop, id: a}}}\n"
    assert edit(text, "web", parameter=None) == text.replace("parameter: /x, ", "")
    assert edit(text, "web", app=None) == text.replace(", app: shop", "")
    assert edit(text, "web", id=None) == text.replace(", id: a", "")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_field_that_is_added_and_taken_out_at_the_end_of_a_file_leaves_no_line_end(line_end: str):
    text = "config:\n  strata:images:\n    web:\n      version: a".replace("\n", line_end)
    assert edit(edit(text, "web", proof={"soaked": 60}), "web", proof=None) == text


def test_a_comment_within_braces_stays_when_a_field_beside_it_goes():
    text = (
        "config:\n  strata:images:\n    web: {id: a, # built by hand\n      parameter: /x, # gone soon\n      app: b}\n"
    )
    assert edit(text, "web", parameter=None) == text.replace("a, # built", "a # built").replace(
        "parameter: /x, # gone", ", # gone"
    )
    assert edit(text, "web", id=None) == text.replace("id: a, #", " #")
    late = "config: {strata:images: {web: {id: a # by hand\n , parameter: /x}}}\n"
    with pytest.raises(RefusedError, match="a comment, which would be lost"):
        edit(late, "web", parameter=None)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("x: &b {version: a}\nconfig: {strata:images: {web: *b}}\n", r"web is \*b"),
        ("x: &b {version: a}\nconfig:\n  strata:images:\n    web: {<<: *b, id: c}\n", "by `<<`"),
        ("config: {strata:images: {web: {version: &v a}, api: {version: *v}}}\n", "has the anchor &v"),
        ("config: {strata:images: {web: &w {version: a}, api: *w}}\n", "used elsewhere too, by its anchor"),
        ("config: {strata:images: [web]}\n", "images is no mapping"),
        ("config:\n  strata:images:\n    web:\n      version: |-\n        a\n", "lines of its own"),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, reason: str):
    with pytest.raises(RefusedError, match=reason):
        edit(text, "web", version="b")


def test_an_anchor_that_nothing_refers_to_is_no_obstacle():
    text = "config: {strata:images: {web: &w {version: a}}}\n"
    assert edit(text, "web", version="b") == text.replace("version: a", "version: b")


def test_a_broken_file_is_a_problem_of_the_file():
    with pytest.raises(SettingsError, match="expected YAML"):
        edit("config: [", "web", version="b")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_bytes(BLOCK.encode())
    return tmp_path


def test_a_file_is_written_in_one_step_with_its_mode_and_nothing_is_left_beside_it(project: Path):
    path = project / "Pulumi.prod.yaml"
    path.chmod(0o640)
    file = open_pin_file(project, "prod", PinKind.MACHINE)
    assert file.pin(PinKind.MACHINE, "web") == {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}
    assert file.pin(PinKind.CONTAINER, "web") == {}
    written = write_pin(file, PinKind.MACHINE, "web", {"version": "1.5.0"})
    assert path.read_text() == BLOCK.replace("1.4.2", "1.5.0")
    assert written.content == path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in project.iterdir()) == ["Pulumi.prod.yaml", "Pulumi.yaml"]
    assert write_pin(written, PinKind.MACHINE, "web", {"version": "1.5.0"}).content == written.content


def test_a_file_behind_a_link_is_written_and_the_link_stays(project: Path):
    path, target = project / "Pulumi.prod.yaml", project / "shared.yaml"
    path.rename(target)
    path.symlink_to(target)
    write_pin(open_pin_file(project, "prod", PinKind.MACHINE), PinKind.MACHINE, "web", {"version": "1.5.0"})
    assert path.is_symlink()
    assert "1.5.0" in target.read_text()


def test_a_file_that_somebody_changed_in_the_meantime_is_left_as_it_is(project: Path):
    file = open_pin_file(project, "prod", PinKind.MACHINE)
    path = project / "Pulumi.prod.yaml"
    path.write_text(BLOCK.replace("m7g.large", "m7g.xlarge"))
    with pytest.raises(RefusedError, match="changed by somebody else") as caught:
        write_pin(file, PinKind.MACHINE, "web", {"version": "1.5.0"})
    assert caught.value.exit_code == 3
    assert path.read_text() == BLOCK.replace("m7g.large", "m7g.xlarge")


def _promote(file: PinFile, version: str, barrier, outcomes) -> None:
    barrier.wait()
    try:
        write_pin(file, PinKind.MACHINE, "web", {"version": version})
    except RefusedError:
        outcomes.put(None)
    else:
        outcomes.put(version)


def test_of_many_who_pin_at_once_one_wins(project: Path):
    context = multiprocessing.get_context("fork")
    file, barrier, outcomes = open_pin_file(project, "prod", PinKind.MACHINE), context.Barrier(6), context.Queue()
    people = [context.Process(target=_promote, args=(file, f"2.{n}.0", barrier, outcomes)) for n in range(6)]
    for each in people:
        each.start()
    found = [outcomes.get(timeout=30) for _ in people]
    for each in people:
        each.join()
    [won] = [each for each in found if each is not None]
    assert (project / "Pulumi.prod.yaml").read_text() == BLOCK.replace("1.4.2", won)


def test_pins_for_all_stacks_are_not_hidden_by_one_of_a_stack(project: Path):
    (project / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nconfig:\n  strata:container_images: {value: {a: {reference: b}}}\n"
    )
    with pytest.raises(RefusedError, match=r"strata:container_images is in Pulumi\.yaml") as caught:
        open_pin_file(project, "prod", PinKind.CONTAINER)
    assert "into Pulumi.prod.yaml" in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(project: Path):
    file = open_pin_file(project, "prod", PinKind.MACHINE)
    project.chmod(0o500)
    try:
        with pytest.raises(UsageError, match=r"Pulumi\.prod\.yaml cannot be written"):
            write_pin(file, PinKind.MACHINE, "web", {"version": "1.5.0"})
    finally:
        project.chmod(0o700)


def test_a_file_that_is_no_text_is_named(project: Path):
    (project / "Pulumi.prod.yaml").write_bytes(b"config: \xff\n")
    with pytest.raises(UsageError, match="cannot read"):
        open_pin_file(project, "prod", PinKind.MACHINE)
