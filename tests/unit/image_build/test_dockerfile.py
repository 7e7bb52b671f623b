"""What a Dockerfile says without a builder: stages, bases, and what no builder would build."""

import pytest

from strata.image_build.dockerfile import Dockerfile

PINNED = "python:3.13-slim@sha256:" + "a" * 64
MULTI = f"""# syntax=docker/dockerfile:1
ARG BASE={PINNED}
FROM --platform=$BUILDPLATFORM ${{BASE}} AS Build
# a comment between
RUN pip install \\
    # and one inside
    --target /deps \\
    requests
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/
FROM node:22 AS unused
FROM build AS test
RUN --mount=type=bind,from=unused,target=/x true
FROM scratch
COPY --from=build /deps /deps
COPY --chown=10001 ["app.py", "/app/"]
"""


def problems(text: str, target: str | None = None) -> list[tuple[int, str]]:
    return list(Dockerfile.parse(text).problems(target))


def test_stages_and_the_bases_that_come_from_outside():
    found = Dockerfile.parse(MULTI)
    assert [(stage.base, stage.name, stage.line) for stage in found.stages] == [
        (PINNED, "build", 3),
        ("node:22", "unused", 10),
        ("build", "test", 11),
        ("scratch", "", 13),
    ]
    assert set(found.external_bases()) == {PINNED, "ghcr.io/astral-sh/uv:0.5"}
    assert set(found.external_bases("test")) == {PINNED, "ghcr.io/astral-sh/uv:0.5", "node:22"}
    assert problems(MULTI) == []
    assert [source for _, source in found.copied()] == ["app.py"]


def test_a_build_argument_decides_a_base():
    assert Dockerfile.parse("ARG V=1\nFROM base:$V\n", {"V": "2"}).external_bases() == ("base:2",)
    assert Dockerfile.parse("ARG V\nFROM base:${V:-3}\n").external_bases() == ("base:3",)


@pytest.mark.parametrize(
    "text,line,says",
    [
        ("", 1, "there is no FROM"),
        ("FROM scratch\n\n# why\nCOPYY a /a\n", 4, "unknown instruction: COPYY"),
        ("RUN true\nFROM scratch\n", 1, "RUN comes before the first FROM"),
        ("FROM a b\n", 1, "FROM requires either one or three arguments"),
        ("FROM scratch\nCOPY a\n", 2, "COPY requires at least two arguments"),
        ("FROM scratch\nUSER\n", 2, "USER requires at least one argument"),
    ],
)
def test_what_cannot_be_built_is_named_with_its_line(text: str, line: int, says: str):
    (found,) = problems(text)
    assert found[0] == line
    assert says in found[1]


def test_a_target_must_be_a_stage():
    assert "target stage 'prod'" in problems(MULTI, "prod")[0][1]
    assert problems(MULTI, "TEST") == []
    assert problems(MULTI, "0") == []


def test_the_text_of_a_heredoc_is_not_read_as_instructions():
    text = "FROM scratch\nRUN <<EOF\nset -e\nEOF\nCOPY <<-'END' /motd\nhello\n  END\nCMD [\"/a\"]\n"
    assert problems(text) == []
    assert [each.word for each in Dockerfile.parse(text).instructions] == ["FROM", "RUN", "COPY", "CMD"]


def test_another_escape_character_continues_lines():
    assert problems("# escape=`\nFROM scratch\nRUN a `\n  b\n") == []


def test_paths_that_only_a_builder_can_follow_are_left_to_it():
    text = "FROM scratch\nCOPY *.py $X /a/\nADD https://example.com/x /x\nCOPY src lib /a/\n"
    assert [source for _, source in Dockerfile.parse(text).copied()] == ["src", "lib"]
