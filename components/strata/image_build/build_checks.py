"""What is wrong with a build, found before a builder is asked: in a preview, and where there is no builder."""

from collections.abc import Iterator

from strata.errors import ImageError
from strata.image_build.build_context import ImageBuild
from strata.image_build.dockerfile import Dockerfile

__all__ = ["require_buildable"]


def require_buildable(build: ImageBuild) -> Dockerfile:
    """The Dockerfile of a build that nothing is wrong with, as far as it can be seen.

    Raises:
        ImageError: context or Dockerfile cannot be read, or no builder would build it; every finding with its line.
    """
    found = Dockerfile.parse(build.context.dockerfile_text, build.args)
    findings = [*found.problems(build.target), *_missing(found, build)]
    if findings:
        path = build.context.dockerfile_path
        lines = "\n".join(f"  {path}:{line}: {text}" for line, text in sorted(findings))
        raise ImageError(f"the image cannot be built:\n{lines}", fix="Correct the Dockerfile.")
    return found


def _missing(dockerfile: Dockerfile, build: ImageBuild) -> Iterator[tuple[int, str]]:
    names = [name for name, _ in build.context.files()]
    folders = {"/".join(name.split("/")[:count]) for name in names for count in range(1, name.count("/") + 1)}
    for step, source in dockerfile.copied():
        wanted = source.removeprefix("./").strip("/")
        if wanted in {"", "."} or wanted in folders or wanted in names:
            continue
        # a folder without files is in the context, too
        there = build.context.folder / wanted
        if there.is_dir() and not build.context.ignored.ignores(wanted):
            continue
        why = "it is left out by .dockerignore" if there.exists() else "not found in the build context"
        yield step.line, f"{step.word} {source}: {why}"
