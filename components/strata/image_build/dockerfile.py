"""What a Dockerfile says, as far as it can be seen without a builder: its stages, bases, and what cannot be built."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

__all__ = ["BuildStage", "Dockerfile", "Instruction"]

INSTRUCTIONS: Final = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)
"""https://docs.docker.com/reference/dockerfile/"""
SCRATCH: Final = "scratch"

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_][A-Za-z0-9_]*)\1")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_HEREDOC_TAKERS: Final = frozenset({"ADD", "COPY", "RUN"})


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined.

    Args:
        line: its first line, from 1.
        word: its name in capitals.
        rest: what follows.
    """

    line: int
    word: str
    rest: str

    @property
    def flags(self) -> tuple[str, ...]:
        """What begins with two dashes before its arguments."""
        words = self.rest.split()
        count = next((at for at, word in enumerate(words) if not word.startswith("--")), len(words))
        return tuple(words[:count])

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after its flags; those of a list in brackets without their quotes."""
        words = self.rest.split()[len(self.flags) :]
        joined = " ".join(words)
        return tuple(re.findall(r'"((?:[^"\\]|\\.)*)"', joined)) if joined.startswith("[") else tuple(words)

    @property
    def sources(self) -> tuple[str, ...]:
        """The stages or images that it copies or mounts from."""
        named = (flag.partition("=")[2] for flag in self.flags if flag.startswith("--from="))
        mounts = (flag for flag in self.flags if flag.startswith("--mount="))
        from_mounts = (part[5:] for flag in mounts for part in flag.split(",") if part.startswith("from="))
        return (*named, *from_mounts)


@dataclass(frozen=True)
class BuildStage:
    """One stage.

    Args:
        base: what it begins from, variables put in.
        name: its name; "" for none.
        line: the line of its FROM.
        instructions: the others.
    """

    base: str
    name: str
    line: int
    instructions: tuple[Instruction, ...] = field(default=())


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile.

    Args:
        instructions: all of them, in their order.
        args: build arguments that are given, by name.
    """

    instructions: tuple[Instruction, ...]
    args: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def parse(cls, text: str, args: Mapping[str, str] | None = None) -> "Dockerfile":
        """A Dockerfile from its text; what cannot be understood becomes one of its problems."""
        return cls(tuple(_instructions(text)), args or {})

    @cached_property
    def stages(self) -> tuple[BuildStage, ...]:
        """Its stages, the last one is built unless another is asked for."""
        given: dict[str, str] = {}
        stages: list[BuildStage] = []
        for each in self.instructions:
            if each.word == "FROM" and each.arguments:
                base, *more = each.arguments
                named = more[1] if len(more) > 1 and more[0].upper() == "AS" else ""
                stages.append(BuildStage(_put_in(base, given), named.lower(), each.line))
            elif stages:
                last = stages[-1]
                stages[-1] = BuildStage(last.base, last.name, last.line, (*last.instructions, each))
            elif each.word == "ARG":
                name, _, default = each.rest.strip().partition("=")
                given[name] = self.args.get(name, default.strip("\"'"))
        return tuple(stages)

    def external_bases(self, target: str | None = None) -> tuple[str, ...]:
        """The images from outside that a stage needs, each once.

        Args:
            target: the stage. Default: the last.
        """
        stages = self.stages
        at = self._index(target) if target else len(stages) - 1
        found: dict[str, None] = {}
        waiting, seen = [] if at is None or at < 0 else [at], set[int]()
        while waiting:
            at = waiting.pop()
            seen.add(at)
            stage = stages[at]
            for source in (stage.base, *(each for step in stage.instructions for each in step.sources)):
                inner = self._index(source, before=at)
                if inner is None and source != SCRATCH:
                    found[source] = None
                elif inner is not None and inner not in seen:
                    waiting.append(inner)
        return tuple(found)

    def problems(self, target: str | None = None) -> Iterator[tuple[int, str]]:
        """What no builder would build, by line.

        Args:
            target: the stage that is to be built.
        """
        if not any(each.word == "FROM" for each in self.instructions):
            yield 1, "no build stage: there is no FROM"
        begun = False
        for each in self.instructions:
            if each.word not in INSTRUCTIONS:
                yield each.line, f"unknown instruction: {each.word}"
            elif not begun and each.word not in {"FROM", "ARG"}:
                yield each.line, f"no build stage in current context: {each.word} comes before the first FROM"
            elif not each.rest:
                yield each.line, f"{each.word} requires at least one argument"
            elif each.word == "FROM" and not _is_from(each.arguments):
                yield each.line, "FROM requires either one or three arguments"
            elif each.word in {"COPY", "ADD"} and len(each.arguments) < 2:  # noqa: PLR2004 - a source and a place
                yield each.line, f"{each.word} requires at least two arguments"
            begun = begun or each.word == "FROM"
        if target and self._index(target) is None:
            yield 1, f"target stage {target!r} could not be found"

    def copied(self) -> Iterator[tuple[Instruction, str]]:
        """What is copied out of the context: plain paths, without wildcards, variables and addresses."""
        for each in self.instructions:
            if each.word not in {"COPY", "ADD"} or each.sources or "<<" in each.rest:
                continue
            for source in each.arguments[:-1]:
                if not re.search(r"[*?\[$]|://|^git@", source):
                    yield each, source

    def _index(self, name: str, *, before: int | None = None) -> int | None:
        stages = self.stages[:before] if before is not None else self.stages
        if name.isdecimal():
            return int(name) if int(name) < len(stages) else None
        found = [at for at, stage in enumerate(stages) if stage.name == name.lower()]
        return found[-1] if found and name else None


def _is_from(arguments: tuple[str, ...]) -> bool:
    return len(arguments) == 1 or (len(arguments) == 3 and arguments[1].upper() == "AS")  # noqa: PLR2004 - BASE AS NAME


def _put_in(text: str, given: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: given.get(found[1] or found[3]) or found[2] or "", text)


def _instructions(text: str) -> Iterator[Instruction]:
    lines = text.removeprefix("\ufeff").splitlines()
    escape = _escape(lines)
    at = 0
    while at < len(lines):
        first, parts = at, list[str]()
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.lstrip().startswith("#") or (not line.strip() and parts):
                continue
            continued = line.rstrip().endswith(escape)
            parts.append(line.rstrip().removesuffix(escape) if continued else line)
            if not continued:
                break
        whole = " ".join(part.strip() for part in parts).strip()
        if not whole:
            continue
        word, *rest = whole.split(None, 1)
        made = Instruction(first + 1 + _skipped(lines, first), word.upper(), rest[0] if rest else "")
        for ending in _HEREDOC.findall(made.rest) if made.word in _HEREDOC_TAKERS else ():
            while at < len(lines) and lines[at].strip() != ending[1]:
                at += 1
            at += 1
        yield made


def _skipped(lines: list[str], first: int) -> int:
    """Comments and empty lines before an instruction that begins later than where it was looked for."""
    count = 0
    while first + count < len(lines) - 1 and (
        not lines[first + count].strip() or lines[first + count].lstrip().startswith("#")
    ):
        count += 1
    return count


def _escape(lines: list[str]) -> str:
    """The character that continues a line: a directive at the top may say another one."""
    for line in lines:
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape":
            return found[2]
    return "\\"
