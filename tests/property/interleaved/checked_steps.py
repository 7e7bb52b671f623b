"""The steps of an interleaving: what people and pipelines do to both stacks, each checked against AWS and the files."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from strata.naming import revocation_name, veto_name
from strata_rehearsal.cloud import patches, state
from tests.property.interleaved.commands import Commands, Done
from tests.property.interleaved.mortal_client import Death, Meanwhile
from tests.property.interleaved.seen import Seen
from tests.property.interleaved.truths import (
    claims_of_forbidden,
    claims_of_proof,
    claims_of_rollback,
    claims_of_up,
    file_is_whole,
    holds,
)
from tests.property.interleaved.two_stacks import SERVICES, STACKS, VERSIONS, WEB, TwoStacks

__all__ = ["CheckedSteps"]

CODES = {0, 1, 2, 3, 6}
"""What a command may end with here: nothing warns strictly, nobody interrupts it, and none of these reports drift."""


class CheckedSteps:
    """Both stacks, and what was seen of them last.

    Args:
        clients: the clients that all tests share.
    """

    def __init__(self, clients: SimpleNamespace) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="strata-interleaving-"))
        project, empty = self.root / "shop", self.root / "empty"
        for each in (project, empty):
            each.mkdir()
        self.world = TwoStacks(clients, project)
        self.commands = Commands(self.world, clients, empty)
        self.original = {stack: self.world.file(stack).read_text() for stack in STACKS}
        self.checkouts = {stack: [text] for stack, text in self.original.items()}
        self.last: tuple[str, str, str | None, list[str], bool] | None = None
        self.said: list[str] = []
        self.ended: Counter[tuple[str, int | None]] = Counter()
        """How often each command ended with what; None where it was killed."""
        self.seen = self._look()

    def end(self) -> None:
        """Nobody needs the local AWS any more."""
        state.use(None)
        patches.restore()
        shutil.rmtree(self.root)

    def spoil(self, service: str, version: str) -> None:
        """Let a version never become healthy."""
        image = self.world.image(service, version).id.rpartition("@")[2]
        kind = {"kind": "unhealthy"} if service == WEB else {"kind": "crash", "after": 1}
        self.world.aws.admin("fault", image=image, **kind)

    def pin(self, service: str, version: str, death: Death | None = None) -> bool:
        """`strata image pin staging`; whether it pinned."""
        before = self.seen["staging", service]
        done = self.commands.strata("image", "pin", "staging", service, version, death=death)
        after = self._check("pin", done)["staging", service]
        if done.ok:
            assert after.pinned == version
            assert version not in before.forbidden
        return done.ok

    def promote(self, service: str, *, older: bool = True, death: Death | None = None) -> bool:
        """`strata image promote prod --from staging`; whether it pinned."""
        source, target = self.seen["staging", service], self.seen["prod", service]
        words = ["image", "promote", "prod", service, "--from", "staging", "--min-soak", "0s"]
        done = self.commands.strata(*words, *(["--allow-older"] if older else []), death=death)
        self._check("promote", done)
        if done.ok:
            pinned = self.world.pin("prod", service)
            assert source.runs_only(source.recorded)
            assert pinned["version"] == source.recorded
            assert pinned["proof"]["digest"] == source.record.digest
            assert source.recorded not in target.forbidden
            assert source.recorded not in source.forbidden, "what staging has forbidden proves nothing"
        return done.ok

    def up(self, stack: str, *, refresh: bool = False, death: Death | None = None) -> bool:
        """`pulumi up`; whether it succeeded."""
        before = self.seen
        done = self.commands.up(stack, refresh=refresh, death=death)
        after = self._check("up", done)
        for service in SERVICES:
            claims_of_up(f"{stack} {service}", done, service, after[stack, service])
            if stack == "prod":
                claims_of_proof(f"{stack} {service}", done, before[stack, service], after[stack, service])
        return done.ok

    def pin_by_hand(self, service: str, version: str) -> None:
        """Somebody pins a version in prod in an editor, with a proof of their own making."""
        self.world.pin_by_hand("prod", service, version)
        self._check("pin by hand", Done(0))

    def up_meanwhile(self, stack: str, service: str, version: str, *, at: int, vetoed: bool = False) -> Meanwhile:
        """`pulumi up` while somebody revokes or vetoes a version of a service; gives what became of that.

        Args:
            stack: the stack.
            service: the service.
            version: the version.
            at: right before which call of `up`.
            vetoed: whether it is vetoed for the service, and not revoked.
        """
        record = self.world.record(stack, service)
        name = veto_name(record, version) if vetoed else revocation_name(service, version)
        meanwhile = Meanwhile(at, lambda: self.world.forbid(name, "loses orders"), seen_by=name)
        before = self.seen[stack, service]
        done = self.commands.up(stack, meanwhile=meanwhile)
        after = self._check("up meanwhile", done)[stack, service]
        claims_of_forbidden(f"{stack} {service}", version, meanwhile, before, after)
        return meanwhile

    def roll_back(
        self,
        stack: str,
        service: str,
        *,
        to: str | None = None,
        now: bool = False,
        nowhere: bool = False,
        death: Death | None = None,
    ) -> bool:
        """`strata rollout rollback`; whether it is back."""
        before, self.last = self.seen[stack, service], (stack, service, to, ["--now"] if now else [], nowhere)
        named = self.commands.whole(stack) if nowhere else stack
        words = [*(["--now"] if now else []), *(["--to", to] if to is not None else [])]
        done = self.commands.strata("rollout", "rollback", named, service, *words, death=death, nowhere=nowhere)
        after = self._check("rollback --now" if now else "rollback", done)[stack, service]
        if done.ok:
            claims_of_rollback(f"{stack} {service}", done.document, before, after)
        return done.ok

    def roll_back_again(self) -> None:
        """The rollback that was given last, once more and to its end."""
        assert self.last is not None
        stack, service, to, words, nowhere = self.last
        self.roll_back(stack, service, to=to, now=bool(words), nowhere=nowhere)

    def revoke(self, stack: str, service: str, version: str, death: Death | None = None) -> None:
        """`strata image revoke`, for all of the account."""
        words = ["image", "revoke", service, version, "--stack", stack, "--reason", "loses orders"]
        done = self.commands.strata(*words, death=death)
        after = self._check("revoke", done)
        if done.ok:
            assert all(version in after[each, service].revoked for each in STACKS)

    def let_back_in(self, stack: str, service: str, version: str, death: Death | None = None) -> None:
        """`strata image unveto`."""
        done = self.commands.strata("image", "unveto", stack, service, version, death=death)
        after = self._check("unveto", done, lifted=(stack, service, version))
        if done.ok:
            assert version not in after[stack, service].vetoes

    def check_out(self, stack: str, which: int) -> None:
        """Somebody goes on with a stack file as it was at some time."""
        known = self.checkouts[stack]
        self.world.file(stack).write_text(known[which % len(known)])
        self.seen = self._look()

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.world.aws.wait(seconds)
        self._check("time", Done(0))

    def near(self, stack: str, service: str) -> list[str]:
        """Versions, those first that matter to a service now."""
        seen = self.seen[stack, service]
        found = [seen.rolling, *sorted(seen.runs), seen.pinned, seen.recorded, seen.begun.get("to_version")]
        return [*(each for each in found if each), *VERSIONS]

    def vetoed(self) -> list[tuple[str, str, str]]:
        """Stack, service and version of each veto."""
        return sorted((*where, version) for where, each in self.seen.items() for version in each.vetoes)

    def _look(self) -> dict[tuple[str, str], Seen]:
        return {(stack, service): self.world.see(stack, service) for stack in STACKS for service in SERVICES}

    def _check(self, what: str, done: Done, lifted: tuple[str, str, str] | None = None) -> dict[tuple[str, str], Seen]:
        before, after = self.seen, self._look()
        self.seen = after
        self.ended[what, done.code] += 1
        self.said.append(f"{what}: {done.code} {done.said.strip()} {' '.join(done.warned)}")
        assert done.code is None or done.code in CODES, done.said
        for stack in STACKS:
            text = self.world.file(stack).read_text()
            file_is_whole(self.original[stack], text)
            if text not in self.checkouts[stack]:
                self.checkouts[stack].append(text)
            for service in SERVICES:
                freed = frozenset({lifted[2]}) if lifted is not None and lifted[:2] == (stack, service) else frozenset()
                holds(f"{stack} {service}", before[stack, service], after[stack, service], lifted=freed)
        names = {"Pulumi.yaml", *(self.world.file(stack).name for stack in STACKS)}
        assert {each.name for each in self.world.folder.iterdir()} == names, "no other file is left behind"
        return after
