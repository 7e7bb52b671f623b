"""Launch templates of the local AWS: one that is gone is told by the code that EC2 uses."""

import pytest

from strata.aws.clients import error_code
from tests.unit.rehearsal.cloud.conftest import Aws


@pytest.mark.parametrize(
    "named, code",
    [
        ("LaunchTemplateId", "InvalidLaunchTemplateId.NotFound"),
        ("LaunchTemplateName", "InvalidLaunchTemplateName.NotFoundException"),
    ],
)
def test_a_template_that_is_deleted_twice_is_told_by_the_way_it_was_named(aws: Aws, named: str, code: str):
    made = aws.ec2.create_launch_template(LaunchTemplateName="gone", LaunchTemplateData={"ImageId": "ami-1"})
    template = {named: made["LaunchTemplate"][named]}
    aws.ec2.delete_launch_template(**template)
    with pytest.raises(aws.ec2.exceptions.ClientError) as refused:
        aws.ec2.delete_launch_template(**template)
    assert error_code(refused.value) == code
