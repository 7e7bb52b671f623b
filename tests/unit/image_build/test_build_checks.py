"""What no builder would build is found without one."""

from pathlib import Path

import pytest

from strata.errors import ImageError
from strata.image_build.build_checks import require_buildable
from strata.image_build.build_context import BuildContext, ImageBuild


@pytest.fixture
def build(tmp_path: Path) -> ImageBuild:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY src /src\nCOPY ./src/main.py empty . /x/\n")
    return ImageBuild(BuildContext(tmp_path))


def test_what_can_be_built_has_no_findings(build: ImageBuild):
    assert [stage.base for stage in require_buildable(build).stages] == ["scratch"]


def test_every_finding_is_named_at_once_with_file_and_line(build: ImageBuild):
    folder = build.context.folder
    (folder / ".dockerignore").write_text("src\n")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPYY a b\nCOPY src /src\nADD nothing.txt /x\n")
    with pytest.raises(ImageError) as raised:
        require_buildable(ImageBuild(BuildContext(folder)))
    said = str(raised.value).splitlines()
    assert said[1:4] == [
        f"  {folder}/Dockerfile:2: unknown instruction: COPYY",
        f"  {folder}/Dockerfile:3: COPY src: it is left out by .dockerignore",
        f"  {folder}/Dockerfile:4: ADD nothing.txt: not found in the build context",
    ]
