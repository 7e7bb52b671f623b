"""The processes the engine starts: they serve, they run Python, and they leave with the engine."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import grpc
import pytest
from pulumi import RunError
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from strata.engine.language_host import run_program
from strata.engine.plugin_process import PluginProcess

HOST = [sys.executable, "-P", "-m", "strata.engine.language_host", "127.0.0.1:1"]
PATIENCE_SECONDS = 60


@pytest.fixture
def host(tmp_path):
    """A language host as the engine starts one: its standard input is a pipe that is never written to."""
    with subprocess.Popen(HOST, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        yield process, f"127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


def test_the_host_leaves_when_its_input_ends(host):
    process, _ = host
    process.stdin.close()
    assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_host_leaves_quietly_when_it_is_told(host, number):
    process, _ = host
    process.send_signal(number)
    assert process.wait(PATIENCE_SECONDS) == 0


def test_a_host_without_a_pipe_leaves_when_its_parent_does(tmp_path):
    parent = textwrap.dedent(f"""
        import subprocess
        host = subprocess.Popen({HOST!r}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr={{err}})
        host.stdout.readline()
        host.stdout.close()
    """)
    # The host holds the write end of this pipe: reading it to the end is waiting for the host's end.
    read, write = os.pipe()
    with subprocess.Popen([sys.executable, "-c", parent.format(err=write)], pass_fds=[write], cwd=tmp_path) as started:
        os.close(write)
        assert started.wait(PATIENCE_SECONDS) == 0
    assert os.read(read, 1) == b""
    os.close(read)


def test_the_host_answers_what_the_engine_asks_before_a_run(host):
    with grpc.insecure_channel(host[1]) as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)
        stub.Handshake(language_pb2.LanguageHandshakeRequest(engine_address="x"), timeout=PATIENCE_SECONDS)
        assert list(stub.InstallDependencies(language_pb2.InstallDependenciesRequest(directory="."))) == []
        assert stub.About(language_pb2.AboutRequest()).executable == sys.executable
        found = stub.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest()).dependencies
        assert "pulumi" in {each.name for each in found}
        assert list(stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest()).packages) == []


def plugin_request(folder: Path, *arguments: str, **environment: str) -> language_pb2.RunPluginRequest:
    return language_pb2.RunPluginRequest(
        pwd=str(folder),
        args=arguments,
        env=[f"{name}={value}" for name, value in {**os.environ, **environment}.items()],
        info=language_pb2.ProgramInfo(program_directory=str(folder), entry_point="."),
    )


def test_a_plugin_gets_its_arguments_and_environment_and_its_output_and_exit_code_come_back(host, tmp_path):
    (tmp_path / "beside.py").write_text("WORD = 'beside'")
    (tmp_path / "__main__.py").write_text(
        "import os, sys, beside\n"
        "print(beside.WORD, sys.argv[1:], os.environ['MARK'], flush=True)\n"
        "print('aside', file=sys.stderr)\n"
        "sys.exit(7)\n"
    )
    with grpc.insecure_channel(host[1]) as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)
        answers = list(stub.RunPlugin(plugin_request(tmp_path, "127.0.0.1:1", MARK="a=b"), timeout=PATIENCE_SECONDS))
    assert b"".join(each.stdout for each in answers) == b"beside ['127.0.0.1:1'] a=b\n"
    assert b"".join(each.stderr for each in answers) == b"aside\n"
    assert [each.exitcode for each in answers if each.HasField("exitcode")] == [7]


BLOCKED = "import os, signal\nprint(os.getpid(), flush=True)\nwhile True: signal.pause()\n"


def test_a_plugin_ends_when_the_engine_gives_up_its_call(host, tmp_path):
    (tmp_path / "__main__.py").write_text(BLOCKED)
    with grpc.insecure_channel(host[1]) as channel:
        call = language_pb2_grpc.LanguageRuntimeStub(channel).RunPlugin(plugin_request(tmp_path))
        pid = int(next(call).stdout)
        with OpenProcess(pid) as ended:
            call.cancel()
            ended.wait()


def test_a_plugin_ends_with_a_language_host_that_is_killed(host, tmp_path):
    (tmp_path / "__main__.py").write_text(BLOCKED)
    with grpc.insecure_channel(host[1]) as channel:
        call = language_pb2_grpc.LanguageRuntimeStub(channel).RunPlugin(plugin_request(tmp_path))
        pid = int(next(call).stdout)
        with OpenProcess(pid) as ended:
            host[0].kill()
            ended.wait()


class OpenProcess:
    """A handle on a process that is not a child: `wait` returns when it has ended, and fails after a minute."""

    def __init__(self, pid: int):
        self.descriptor = os.pidfd_open(pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def wait(self) -> None:
        readable, _, _ = select.select([self.descriptor], [], [], PATIENCE_SECONDS)
        assert readable, f"the process was still there after {PATIENCE_SECONDS} s"


def test_ending_a_plugin_that_has_ended_is_nothing(tmp_path):
    (tmp_path / "__main__.py").write_text("")
    process = PluginProcess(str(tmp_path), ".", arguments=[], folder=str(tmp_path), environment=os.environ)
    assert list(process.output()) == []
    assert process.exit_code() == 0
    process.end()


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Runs a program as the host does, and puts this process back as it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))

    def run(text: str, *arguments: str) -> None:
        (tmp_path / "__main__.py").write_text(textwrap.dedent(text))
        run_program(str(tmp_path), str(tmp_path), arguments)

    return run


def test_a_program_runs_in_its_folder_with_its_own_arguments(program, tmp_path):
    (tmp_path / "own_module_of_the_program.py").write_text("VALUE = 1")
    program(
        """
        import os, sys
        import own_module_of_the_program
        from pathlib import Path
        Path("seen").write_text(f"{os.getcwd()} {sys.argv[1:]} {__name__}")
    """,
        "x",
    )
    assert (tmp_path / "seen").read_text() == f"{tmp_path} ['x'] __main__"


@pytest.mark.parametrize("leaving", ["sys.exit()", "sys.exit(0)", "raise SystemExit"])
def test_a_program_may_end_itself(program, leaving):
    program(f"import sys\n{leaving}\nraise ValueError")


@pytest.mark.parametrize("leaving,code", [("sys.exit(3)", "3"), ("sys.exit('no zone')", "no zone")])
def test_a_program_that_ends_itself_with_an_error_fails_with_it(program, leaving, code):
    with pytest.raises(RunError, match=f"exit code {code}"):
        program(f"import sys\n{leaving}")


def test_a_program_that_cannot_be_parsed_shows_where(program):
    with pytest.raises(RunError, match="SyntaxError") as error:
        program("import pulumi\nx = = 1\n")
    assert "x = = 1" in str(error.value)
