from hypothesis import given
from hypothesis import strategies as st

from strata_rehearsal.plugin.engine_values import UNKNOWN
from strata_rehearsal.plugin.property_comparison import Change, Kind, compare
from strata_rehearsal.plugin.provider import Resources
from strata_rehearsal.plugin.schema import resource_schema

TEMPLATE = resource_schema("aws:ec2/launchTemplate:LaunchTemplate").inputs
GROUP = resource_schema("aws:autoscaling/group:Group").inputs
ROLE = resource_schema("aws:iam/role:Role").inputs


def changes(old: dict, new: dict, fields=GROUP, replace: tuple[str, ...] = (), documents: tuple[str, ...] = ()):
    return [(c.path, c.kind, c.replaces) for c in compare(old, new, fields, replace, documents)]


def test_a_changed_value_deep_inside_has_its_own_path() -> None:
    old = {"blockDeviceMappings": [{"deviceName": "a", "ebs": {"volumeSize": 8}}]}
    new = {"blockDeviceMappings": [{"deviceName": "a", "ebs": {"volumeSize": 20}}]}
    assert changes(old, new, TEMPLATE) == [("blockDeviceMappings[0].ebs.volumeSize", Kind.UPDATE, False)]


def test_added_and_deleted_keys_say_so() -> None:
    old, new = {"tags": {"a": "1", "b": "2"}}, {"tags": {"b": "2", "c d": "3"}, "description": "x"}
    assert changes(old, new, TEMPLATE) == [
        ("description", Kind.ADD, False),
        ("tags.a", Kind.DELETE, False),
        ('tags["c d"]', Kind.ADD, False),
    ]


def test_an_unknown_value_is_a_change() -> None:
    old, new = (
        {"launchTemplate": {"id": "lt-1", "version": "1"}},
        {"launchTemplate": {"id": "lt-1", "version": UNKNOWN}},
    )
    assert changes(old, new) == [("launchTemplate.version", Kind.UPDATE, False)]


def test_a_set_in_another_order_is_the_same() -> None:
    assert changes({"vpcZoneIdentifiers": ["a", "b"]}, {"vpcZoneIdentifiers": ["b", "a"]}) == []
    assert changes({"vpcZoneIdentifiers": ["a", "b"]}, {"vpcZoneIdentifiers": ["c", "a"]}) == [
        ("vpcZoneIdentifiers[0]", Kind.ADD, False),
        ("vpcZoneIdentifiers[1]", Kind.DELETE, False),
    ]


def test_termination_policies_have_an_order() -> None:
    old, new = (
        {"terminationPolicies": ["Default", "OldestInstance"]},
        {"terminationPolicies": ["OldestInstance", "Default"]},
    )
    assert [path for path, _, _ in changes(old, new)] == ["terminationPolicies[0]", "terminationPolicies[1]"]


def test_a_number_as_text_is_the_same_number() -> None:
    assert changes({"defaultCooldown": 300}, {"defaultCooldown": "300"}) == []
    assert (
        changes(
            {"instanceRefresh": {"strategy": "Rolling", "preferences": {"instanceWarmup": 30}}},
            {"instanceRefresh": {"strategy": "Rolling", "preferences": {"instanceWarmup": "30"}}},
        )
        == []
    )


def test_policies_that_say_the_same_are_the_same() -> None:
    old = {"assumeRolePolicy": '{"Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow"}]}'}
    new = {"assumeRolePolicy": '{ "Statement": [ {"Effect": "Allow", "Action": "sts:AssumeRole"} ] }'}
    assert changes(old, new, ROLE, documents=("assumeRolePolicy",)) == []
    assert changes(old, new, ROLE) != []


def test_a_nested_name_in_the_replace_list_replaces_only_for_itself() -> None:
    old, new = {"launchTemplate": {"id": "lt-1", "version": "1"}}, {"launchTemplate": {"id": "lt-2", "version": "2"}}
    assert changes(old, new, replace=("launchTemplate.id",)) == [
        ("launchTemplate.id", Kind.UPDATE, True),
        ("launchTemplate.version", Kind.UPDATE, False),
    ]


def test_what_the_provider_filled_in_is_not_compared() -> None:
    assert changes({"__defaults": ["name"], "minSize": 1}, {"__defaults": [], "minSize": 1}) == []


values = st.recursive(
    st.integers(0, 3) | st.sampled_from(["a", "b", "true"]) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "version"]), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(GROUP)), values, max_size=4))
def test_nothing_differs_from_itself(inputs: dict) -> None:
    assert compare(inputs, inputs, GROUP, ()) == []


@given(
    st.dictionaries(st.sampled_from(["minSize", "tags", "launchTemplate"]), values, max_size=3),
    st.dictionaries(st.sampled_from(["minSize", "tags", "launchTemplate"]), values, max_size=3),
)
def test_a_difference_one_way_is_a_difference_the_other_way(old: dict, new: dict) -> None:
    assert {c.name for c in compare(old, new, GROUP, ())} == {c.name for c in compare(new, old, GROUP, ())}


def test_a_named_resource_that_must_be_replaced_goes_first(cloud) -> None:
    token, old = "aws:lb/targetGroup:TargetGroup", {"name": "web", "port": 80}
    by_hand = Resources(cloud).diff(token, {**old, "__defaults": []}, {"name": "web", "port": 81, "__defaults": []})
    assert by_hand.replace_first
    generated = {"name": "web-1234567", "__defaults": ["name"]}
    assert not Resources(cloud).diff(token, {**generated, "port": 80}, {**generated, "port": 81}).replace_first


def test_an_update_in_place_never_goes_first(cloud) -> None:
    old, new = {"name": "web", "deregistrationDelay": 300}, {"name": "web", "deregistrationDelay": 60}
    found = Resources(cloud).diff("aws:lb/targetGroup:TargetGroup", old, new)
    assert found.changes == [Change("deregistrationDelay", "deregistrationDelay", Kind.UPDATE, replaces=False)]
    assert not found.replace_first


def test_another_region_is_another_resource(cloud) -> None:
    found = Resources(cloud).diff("aws:ec2/vpc:Vpc", {"region": "eu-west-1"}, {"region": "eu-north-1"})
    assert found.changes[0].replaces
