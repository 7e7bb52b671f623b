import pytest

from strata_rehearsal.cloud.faults import Fault, FaultKind, Faults


def test_a_fault_hits_the_servers_it_names():
    both = Fault(FaultKind.SLOW, service="web", image="ami-2")
    assert both.hits("web", "ami-2")
    assert not both.hits("web", "ami-1")
    assert not both.hits("api", "ami-2")
    assert Fault(FaultKind.SLOW, image="ami-2").hits("api", "ami-2")
    assert Fault(FaultKind.SLOW, service="web").hits("web", "ami-1")


def test_a_fault_must_name_somebody():
    with pytest.raises(ValueError, match="must name a service or an image"):
        Fault(FaultKind.CRASH)


def test_a_document_makes_the_same_fault_again():
    fault = Fault(FaultKind.CRASH, service="web", after=5)
    assert Fault.parse(fault.document()) == fault


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sleepy", "service": "web"},
        {"service": "web"},
        {"kind": "slow", "service": "web", "host": "a"},
        {"kind": "slow", "service": "web", "after": -1},
    ],
)
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match="fault"):
        Fault.parse(wrong)


def test_crashes_and_alarms_have_delays_of_their_own():
    assert Fault(FaultKind.CRASH, service="web").delay == 120
    assert Fault(FaultKind.ALARM, service="web").delay == 60
    assert Fault(FaultKind.ALARM, service="web", after=0).delay == 0


def test_faults_are_lifted_by_what_they_are():
    faults = Faults()
    slow, crash = Fault(FaultKind.SLOW, service="web"), Fault(FaultKind.CRASH, service="web")
    faults.add(slow)
    faults.add(slow)
    faults.add(crash)
    assert list(faults) == [slow, crash]
    assert faults.clear(kind=FaultKind.SLOW) == [slow]
    assert faults.of("web", "ami-1") == {crash}
    assert faults.clear(service="web") == [crash]
    assert list(faults) == []


def test_a_fault_of_a_container_image_is_known_by_its_digest_and_by_its_reference():
    digest = f"sha256:{'a' * 64}"
    reference = f"registry/web@{digest}"
    for known in (digest, reference):
        assert Fault(FaultKind.CANNOT_PULL, image=known).hits("web", reference, digest)
    assert not Fault(FaultKind.CANNOT_PULL, image="registry/web").hits("web", reference, digest)
    assert Fault(FaultKind.OUT_OF_MEMORY, service="web").delay == 30
