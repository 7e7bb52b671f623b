"""Bake one version: start or continue its execution, follow it, check what came out, and note it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from strata.aws.outage import DEADLINE_SECONDS, Trouble, answered, describe_failure, trouble_of
from strata.caution import caution
from strata.clock import Clock
from strata.errors import BusyError, ImageError, RefusedError
from strata.images.baking.decision import Adopt, Baked, Decision, Start, decide, describe_other_commit
from strata.images.baking.execution import Execution, ExecutionState
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.baking.noted_version import look_at_noted
from strata.images.baking.order import Order
from strata.images.baking.settlement import Settlement
from strata.images.catalogue import Catalogue, CatalogueEntry
from strata.images.pipeline_record import PipelineRecord

__all__ = ["BakeReport", "VersionBake", "image_documents"]

POLL_SECONDS = 15.0


def image_documents(images: Mapping[str, str]) -> list[dict[str, str]]:
    """Images by region, as the JSON of the commands has them."""
    return [{"region": region, "image_id": image} for region, image in images.items()]


@dataclass(frozen=True)
class BakeReport:
    """What became of a version.

    Args:
        record: the pipeline.
        version: the version.
        started: whether this command started the execution.
        status: Image Builder's word, `BAKED` once it is noted, or `PLANNED` where nothing was started.
        execution: ARN of the execution; None where there is none.
        images: image ids by region, once they are noted.
        recipe: version of the recipe that it was or is built by, where that is known; None for that of the pipeline,
            which may be another by now.
    """

    record: PipelineRecord
    version: str
    started: bool
    status: str
    execution: str | None = None
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    recipe: str | None = None

    def document(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "image_name": self.record.app,
            "pipeline": self.record.name,
            "version": self.version,
            "recipe": self.recipe or self.record.recipe,
            "adopted": self.execution is not None and not self.started,
            "status": self.status,
            "execution": self.execution,
            "images": image_documents(self.images),
        }


class VersionBake:
    """The baking of a version by a pipeline.

    Args:
        builder: the pipeline in AWS.
        clock: time.
        say: hears what happens, a line each.
    """

    def __init__(self, builder: LivePipeline, clock: Clock, say: Callable[[str], None]) -> None:
        self._builder = builder
        self._clock = clock
        self._say = say

    def decide(self, record: PipelineRecord, wanted: Order) -> Decision:
        """What is to be done; changes nothing. See `decide`."""
        entry = Catalogue(self._builder.clients_in(record.region)).entry(record.app, wanted.version)
        executions = self._builder.executions(record)
        if (begun := self._begun(record, wanted.version, entry, executions)) is not None:
            return begun
        return decide(
            record,
            wanted,
            known=(entry.identity, entry.recipe) if entry else None,
            executions=executions,
            last=self._builder.order(),
        )

    def _begun(
        self, record: PipelineRecord, version: str, entry: CatalogueEntry | None, executions: list[Execution]
    ) -> Baked | Adopt | None:
        """How a version is finished that an execution of the pipeline has claimed; its recipe may be another by now."""
        made = [each for each in executions if each.version == version and each.state is ExecutionState.AVAILABLE]
        if entry is not None:
            own = any(each.arn == entry.by for each in made)
            return Baked(entry.identity) if own and look_at_noted(self._builder, record, entry).unfinished else None
        claimed = (each for each in made if Settlement(self._builder, record, each).claim is not None)
        return next((Adopt(each) for each in claimed), None)

    def planned(self, record: PipelineRecord, wanted: Order) -> BakeReport:
        """What would be done."""
        decision = self.decide(record, wanted)
        match decision:
            case Baked():
                return self._noted(record, wanted, write=False)
            case Adopt(execution):
                self._say(f"would continue {execution.arn}, which is {execution.status.lower()}")
                _warn_of_commit(record, execution.git_sha, wanted)
                if execution.state is ExecutionState.AVAILABLE:
                    self.settle(record, execution, self._builder.order(), write=False)
                return _of(execution, record, wanted.version, started=False)
            case Start(_, written):
                self._look_at_keys(record)
                if not written:
                    self._settle_earlier(record, write=False)
                self._say(f"would bake {record.app} {wanted.version} by recipe {record.recipe}")
                return BakeReport(record, wanted.version, started=False, status="PLANNED")

    async def run(self, record: PipelineRecord, wanted: Order, tags: Mapping[str, str], *, watch: bool) -> BakeReport:
        """Bake it.

        Args:
            record: the pipeline.
            wanted: the order for a new execution.
            tags: tags of a new execution, which its lifecycle policy selects by.
            watch: wait until it is over.

        Raises:
            ImageError: the execution failed, or what came out is not what the pipeline makes.
            RefusedError: the version is another image already.
            BusyError: another version is being baked.
        """
        decision = self.decide(record, wanted)
        if isinstance(decision, Baked):
            return self._noted(record, wanted, write=True)
        if isinstance(decision, Adopt):
            self._say(f"continuing {decision.execution.arn}")
            _warn_of_commit(record, decision.execution.git_sha, wanted)
            execution, started = decision.execution, False
        else:
            self._look_at_keys(record)
            if not decision.written:
                self._settle_earlier(record, write=True)
                self._builder.put_order(decision.order)
            execution, started = self._builder.execution(self._start(record, decision.order, tags)), True
            self._say(f"started {execution.arn}")
        if execution.state is ExecutionState.RUNNING and not watch:
            return _of(execution, record, wanted.version, started=started)
        execution = await self._followed(execution)
        if execution.state is not ExecutionState.AVAILABLE:
            raise ImageError(
                _failed(record, execution, self._builder.last_lines(record, execution)),
                fix="Correct what its log shows, and run the command again, which builds the version once more.",
            )
        images = self.settle(record, execution, self._builder.order())
        return replace(_of(execution, record, wanted.version, started=started), status="BAKED", images=images)

    def _look_at_keys(self, record: PipelineRecord) -> None:
        """Find out about its keys before a build of an hour, and not after it.

        Raises:
            ImageError: with one of them the build is lost.
        """
        found = [*self._builder.key_findings(record)]
        if lost := [each.text for each in found if each.certain]:
            listed = "\n".join(f"  {each}" for each in lost)
            raise ImageError(
                f"{record.name} cannot encrypt or share what it bakes, so nothing was started:\n{listed}",
                fix="Correct kms_key_arn of the pipeline or of its copies, or the key, and run `pulumi up`.",
            )
        for each in found:
            caution(each.text)

    def _start(self, record: PipelineRecord, order: Order, tags: Mapping[str, str]) -> str:
        """Start an execution; who is late gives the one that is built its order back, which its first step reads."""
        try:
            return self._builder.start(record, order, tags)
        except BusyError:
            running = (each for each in self._builder.executions(record) if each.state is ExecutionState.RUNNING)
            for each in running:
                if each.version and each.order:
                    self._builder.put_order(Order(record.app, each.version, each.order, each.git_sha))
            raise

    def _settle_earlier(self, record: PipelineRecord, *, write: bool) -> None:
        """Note what the last order has made, if whoever gave it was stopped before: the next order overwrites it."""
        last = self._builder.order()
        if last is None:
            return
        made = [each for each in self._builder.executions(record) if each.order == last.id and not each.refused]
        known = Catalogue(self._builder.clients_in(record.region)).entry(record.app, last.version)
        for each in made if known is None else ():
            if each.state is not ExecutionState.AVAILABLE:
                continue
            noting = "noting" if write else "would note"
            self._say(f"{noting} {record.app} {last.version}, which was built before")
            try:
                self.settle(record, each, last, write=write)
            except (ImageError, RefusedError) as error:
                # it is none, and keeps no other version from being baked
                self._say(f"not noted: {error.message}")

    def _noted(self, record: PipelineRecord, wanted: Order, *, write: bool) -> BakeReport:
        """A version that is in the catalogue, once all of it is.

        Raises:
            RefusedError: it is not there any more.
        """
        entry = Catalogue(self._builder.clients_in(record.region)).entry(record.app, wanted.version)
        if entry is None:
            raise BusyError(
                f"{record.app} {wanted.version} was taken out of the catalogue at the same moment",
                fix="Run the command again.",
            )
        noted = look_at_noted(self._builder, record, entry)
        noted.require(record, entry)
        self._say(f"{record.app} {wanted.version} is {entry.identity} already")
        _warn_of_commit(record, entry.git_sha, wanted)
        if noted.unfinished and (made := noted.execution) is not None:
            self._say(f"{'noting' if write else 'would note'} the rest of it: {'; '.join(noted.unfinished)}")
            # the claim in the catalogue says that its order was found to be the right one
            self.settle(record, made, Order(record.app, made.version, made.order, made.git_sha), write=write)
        recipe = entry.recipe if noted.execution is None else noted.execution.recipe or entry.recipe
        return BakeReport(record, wanted.version, started=False, status="BAKED", images=noted.images, recipe=recipe)

    async def _followed(self, execution: Execution) -> Execution:
        """The execution once it is over; what it is doing is said when it changes."""
        begun, said, answered_at = self._clock.now(), "", self._clock.now()
        while True:
            if execution.status != said:
                said = execution.status
                minutes = (self._clock.now() - begun) / 60
                self._say(f"{minutes:5.1f} min  {said.lower()}")
            if execution.state is not ExecutionState.RUNNING:
                return execution
            await self._clock.sleep(POLL_SECONDS)
            try:
                execution = await answered(partial(self._builder.execution, execution.arn), self._builder.renew)
                answered_at = self._clock.now()
            except Exception as error:
                if trouble_of(error) is not Trouble.OUTAGE or self._clock.now() - answered_at > DEADLINE_SECONDS:
                    raise
                self._say(f"no answer ({describe_failure(error)}); it goes on in AWS")

    def settle(
        self, record: PipelineRecord, execution: Execution, order: Order | None, *, write: bool = True
    ) -> dict[str, str]:
        """Check what came out, note it, and tag and mark it; see `Settlement`.

        Args:
            record: the pipeline.
            execution: what made it.
            order: the order that the build read, as far as it is known now.
            write: whether anything is tagged and noted. Default: yes.

        Returns:
            image ids by region.

        Raises:
            ImageError: it is not what the pipeline makes.
            RefusedError: the version is another image already.
        """
        settlement = Settlement(self._builder, record, execution)
        images = settlement.check(order, remember=write)
        if write:
            settlement.write(images)
        return {each.region: each.id for each in images}


def _warn_of_commit(record: PipelineRecord, commit: str | None, wanted: Order) -> None:
    if other := describe_other_commit(record, wanted.version, commit, wanted):
        caution(other)


def _of(execution: Execution, record: PipelineRecord, version: str, *, started: bool) -> BakeReport:
    return BakeReport(record, version, started, execution.status, execution.arn, recipe=execution.recipe)


def _failed(record: PipelineRecord, execution: Execution, lines: list[str]) -> str:
    """What became of an execution that made nothing, with the end of its log."""
    what = "was cancelled" if execution.state is ExecutionState.CANCELLED else "failed"
    where = f": {execution.failure}" if execution.failure else ""
    reason = f"\n  {execution.reason}" if execution.reason else ""
    log = "".join(f"\n  | {line}" for line in lines)
    return (
        f"{record.app} {execution.version} {what}{where}{reason}\n  log {record.log_group} {execution.log_stream}{log}"
    )
