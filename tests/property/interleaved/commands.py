"""The commands of both stacks as people give them, in this process, against the local AWS."""

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strata.aws import target
from strata.aws.clients import Clients
from strata.cli.run import run
from strata.errors import StrataError
from strata.rollback import direct_rolls, pulumi_up
from strata.rollout import stack_place
from tests.property.interleaved.engine_stand_in import POLL_SECONDS, StandIn
from tests.property.interleaved.mortal_client import Death, Killed, Meanwhile
from tests.property.interleaved.two_stacks import PROJECT, TwoStacks

__all__ = ["Commands", "Done"]


@dataclass(frozen=True)
class Done:
    """What came of a command.

    Args:
        code: what it ended with; None where it was killed.
        said: what it printed.
        document: its JSON; empty where it has none.
        warned: what it warned of.
    """

    code: int | None
    said: str = ""
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    warned: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it claims to have done what it was asked for."""
        return self.code == 0


class Commands:
    """Gives commands, each with fresh clients.

    Args:
        world: the stacks.
        clients: the clients that all tests share.
        empty: an empty folder, outside the project.
    """

    def __init__(self, world: TwoStacks, clients: SimpleNamespace, empty: Path) -> None:
        self._world = world
        self._empty = empty
        self._session: Any = SimpleNamespace(client=lambda service, config, region_name=None: getattr(clients, service))
        self.engine = StandIn(world, self._session)

    def strata(self, *words: str, death: Death | None = None, nowhere: bool = False) -> Done:
        """`strata` with some words.

        Args:
            words: what follows it, without the folder.
            death: when its process dies. Default: it does not.
            nowhere: whether it is given in an empty folder.
        """
        out, err = io.StringIO(), io.StringIO()
        folder = self._empty if nowhere else self._world.folder
        self.engine.warned = []

        def work() -> int:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                return run([*words, "--json", "-C", str(folder)])

        code = self._mortal(work, death)
        said = out.getvalue() + err.getvalue()
        assert "strata bug" not in said, said
        assert "Traceback" not in said, said
        lines = out.getvalue().strip()
        document = json.loads(lines) if code is not None and lines.startswith("{") else {}
        return Done(code, said, document, tuple(self.engine.warned))

    def up(
        self, stack: str, *, death: Death | None = None, refresh: bool = False, meanwhile: Meanwhile | None = None
    ) -> Done:
        """`pulumi up`."""

        def work() -> int:
            asyncio.run(self.engine.up(stack, refresh=refresh))
            return 0

        try:
            return Done(self._mortal(work, death, meanwhile), warned=tuple(self.engine.warned))
        except StrataError as error:
            return Done(error.exit_code, error.message, warned=tuple(self.engine.warned))

    def _mortal(self, work: Callable[[], int], death: Death | None, meanwhile: Meanwhile | None = None) -> int | None:
        """The exit code of some work; None where it was killed."""
        way = self._world.way
        way.begin(death, meanwhile)
        try:
            with self._patched():
                code = work()
        except Killed:
            return None
        else:
            return None if way.dead else code
        finally:
            way.begin(None)

    @contextlib.contextmanager
    def _patched(self) -> Generator[None]:
        clock, session = self._world.aws.clock, self._session

        def clients(_config: Any = None) -> Clients:
            return Clients(session=session)

        async def applied(project: Path, stack: str, say: Any, stopping: Any) -> None:
            del say, stopping
            assert project == self._world.folder
            await self.engine.up(stack)

        with pytest.MonkeyPatch.context() as patch:
            for module in (target, stack_place):
                patch.setattr(module, "Clients", clients)
                patch.setattr(module, "clock_from_environment", lambda: clock)
            patch.setattr(pulumi_up, "pulumi_up", applied)
            patch.setattr(direct_rolls, "POLL_SECONDS", POLL_SECONDS)
            yield

    @staticmethod
    def whole(stack: str) -> str:
        """A stack's full name."""
        return f"acme/{PROJECT}/{stack}"
