"""A YAML file that would never end, or go too deep, is a problem with its line, and neither a hang nor a bug."""

from pathlib import Path

import pytest

from strata.cli.run import run
from strata.errors import SettingsError
from strata.project.document import read_document

ALIASES = "config:\n  strata:a0: &a0 [x]\n" + "".join(
    f"  strata:a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 10)
)
DEEP = f"config:\n  strata:tags: {'[' * 600}{']' * 600}\n"
DEEP_BLOCKS = "".join(f"{' ' * at}a{at}:\n" for at in range(400))


@pytest.mark.parametrize(
    "text,found",
    [
        (ALIASES, "aliases that stand for more than 100000 values"),
        (DEEP, "more than 100 levels"),
        (DEEP_BLOCKS, "more than 100 levels"),
    ],
    ids=["aliases of aliases", "lists in lists", "blocks in blocks"],
)
def test_a_file_that_would_fill_the_memory_is_a_problem_of_one_line(tmp_path: Path, text: str, found: str):
    """`strata explain` ran until it was killed, or ended with "strata bug: RecursionError"."""
    file = tmp_path / "Pulumi.live.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as raised:
        read_document(file)
    (problem,) = raised.value.problems
    assert problem.got == found
    assert problem.line is not None


def test_a_value_may_be_used_again_and_again(tmp_path: Path):
    file = tmp_path / "Pulumi.live.yaml"
    file.write_text("config:\n  a: &a { b: c }\n" + "".join(f"  a{at}: *a\n" for at in range(2000)))
    assert read_document(file).value["config"]["a1999"] == {"b": "c"}


@pytest.mark.parametrize(
    "content,says", [(DEEP.encode(), "Pulumi.yaml"), ("name: café\n".encode("latin-1"), "Pulumi.yaml")]
)
def test_a_project_file_that_cannot_be_read_ends_a_command_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
):
    (tmp_path / "Pulumi.yaml").write_bytes(content)
    (tmp_path / "Pulumi.live.yaml").write_text("config:\n  strata:stage: dev\n")
    for command in (["explain", "live"], ["explain", "acme/shop/live"], ["rehearse", "live"]):
        assert run([*command, "-C", str(tmp_path)]) == 2
        told = capsys.readouterr().err
        assert "strata bug" not in told
        assert says in told
