"""A server on which a real shell runs scripts, with programs that are played."""

import os
import subprocess
from pathlib import Path

__all__ = ["ScriptedServer"]


class ScriptedServer:
    """Runs scripts by a real shell, with programs of a server that are played.

    Args:
        folder: where.
        programs: folder of the programs; others may have the same.
        name: its id, as the agent of Systems Manager tells it.
    """

    def __init__(self, folder: Path, programs: Path | None = None, name: str = "i-0") -> None:
        self.folder = folder
        self.bin = programs or folder / "bin"
        self.name = name
        self.bin.mkdir(exist_ok=True)
        self.program("sleep", "exit 0")

    def program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def begin(self, script: str) -> subprocess.Popen[str]:
        """Start a script and leave it running."""
        path = self.folder / "script.sh"
        path.write_text(script)
        environment = {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "AWS_SSM_INSTANCE_ID": self.name}
        return subprocess.Popen(
            ["sh", str(path)],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
        """What a script has come to."""
        try:
            output, error = process.communicate(timeout=60)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, output, error)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return self.end(self.begin(script))
