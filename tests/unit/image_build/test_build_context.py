"""Digests of a build: equal exactly where nothing has changed that the image is made of."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from strata.errors import ImageError
from strata.image_build.build_context import BuildContext, ImageBuild


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    (made / "src").mkdir(parents=True)
    (made / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
    (made / "src" / "main.py").write_text("print('hello')\n")
    (made / "notes.md").write_text("nothing of it is copied\n")
    return made


def digest(folder: Path) -> str:
    return BuildContext(folder).digest()


def test_a_digest_names_its_algorithm_and_does_not_depend_on_time_or_place(folder: Path, tmp_path: Path):
    first = digest(folder)
    assert first.startswith("sha256:")
    assert len(first) == 71
    past = time.time() - 10_000
    os.utime(folder / "src" / "main.py", (past, past))
    (folder / "src" / "main.py").chmod(0o600)
    folder.rename(tmp_path / "elsewhere")
    assert digest(tmp_path / "elsewhere") == first


@pytest.mark.parametrize(
    "change",
    [
        lambda at: (at / "src" / "main.py").write_text("print('bye')\n"),
        lambda at: (at / "src" / "main.py").chmod(0o755),
        lambda at: (at / "src" / "main.py").rename(at / "src" / "app.py"),
        lambda at: (at / "src" / "new.py").write_text(""),
        lambda at: (at / "src" / "link").symlink_to("main.py"),
        lambda at: (at / "notes.md").unlink(),
        lambda at: (at / "Dockerfile").write_text("FROM scratch\n"),
    ],
)
def test_every_change_of_the_context_is_another_digest(folder: Path, change: Callable[[Path], object]):
    before = digest(folder)
    change(folder)
    assert digest(folder) != before


def test_what_is_ignored_changes_nothing(folder: Path):
    (folder / ".dockerignore").write_text("*.md\n.git\n.dockerignore\n")
    before = digest(folder)
    (folder / "notes.md").write_text("another text")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref")
    assert digest(folder) == before


def test_the_ignore_file_of_a_dockerfile_goes_before_that_of_the_folder(folder: Path):
    (folder / ".dockerignore").write_text("*.md\n")
    (folder / "Dockerfile.dockerignore").write_text("src\n")
    assert [name for name, _ in BuildContext(folder).files()] == [
        ".dockerignore",
        "Dockerfile",
        "Dockerfile.dockerignore",
        "notes.md",
    ]


def test_a_dockerfile_may_lie_outside_its_context(folder: Path, tmp_path: Path):
    other = tmp_path / "prod.Dockerfile"
    other.write_text("FROM scratch\n")
    assert BuildContext(folder, other).digest() != digest(folder)


def test_a_loop_of_links_is_hashed_as_links(folder: Path):
    (folder / "src" / "self").symlink_to("../src", target_is_directory=True)
    assert digest(folder)


@pytest.mark.parametrize(
    "changes",
    [{"args": {"VERSION": "2"}}, {"target": "test"}, {"platform": "linux/arm64"}, {"secrets": ("npm",)}],
)
def test_what_a_build_is_asked_for_is_part_of_its_digest(folder: Path, changes: dict[str, object]):
    plain = ImageBuild(BuildContext(folder))
    assert replace(plain, **changes).digest != plain.digest
    assert replace(plain, **changes).tag != plain.tag


def test_the_order_of_arguments_and_secrets_is_not_part_of_it(folder: Path):
    one = ImageBuild(BuildContext(folder), args={"A": "1", "B": "2"}, secrets=("x", "y"))
    other = ImageBuild(BuildContext(folder), args={"B": "2", "A": "1"}, secrets=("y", "x"))
    assert one.digest == other.digest


def test_what_is_not_there_is_an_error_with_a_fix(folder: Path, tmp_path: Path):
    with pytest.raises(ImageError, match=r"nowhere is not a folder[\s\S]*`context`"):
        list(BuildContext(tmp_path / "nowhere").files())
    (folder / "Dockerfile").unlink()
    with pytest.raises(ImageError, match=r"Dockerfile .*Dockerfile cannot be read[\s\S]*`dockerfile`"):
        digest(folder)
