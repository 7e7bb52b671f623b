"""Tasks that no service has started: moto runs them, and Fargate's containers need name no memory."""

from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.container_requests import register


def test_a_task_is_run_by_hand_and_is_of_no_service(aws: Aws):
    aws.ecs.create_cluster(clusterName="shop")
    definition = register(aws)
    walls = aws.ec2.create_security_group(GroupName="jobs", Description="jobs", VpcId=aws.vpc)["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": aws.subnets[:1], "securityGroups": [walls]}}
    asked = {"cluster": "shop", "taskDefinition": definition, "launchType": "FARGATE", "networkConfiguration": network}
    (made,) = aws.ecs.run_task(**asked, startedBy="ann", tags=[{"key": "job", "value": "once"}])["tasks"]
    assert aws.ecs.list_tasks(cluster="shop")["taskArns"] == [made["taskArn"]]
    (found,) = aws.ecs.describe_tasks(cluster="shop", tasks=[made["taskArn"]], include=["TAGS"])["tasks"]
    assert (found["group"], found["startedBy"], found["desiredStatus"]) == ("family:web", "ann", "RUNNING")
    assert found["tags"] == [{"key": "job", "value": "once"}]
