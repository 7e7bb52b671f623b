"""Reads what a look for drift compares, service by service; what AWS does not answer is kept beside what it does."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from strata.clock import Clock
from strata.drift.contents.contents_look import ContentsLook
from strata.drift.drift_driver import DriftDriver
from strata.drift.drift_finding import ServiceDrift, StackDrift
from strata.drift.glass_reading import read_glass
from strata.drift.noted_answers import NotedAnswers
from strata.drift.running_instance import RunningInstance
from strata.drift.served_certificate import ServedCertificate
from strata.drift.server_drift import compare_servers
from strata.drift.server_facts import ServerFacts
from strata.drift.spoiled_record import spoiled_service
from strata.images.image_trust import ImageTerms
from strata.naming import note_name, record_name
from strata.rollout.live_service import tags_of
from strata.rollout.proven_names import is_doubted
from strata.rollout.record import ServerRelease
from strata.rollout.recorded_status import with_proven_name
from strata.rollout.servers.group_terms import GroupTerms
from strata.rollout.servers.live_servers import LiveServers, look_at_servers
from strata.rollout.servers.machine_trust import called_machine
from strata.settings.models import ImageSettings, PromotionSettings, ServiceSettings
from strata.verdict_names import verdict_names

__all__ = ["DriftReading"]


class DriftReading:
    """One look at the servers of some services of a stack.

    Args:
        driver: AWS, fresh: it keeps what it was answered.
        clock: time.
        project: the Pulumi project.
        stack: the stack.
        inside: lets servers compare themselves with their images. Default: nobody looks into them.
        promotion: whose watermarks count. Default: those of the account.
    """

    def __init__(
        self,
        driver: DriftDriver,
        clock: Clock,
        project: str,
        stack: str,
        inside: ContentsLook | None = None,
        *,
        promotion: PromotionSettings | None = None,
    ) -> None:
        self._promotion = promotion or PromotionSettings()
        self._driver = driver
        self._clock = clock
        self._project = project
        self._stack = stack
        self._inside = inside
        self._answers = NotedAnswers()
        self._certified: set[str] = set()

    def look(
        self, services: Mapping[str, ServiceSettings], images: Mapping[str, ImageSettings] | None = None
    ) -> StackDrift:
        """Compare services with their releases.

        Args:
            services: the settings of those that servers run, by name.
            images: the pins of the stack file, to ask at once for what forbids them. Default: that is asked later.
        """
        if services:
            names = [name for each in services.items() for name in self._parameters(*each, images or {})]
            self._driver.prepare(names, self._own_tags())
        instances = self._answers.read("", "its servers as EC2 describes them", self._instances) if services else None
        found = [
            compared
            for name, settings in services.items()
            if (compared := self._compare(name, settings, instances, images or {})) is not None
        ]
        named = (each.with_names({"STACK": self._stack}) for each in found)
        return StackDrift(self._stack, tuple(named), tuple(self._answers.unread))

    def _parameters(self, name: str, settings: ServiceSettings, images: Mapping[str, ImageSettings]) -> list[str]:
        """What will be asked for of a service: its record, its note, and what forbids the image it most likely runs."""
        record, image = record_name(self._project, self._stack, name), settings.image or name
        pin = images.get(image)
        forbidding = verdict_names(record, image, pin.version, pin.id or "") if pin is not None and pin.version else ()
        return [record, note_name(record), *forbidding]

    def _own_tags(self, service: str | None = None) -> dict[str, str]:
        tags = tags_of(self._project, self._stack, service or "")
        if service is None:
            del tags["strata:service"]
        return tags

    def _instances(self) -> Mapping[str, list[RunningInstance]]:
        """All instances of the stack, by their service."""
        found: defaultdict[str, list[RunningInstance]] = defaultdict(list)
        for each in self._driver.instances_tagged(self._own_tags()):
            found[each.tags.get("strata:service", "")].append(each)
        return found

    def _compare(
        self,
        name: str,
        settings: ServiceSettings,
        instances: Mapping[str, list[RunningInstance]] | None,
        images: Mapping[str, ImageSettings],
    ) -> ServiceDrift | None:
        if (spoiled := self._spoiled(name)) is not None:
            return spoiled
        live = self._answers.read(name, "everything", lambda: self._live(name, settings.least))
        if live is None:
            return None
        facts = ServerFacts(
            live=live,
            terms=GroupTerms.of_service(settings),
            own_tags=self._own_tags(name),
            now=self._clock.now(),
            versions={key: data for key, data in self._driver.versions.items() if key[0] in _templates(live)},
            targets={arn: self._driver.targets[arn] for arn in _target_groups(live) if arn in self._driver.targets},
        )
        if instances is not None:
            facts = self._with_instances(facts, {each.id: each for each in instances.get(name, ())})
        facts = self._with_glass(facts)
        if live.recorded is not None:
            wanted = live.recorded.image.id
            image = self._answers.read(name, f"its image {wanted}", lambda: (self._driver.image_by_id(wanted),))
            if image is not None:
                facts = replace(facts, image=image[0], image_read=True)
            facts = self._with_name(facts, images.get(settings.image or name))
        facts = self._confirmed(replace(facts, certificates=self._certificates(facts)))
        return compare_servers(facts if self._inside is None else self._with_contents(facts, self._inside))

    def _with_name(self, facts: ServerFacts, pin: ImageSettings | None) -> ServerFacts:
        """With what the image proves to be, which is asked only where something calls it what the record does not."""
        live, status = facts.live, facts.live.status
        tagged = facts.image.version if facts.image is not None else ""
        if live.rolling or status.misnamed or not is_doubted(status.recorded, status.note, tagged):
            return facts
        called = partial(called_machine, self._driver, ImageTerms.of(self._promotion, pin))
        record = record_name(self._project, self._stack, facts.service)
        ask = partial(with_proven_name, status, self._driver, record, called)
        named = self._answers.read(facts.service, "what its image proves to be", ask)
        return replace(facts, live=replace(live, status=named or status))

    def _spoiled(self, name: str) -> ServiceDrift | None:
        record = record_name(self._project, self._stack, name)
        values = self._answers.read(name, "its record", lambda: self._driver.parameters([record])) or {}
        return spoiled_service(ServerRelease, name, record, values.get(record), self._answers)

    def _live(self, name: str, least: int) -> LiveServers:
        (found,) = look_at_servers(self._driver, self._project, self._stack, {name: least})
        return found

    def _certificates(self, facts: ServerFacts) -> tuple[ServedCertificate, ...]:
        """Those of the service's listeners that no service before it has."""
        there = [arn for arn in _target_groups(facts.live) if facts.targets.get(arn) is not None]
        if not there:
            return ()
        ask = self._driver.certificate_arns
        arns = self._answers.read(facts.service, "certificates of its load balancer", lambda: ask(there)) or []
        new = [arn for arn in arns if arn not in self._certified]
        self._certified |= set(new)
        read = [
            self._answers.read(facts.service, f"certificate {arn}", lambda arn=arn: self._certificate(arn))
            for arn in new
        ]
        return tuple(each for each in read if each is not None)

    def _certificate(self, arn: str) -> ServedCertificate | None:
        """One of ACM; of those that IAM keeps, which are older than ACM, nothing is known."""
        if ":acm:" not in arn:
            self._answers.note("", f"certificate {arn}", "it is none of ACM's")
            return None
        return self._driver.certificate(arn)

    def _with_instances(self, facts: ServerFacts, instances: dict[str, RunningInstance]) -> ServerFacts:
        """With those too that somebody has taken the tags off by which they are found."""
        group = facts.group
        if group is not None and any(each.id not in instances for each in group.servers if each.in_service):
            more = self._answers.read(
                facts.service, "servers without its tags", lambda: self._driver.instances_of(group.name)
            )
            known = {each.id for each in group.servers}
            instances |= {each.id: each for each in more or () if each.id in known}
        return replace(facts, instances=instances)

    def _with_glass(self, facts: ServerFacts) -> ServerFacts:
        """With what is noted of servers that somebody was let into: those that are apart, or marked."""
        apart = {each.id for each in facts.group.servers if each.apart} if facts.group else set[str]()
        units = sorted(apart | facts.tainted.keys())
        record = record_name(self._project, self._stack, facts.service)
        unread = len(self._answers.unread)
        notes = read_glass(self._answers, self._driver, facts.service, record, units)
        return replace(facts, glass=notes, glass_read=unread == len(self._answers.unread))

    def _with_contents(self, facts: ServerFacts, inside: ContentsLook) -> ServerFacts:
        """With what its servers say of what is in them; of one that has gone meanwhile nobody wants to know it."""
        service, group = facts.service, facts.group
        found = inside.look(self._answers, service, self._own_tags(service), facts.asked_inside)
        facts = replace(facts, contents=found)
        silent = [each for each in found if isinstance(found[each], str)]
        if silent and group is not None:
            again = self._answers.read(service, "its group once more", lambda: self._driver.group(group.name))
            facts = facts if again is None else replace(facts, again=again)
        for each in silent:
            if each in facts.asked_inside:
                self._answers.note(service, f"contents of server {each}", str(found[each]))
        return facts

    def _confirmed(self, facts: ServerFacts) -> ServerFacts:
        """With a second look at the group where servers may have come or gone between two calls."""
        group = facts.group
        if group is None or not _unsettled(facts):
            return facts
        again = self._answers.read(facts.service, "its group once more", lambda: self._driver.group(group.name))
        if again is None:
            return facts
        facts = replace(facts, again=again)
        for each in facts.serving:
            if facts.instances is not None and each.id not in facts.instances:
                why = "its group has it in service, and EC2 does not describe it"
                self._answers.note(facts.service, f"server {each.id}", why, "DescribeInstances")
        return facts


def _unsettled(facts: ServerFacts) -> bool:
    instances = facts.instances if facts.instances is not None else {}
    doubtful = facts.instances is not None and (
        any(each.id not in instances or not instances[each.id].runs for each in facts.serving)
        or any(each.id not in facts.members for each in instances.values())
    )
    return doubtful or any(not each.healthy or each.id not in facts.live.healthy for each in facts.serving)


def _templates(live: LiveServers) -> set[str]:
    return {each for each in (live.recorded and live.recorded.template, live.group and live.group.template) if each}


def _target_groups(live: LiveServers) -> tuple[str, ...]:
    return live.group.target_groups if live.group else ()
