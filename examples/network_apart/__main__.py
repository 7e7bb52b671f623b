import pulumi
from program import network, shop

{"network": network, "shop": shop}[pulumi.get_stack()]()
