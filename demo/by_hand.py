"""What somebody does by hand with the AWS of a shop, past Strata."""

from collections.abc import Sequence

from demo.shop import Shop

__all__ = ["CHANGED", "LET_IN", "change_servers", "choose_server"]

CHANGED = ("OPENED", "UNTAGGED")
"""Names of the servers of prod that are changed."""
LET_IN = "SERVER"
"""Name of the server of staging that somebody is let into."""


def change_servers(shop: Shop) -> Sequence[str]:
    """Open one server of prod to the world, and take a tag off another one; gives that as commands."""
    ec2 = shop.client("ec2")
    servers = shop.servers("prod")
    opened, untagged, *_ = sorted(servers)
    shop.names |= dict(zip(CHANGED, (opened, untagged), strict=True))
    vpc = servers[opened]["VpcId"]
    open_group = ec2.create_security_group(GroupName="try", Description="from anywhere", VpcId=vpc)["GroupId"]
    anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=open_group, IpPermissions=[anywhere])
    ec2.modify_instance_attribute(InstanceId=opened, Groups=[open_group])
    ec2.delete_tags(Resources=[untagged], Tags=[{"Key": "strata:stage"}])
    return (
        f"aws ec2 modify-instance-attribute --instance-id {opened} --groups {open_group}",
        f"aws ec2 delete-tags --resources {untagged} --tags Key=strata:stage",
    )


def choose_server(shop: Shop) -> None:
    """Take a server of staging, for somebody to be let into."""
    shop.names[LET_IN] = min(shop.servers("staging"))
