"""Language hosts and plugins that begin as copies of an interpreter in which everything is imported already.

An engine run of the tests starts two language hosts and a plugin, and each spends more on imports, on the models of
AWS's services and on what pydantic and Pulumi work out when a class is first used, than on its work.
So the Pulumi homes of most tests hold small scripts (`warm_client.py`) that ask one process (this module, run as a
script) to fork. The copy gets the arguments, environment, folder, standard streams and signals of the script that the
engine started, and ends with it. What it then runs is the product's own module, as `python -m` would. Commands that
start `strata` may do so in an interpreter (`WarmStart.command`) that leaves hosts and plugins to copies. The tests of
toolchains, the soak of servers and what watches every process have a home as the product makes it: new interpreters.
"""

import contextlib
import gc
import json
import os
import pkgutil
import random
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from shlex import quote
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from strata.engine.scripts import put_script

CLIENT = Path(__file__).with_name("warm_client.py")
LONGEST_REQUEST = 1 << 20
STREAMS = 3

HOST = "strata.engine.language_host"
PLUGIN = "strata_rehearsal.plugin.__main__"

PACKAGES = (
    *(f"strata.{room}" for room in ("aws", "components", "engine", "project", "rollout", "settings")),
    *(f"pulumi_aws.{each}" for each in ("autoscaling", "cloudwatch", "ec2", "iam", "kms", "lb", "sns", "ssm", "vpc")),
)
"""What most programs of the tests use, with every module in it."""

LAZY = ("encodings.idna", "grpc._interceptor", "grpc._server", "grpc.experimental")
"""What grpc and sockets import when they are first used."""

INTERPRETER = """\
#!/bin/sh
case "$1 $2 $3" in
"-P -m strata.engine.language_host") what={host} ;;
"-P -m strata_rehearsal.plugin") what={plugin} ;;
*) exec {python} "$@" ;;
esac
shift 3
exec {client} "$what" "$@"
"""
"""Python, but for language hosts and plugins."""

FLEET = Path(__file__).parents[1] / "programs" / "fleet" / "__main__.py"

SERVICES = ("autoscaling", "cloudwatch", "ec2", "elbv2", "iam", "kms", "sns", "ssm", "sts")
"""What most programs, their gates and their plugins call."""

TYPES = (
    *("aws:autoscaling/group:Group", "aws:autoscaling/policy:Policy", "aws:cloudwatch/metricAlarm:MetricAlarm"),
    *("aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/securityGroup:SecurityGroup", "aws:ssm/parameter:Parameter"),
    *("aws:iam/instanceProfile:InstanceProfile", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"),
    *("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:lb/listener:Listener"),
    *("aws:lb/listenerRule:ListenerRule", "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"),
    *("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",),
    *("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",),
)
FUNCTIONS = ("aws:ec2/getAmi:getAmi", "aws:index/getPartition:getPartition")
"""Those of the services of most programs."""


@dataclass(frozen=True)
class WarmStart:
    """A process that was started, and is asked for copies; made by `warm_start`.

    Args:
        address: its socket.
    """

    address: Path

    def put_scripts(self, pulumi_home: Path, plugin: str = PLUGIN) -> None:
        """From now on the language host and the plugin of a Pulumi home start warm.

        Args:
            pulumi_home: made by `ready_home`.
            plugin: the module or the file to run as the plugin.
        """
        for name, what in (("pulumi-language-python", HOST), ("pulumi-resource-aws", plugin)):
            for script in pulumi_home.glob(f"plugins/*/{name}"):
                put_script(script, f"{self._client} {quote(what)}")

    def command(self) -> list[str]:
        """What starts `strata` in a new interpreter whose language hosts and plugins start warm."""
        python = self.address.with_name("python")
        if not python.exists():
            python.write_text(
                INTERPRETER.format(host=HOST, plugin=PLUGIN, python=quote(sys.executable), client=self._client)
            )
            python.chmod(0o755)
        main = f"import sys; sys.executable = {str(python)!r}; from strata.cli import main; main()"
        return [sys.executable, "-c", main]

    @property
    def _client(self) -> str:
        return " ".join(quote(each) for each in (sys.executable, "-I", "-S", str(CLIENT), str(self.address)))


@contextlib.contextmanager
def warm_start() -> Generator[WarmStart]:
    """Start a process to copy; it and all copies end in the end."""
    # not below pytest's folder: the name of a socket must be short
    with tempfile.TemporaryDirectory(prefix="warm") as folder, socket.socket(socket.AF_UNIX) as listening:
        address = Path(folder, "socket")
        listening.bind(str(address))
        listening.listen()
        command = [sys.executable, "-P", __file__, str(listening.fileno())]
        with Popen(command, stdin=PIPE, stdout=DEVNULL, pass_fds=[listening.fileno()], process_group=0) as server:
            yield WarmStart(address)
            # the server ends with its standard input
            server.communicate()


class Server:
    """Forks a copy of this process for each client; never runs anything else after its imports."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._clients: dict[int, socket.socket] = {}
        """The connection to a client by the process id of its copy."""

    def serve(self) -> None:
        """Answer clients until the standard input ends."""
        ended, ending = socket.socketpair()
        for each in (ended, ending):
            each.setblocking(False)  # noqa: FBT003 - it has no name
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ending.fileno())
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ, self._answer)
            selector.register(ended, selectors.EVENT_READ, lambda: self._bury(ended))
            selector.register(sys.stdin, selectors.EVENT_READ, sys.exit)
            while True:
                for key, _ in selector.select():
                    key.data()

    def _answer(self) -> None:
        client, _ = self._listening.accept()
        request, streams, _, _ = socket.recv_fds(client, LONGEST_REQUEST, STREAMS)
        while not request.endswith(b"\n"):
            request += client.recv(LONGEST_REQUEST)
        wanted = json.loads(request)
        pid = os.fork()
        if pid:
            self._clients[pid] = client
            for each in streams:
                os.close(each)
            return
        self._listening.close()
        for other in self._clients.values():
            other.close()
        become(client, streams, wanted)

    def _bury(self, ended: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            ended.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while (status := os.waitpid(-1, os.WNOHANG))[0]:
                with self._clients.pop(status[0]) as client, contextlib.suppress(BrokenPipeError):
                    client.send(bytes([max(0, os.waitstatus_to_exitcode(status[1]))]))


def become(client: socket.socket, streams: list[int], wanted: dict[str, Any]) -> None:
    """Be what the client was started as; does not return."""
    from strata.components.network.existing import follow_references

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    if wanted["alone"]:
        os.setpgid(0, 0)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    os.chdir(wanted["folder"])
    random.seed()
    # decided by the environment as the library is imported, and this process had another one then
    follow_references()
    what = wanted["what"]
    sys.argv = [what, *wanted["arguments"]]
    threading.Thread(target=_live_with, args=(client,), daemon=True).start()
    status = 1
    try:
        if what.endswith(".py"):
            runpy.run_path(what, run_name="__main__")
        else:
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except Exception:  # noqa: BLE001 - as an interpreter of its own would
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(status)


def _live_with(client: socket.socket) -> None:
    """Take the signals that the client got, and leave when it is gone."""
    while content := client.recv(1):
        os.kill(os.getpid(), content[0])
    os._exit(0)


def _import() -> None:
    for name in PACKAGES:
        package = import_module(name)
        # pulumi_aws' packages are read when they are first asked for anything: if a module of theirs asks, while it is
        # imported, the package gets only half of it
        hasattr(package, "anything")
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            import_module(module.name)
    for name in LAZY:
        import_module(name)
    _read_models_of_aws()
    _read_schemas()
    _run_a_program()
    for name in (HOST, PLUGIN):
        import_module(name)
        # what runs as __main__ must not be imported already
        del sys.modules[name]


def _read_models_of_aws() -> None:
    """Read what botocore knows of the services: one loader, which keeps it, serves the sessions of all copies."""
    import boto3
    from botocore import loaders
    from botocore import session as sessions

    loader = loaders.create_loader()
    sessions.create_loader = lambda folders=None: loaders.create_loader(folders) if folders else loader
    session = boto3.Session("nobody", "nothing", region_name="eu-west-1")
    for service in SERVICES:
        client = session.client(service)
        # reads how its answers are divided into pages
        client.can_paginate(next(iter(client.meta.method_to_api_mapping)))


def _read_schemas() -> None:
    """Read what the plugin knows of types and functions; it keeps that for the life of its process."""
    from strata_rehearsal.plugin.schema import function_result, provider_fields, resource_schema

    provider_fields()
    for token in TYPES:
        resource_schema(token)
    for token in FUNCTIONS:
        function_result(token)


def _run_a_program() -> None:
    """Run a program without an engine: what pydantic and Pulumi work out when a class is first used is kept."""
    from strata import testing

    services = {"web": {"routes": [{"priority": 10, "paths": ["/*"]}]}}
    config = {
        "strata:stage": "staging",
        "strata:images": {name: {"version": "1.0.0", "id": "ami-0123456789abcdef0"} for name in services},
        "strata:services": services,
        "trial:network": {
            "vpc_id": "vpc-1",
            "cidr": "10.0.0.0/16",
            "public_subnet_ids": ["subnet-1", "subnet-2"],
            "private_subnet_ids": ["subnet-3", "subnet-4"],
        },
    }
    program = partial(runpy.run_path, str(FLEET), run_name="__main__")
    testing.run(program, config=config, project="trial", preview=True)


if __name__ == "__main__":
    _import()
    gc.collect()
    gc.freeze()
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()
