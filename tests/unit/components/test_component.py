"""What all components share."""

import pulumi
import pulumi_aws as aws
import pytest

from strata import Ingress, MachineImage, Network, testing
from strata.components.children import Overrides
from strata.errors import UsageError
from strata.settings.models import ImageSettings, IngressSettings, NetworkSettings


@pytest.mark.parametrize("name", ["my_net", "net-", "-net", "9net", "a--b", "a.b", ""])
def test_a_name_aws_would_refuse_in_a_childs_is_refused_at_once(name):
    with pytest.raises(UsageError, match="cannot be a component's name"):
        testing.run(lambda: Network(name, NetworkSettings()))


def test_a_name_that_would_make_a_security_group_look_like_an_id_is_refused():
    with pytest.raises(UsageError, match="begins with sg-"):
        testing.run(lambda: Network("sg-main", NetworkSettings()))


def test_children_and_lookups_use_the_components_own_provider():
    seen = []

    class Watching(testing.CloudMocks):
        def call(self, args):
            seen.append(args.provider)
            return super().call(args)

    def program():
        other = aws.Provider("other", region="eu-central-1")
        opts = pulumi.ResourceOptions(provider=other)
        network = Network("main", NetworkSettings(), opts=opts)
        Ingress("public", IngressSettings(), network=network, opts=opts)
        MachineImage("web", ImageSettings(version="1"), opts=opts)

    graph = testing.run(program, mocks=Watching(images=[testing.MockImage("web", "1", "ami-00000001")]))
    own = [it for it in graph if it.custom and not it.type.startswith("pulumi:")]
    assert own
    assert all("::other::" in it.options.provider for it in own)
    assert seen
    assert all("::other::" in provider for provider in seen)


def test_an_override_replaces_a_value_as_a_whole():
    overrides = Overrides("web", ["group"], {"group": {"tags": {"b": 1}}})
    assert overrides.apply("group", {"tags": {"a": 1}, "size": 2}) == {"tags": {"b": 1}, "size": 2}
    assert overrides.apply("other", {"size": 2}) == {"size": 2}


def test_an_override_of_a_component_without_children_is_refused():
    with pytest.raises(UsageError, match="Its children are none"):
        Overrides("web", [], {"group": {}})
