"""What tests of several rooms use."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# moto would make 1,300 public images for every region that a test touches; the one test that needs them has them made
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

Script = Callable[[Path, str], Path]


@pytest.fixture
def script() -> Script:
    """Writes an executable shell script."""

    def write(file: Path, body: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        return file

    return write
