# What an override may set, by component and child. Written by docs/stubs.py: `make docs`.

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

class AcmCertificateInputs(TypedDict, total=False):
    certificate_authority_arn: pulumi.Input[str]
    certificate_body: pulumi.Input[str]
    certificate_chain: pulumi.Input[str]
    domain_name: pulumi.Input[str]
    early_renewal_duration: pulumi.Input[str]
    key_algorithm: pulumi.Input[str]
    options: pulumi.Input[aws.acm.CertificateOptionsArgs | aws.acm.CertificateOptionsArgsDict]
    private_key: pulumi.Input[str]
    private_key_wo: pulumi.Input[str]
    private_key_wo_version: pulumi.Input[int]
    region: pulumi.Input[str]
    subject_alternative_names: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    validation_method: pulumi.Input[str]
    validation_options: pulumi.Input[Sequence[pulumi.Input[aws.acm.CertificateValidationOptionArgs | aws.acm.CertificateValidationOptionArgsDict]]]

class AcmCertificateValidationInputs(TypedDict, total=False):
    certificate_arn: pulumi.Input[str]
    region: pulumi.Input[str]
    validation_record_fqdns: pulumi.Input[Sequence[pulumi.Input[str]]]

class BackupPlanInputs(TypedDict, total=False):
    advanced_backup_settings: pulumi.Input[Sequence[pulumi.Input[aws.backup.PlanAdvancedBackupSettingArgs | aws.backup.PlanAdvancedBackupSettingArgsDict]]]
    name: pulumi.Input[str]
    region: pulumi.Input[str]
    rules: pulumi.Input[Sequence[pulumi.Input[aws.backup.PlanRuleArgs | aws.backup.PlanRuleArgsDict]]]
    scan_settings: pulumi.Input[Sequence[pulumi.Input[aws.backup.PlanScanSettingArgs | aws.backup.PlanScanSettingArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class BackupSelectionInputs(TypedDict, total=False):
    conditions: pulumi.Input[Sequence[pulumi.Input[aws.backup.SelectionConditionArgs | aws.backup.SelectionConditionArgsDict]]]
    iam_role_arn: pulumi.Input[str]
    name: pulumi.Input[str]
    not_resources: pulumi.Input[Sequence[pulumi.Input[str]]]
    plan_id: pulumi.Input[str]
    region: pulumi.Input[str]
    resources: pulumi.Input[Sequence[pulumi.Input[str]]]
    selection_tags: pulumi.Input[Sequence[pulumi.Input[aws.backup.SelectionSelectionTagArgs | aws.backup.SelectionSelectionTagArgsDict]]]

class BackupVaultInputs(TypedDict, total=False):
    force_destroy: pulumi.Input[bool]
    kms_key_arn: pulumi.Input[str]
    name: pulumi.Input[str]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class BackupVaultLockConfigurationInputs(TypedDict, total=False):
    backup_vault_name: pulumi.Input[str]
    changeable_for_days: pulumi.Input[int]
    max_retention_days: pulumi.Input[int]
    min_retention_days: pulumi.Input[int]
    region: pulumi.Input[str]

class CloudwatchLogGroupInputs(TypedDict, total=False):
    deletion_protection_enabled: pulumi.Input[bool]
    kms_key_id: pulumi.Input[str]
    log_group_class: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    region: pulumi.Input[str]
    retention_in_days: pulumi.Input[int]
    skip_destroy: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class CloudwatchMetricAlarmInputs(TypedDict, total=False):
    actions_enabled: pulumi.Input[bool]
    alarm_actions: pulumi.Input[Sequence[pulumi.Input[str]]]
    alarm_description: pulumi.Input[str]
    comparison_operator: pulumi.Input[str]
    datapoints_to_alarm: pulumi.Input[int]
    dimensions: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    evaluate_low_sample_count_percentiles: pulumi.Input[str]
    evaluation_criteria: pulumi.Input[aws.cloudwatch.MetricAlarmEvaluationCriteriaArgs | aws.cloudwatch.MetricAlarmEvaluationCriteriaArgsDict]
    evaluation_interval: pulumi.Input[int]
    evaluation_periods: pulumi.Input[int]
    evaluation_window: pulumi.Input[aws.cloudwatch.MetricAlarmEvaluationWindowArgs | aws.cloudwatch.MetricAlarmEvaluationWindowArgsDict]
    extended_statistic: pulumi.Input[str]
    insufficient_data_actions: pulumi.Input[Sequence[pulumi.Input[str]]]
    metric_name: pulumi.Input[str]
    metric_queries: pulumi.Input[Sequence[pulumi.Input[aws.cloudwatch.MetricAlarmMetricQueryArgs | aws.cloudwatch.MetricAlarmMetricQueryArgsDict]]]
    name: pulumi.Input[str]
    namespace: pulumi.Input[str]
    ok_actions: pulumi.Input[Sequence[pulumi.Input[str]]]
    period: pulumi.Input[int]
    region: pulumi.Input[str]
    statistic: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    threshold: pulumi.Input[float]
    threshold_metric_id: pulumi.Input[str]
    treat_missing_data: pulumi.Input[str]
    unit: pulumi.Input[str]
    warm_up_configuration: pulumi.Input[aws.cloudwatch.MetricAlarmWarmUpConfigurationArgs | aws.cloudwatch.MetricAlarmWarmUpConfigurationArgsDict]

class ContainerImageImageInputs(TypedDict, total=False):
    build_on_preview: pulumi.Input[bool]
    registry: pulumi.Input[docker.RegistryArgs | docker.RegistryArgsDict]

class ContainerImageImageWithSecretsInputs(TypedDict, total=False):
    auth_config: pulumi.Input[docker.RegistryImageAuthConfigArgs | docker.RegistryImageAuthConfigArgsDict]
    insecure_skip_verify: pulumi.Input[bool]

class ContainerImageLifecyclePolicyInputs(TypedDict, total=False):
    pass

class ContainerImageRepositoryInputs(TypedDict, total=False):
    encryption_configurations: pulumi.Input[Sequence[pulumi.Input[aws.ecr.RepositoryEncryptionConfigurationArgs | aws.ecr.RepositoryEncryptionConfigurationArgsDict]]]
    force_delete: pulumi.Input[bool]
    image_scanning_configuration: pulumi.Input[aws.ecr.RepositoryImageScanningConfigurationArgs | aws.ecr.RepositoryImageScanningConfigurationArgsDict]
    name: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ContainerServiceAlternateTargetGroupInputs(TypedDict, total=False):
    connection_termination: pulumi.Input[bool]
    lambda_multi_value_headers_enabled: pulumi.Input[bool]
    load_balancing_algorithm_type: pulumi.Input[str]
    load_balancing_anomaly_mitigation: pulumi.Input[str]
    load_balancing_cross_zone_enabled: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    preserve_client_ip: pulumi.Input[str]
    protocol_version: pulumi.Input[str]
    proxy_protocol_v2: pulumi.Input[bool]
    slow_start: pulumi.Input[int]
    stickiness: pulumi.Input[aws.lb.TargetGroupStickinessArgs | aws.lb.TargetGroupStickinessArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    target_control_port: pulumi.Input[int]
    target_failovers: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetFailoverArgs | aws.lb.TargetGroupTargetFailoverArgsDict]]]
    target_group_health: pulumi.Input[aws.lb.TargetGroupTargetGroupHealthArgs | aws.lb.TargetGroupTargetGroupHealthArgsDict]
    target_health_states: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetHealthStateArgs | aws.lb.TargetGroupTargetHealthStateArgsDict]]]

class ContainerServiceClusterInputs(TypedDict, total=False):
    configuration: pulumi.Input[aws.ecs.ClusterConfigurationArgs | aws.ecs.ClusterConfigurationArgsDict]
    name: pulumi.Input[str]
    service_connect_defaults: pulumi.Input[aws.ecs.ClusterServiceConnectDefaultsArgs | aws.ecs.ClusterServiceConnectDefaultsArgsDict]
    settings: pulumi.Input[Sequence[pulumi.Input[aws.ecs.ClusterSettingArgs | aws.ecs.ClusterSettingArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ContainerServiceDoorInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ContainerServiceEgressInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ContainerServiceFromIngressInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ContainerServiceIngressEgressInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ContainerServiceListenerRuleInputs(TypedDict, total=False):
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    transforms: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerRuleTransformArgs | aws.lb.ListenerRuleTransformArgsDict]]]

class ContainerServiceLogGroupInputs(TypedDict, total=False):
    deletion_protection_enabled: pulumi.Input[bool]
    kms_key_id: pulumi.Input[str]
    log_group_class: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    retention_in_days: pulumi.Input[int]
    skip_destroy: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ContainerServiceReleaseInputs(TypedDict, total=False):
    arn: pulumi.Input[str]
    key_id: pulumi.Input[str]
    overwrite: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    tier: pulumi.Input[str]

class ContainerServiceScalableTargetInputs(TypedDict, total=False):
    role_arn: pulumi.Input[str]
    suspended_state: pulumi.Input[aws.appautoscaling.TargetSuspendedStateArgs | aws.appautoscaling.TargetSuspendedStateArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ContainerServiceScaleByCpuInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    policy_type: pulumi.Input[str]
    predictive_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgsDict]
    step_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgsDict]
    target_tracking_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict]

class ContainerServiceScaleByMemoryInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    policy_type: pulumi.Input[str]
    predictive_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgsDict]
    step_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgsDict]
    target_tracking_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict]

class ContainerServiceScaleByRequestsInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    policy_type: pulumi.Input[str]
    predictive_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgsDict]
    step_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgsDict]
    target_tracking_scaling_policy_configuration: pulumi.Input[aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs | aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict]

class ContainerServiceSecurityGroupInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    egress: pulumi.Input[Sequence[pulumi.Input[aws.ec2.SecurityGroupEgressArgs | aws.ec2.SecurityGroupEgressArgsDict]]]
    ingress: pulumi.Input[Sequence[pulumi.Input[aws.ec2.SecurityGroupIngressArgs | aws.ec2.SecurityGroupIngressArgsDict]]]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    revoke_rules_on_delete: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class ContainerServiceServiceInputs(TypedDict, total=False):
    availability_zone_rebalancing: pulumi.Input[str]
    enable_ecs_managed_tags: pulumi.Input[bool]
    force_delete: pulumi.Input[bool]
    name: pulumi.Input[str]

class ContainerServiceTargetGroupInputs(TypedDict, total=False):
    connection_termination: pulumi.Input[bool]
    lambda_multi_value_headers_enabled: pulumi.Input[bool]
    load_balancing_algorithm_type: pulumi.Input[str]
    load_balancing_anomaly_mitigation: pulumi.Input[str]
    load_balancing_cross_zone_enabled: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    preserve_client_ip: pulumi.Input[str]
    protocol_version: pulumi.Input[str]
    proxy_protocol_v2: pulumi.Input[bool]
    slow_start: pulumi.Input[int]
    stickiness: pulumi.Input[aws.lb.TargetGroupStickinessArgs | aws.lb.TargetGroupStickinessArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    target_control_port: pulumi.Input[int]
    target_failovers: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetFailoverArgs | aws.lb.TargetGroupTargetFailoverArgsDict]]]
    target_group_health: pulumi.Input[aws.lb.TargetGroupTargetGroupHealthArgs | aws.lb.TargetGroupTargetGroupHealthArgsDict]
    target_health_states: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetHealthStateArgs | aws.lb.TargetGroupTargetHealthStateArgsDict]]]

class ContainerServiceTaskDefinitionInputs(TypedDict, total=False):
    enable_fault_injection: pulumi.Input[bool]
    execution_role_arn: pulumi.Input[str]
    ipc_mode: pulumi.Input[str]
    pid_mode: pulumi.Input[str]
    placement_constraints: pulumi.Input[Sequence[pulumi.Input[aws.ecs.TaskDefinitionPlacementConstraintArgs | aws.ecs.TaskDefinitionPlacementConstraintArgsDict]]]
    proxy_configuration: pulumi.Input[aws.ecs.TaskDefinitionProxyConfigurationArgs | aws.ecs.TaskDefinitionProxyConfigurationArgsDict]
    task_role_arn: pulumi.Input[str]

class ContainerServiceTestListenerRuleInputs(TypedDict, total=False):
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    transforms: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerRuleTransformArgs | aws.lb.ListenerRuleTransformArgsDict]]]

class Ec2EipInputs(TypedDict, total=False):
    address: pulumi.Input[str]
    associate_with_private_ip: pulumi.Input[str]
    customer_owned_ipv4_pool: pulumi.Input[str]
    domain: pulumi.Input[str]
    instance: pulumi.Input[str]
    ipam_pool_id: pulumi.Input[str]
    network_border_group: pulumi.Input[str]
    network_interface: pulumi.Input[str]
    public_ipv4_pool: pulumi.Input[str]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class Ec2FlowLogInputs(TypedDict, total=False):
    deliver_cross_account_role: pulumi.Input[str]
    destination_options: pulumi.Input[aws.ec2.FlowLogDestinationOptionsArgs | aws.ec2.FlowLogDestinationOptionsArgsDict]
    eni_id: pulumi.Input[str]
    iam_role_arn: pulumi.Input[str]
    log_destination: pulumi.Input[str]
    log_destination_type: pulumi.Input[str]
    log_format: pulumi.Input[str]
    max_aggregation_interval: pulumi.Input[int]
    region: pulumi.Input[str]
    regional_nat_gateway_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    tag_field_specifications: pulumi.Input[Sequence[pulumi.Input[aws.ec2.FlowLogTagFieldSpecificationArgs | aws.ec2.FlowLogTagFieldSpecificationArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    traffic_type: pulumi.Input[str]
    transit_gateway_attachment_id: pulumi.Input[str]
    transit_gateway_id: pulumi.Input[str]
    vpc_id: pulumi.Input[str]

class Ec2InternetGatewayInputs(TypedDict, total=False):
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class Ec2NatGatewayInputs(TypedDict, total=False):
    allocation_id: pulumi.Input[str]
    availability_mode: pulumi.Input[str]
    availability_zone_addresses: pulumi.Input[Sequence[pulumi.Input[aws.ec2.NatGatewayAvailabilityZoneAddressArgs | aws.ec2.NatGatewayAvailabilityZoneAddressArgsDict]]]
    connectivity_type: pulumi.Input[str]
    private_ip: pulumi.Input[str]
    region: pulumi.Input[str]
    secondary_allocation_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    secondary_private_ip_address_count: pulumi.Input[int]
    secondary_private_ip_addresses: pulumi.Input[Sequence[pulumi.Input[str]]]
    subnet_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class Ec2RouteInputs(TypedDict, total=False):
    carrier_gateway_id: pulumi.Input[str]
    core_network_arn: pulumi.Input[str]
    destination_cidr_block: pulumi.Input[str]
    destination_ipv6_cidr_block: pulumi.Input[str]
    destination_prefix_list_id: pulumi.Input[str]
    egress_only_gateway_id: pulumi.Input[str]
    gateway_id: pulumi.Input[str]
    local_gateway_id: pulumi.Input[str]
    nat_gateway_id: pulumi.Input[str]
    network_interface_id: pulumi.Input[str]
    odb_network_arn: pulumi.Input[str]
    region: pulumi.Input[str]
    route_table_id: pulumi.Input[str]
    transit_gateway_id: pulumi.Input[str]
    vpc_endpoint_id: pulumi.Input[str]
    vpc_peering_connection_id: pulumi.Input[str]

class Ec2RouteTableAssociationInputs(TypedDict, total=False):
    gateway_id: pulumi.Input[str]
    region: pulumi.Input[str]
    route_table_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]

class Ec2RouteTableInputs(TypedDict, total=False):
    propagating_vgws: pulumi.Input[Sequence[pulumi.Input[str]]]
    region: pulumi.Input[str]
    routes: pulumi.Input[Sequence[pulumi.Input[aws.ec2.RouteTableRouteArgs | aws.ec2.RouteTableRouteArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class Ec2SecurityGroupInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    egress: pulumi.Input[Sequence[pulumi.Input[aws.ec2.SecurityGroupEgressArgs | aws.ec2.SecurityGroupEgressArgsDict]]]
    ingress: pulumi.Input[Sequence[pulumi.Input[aws.ec2.SecurityGroupIngressArgs | aws.ec2.SecurityGroupIngressArgsDict]]]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    region: pulumi.Input[str]
    revoke_rules_on_delete: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class Ec2SubnetInputs(TypedDict, total=False):
    assign_ipv6_address_on_creation: pulumi.Input[bool]
    availability_zone: pulumi.Input[str]
    availability_zone_id: pulumi.Input[str]
    cidr_block: pulumi.Input[str]
    customer_owned_ipv4_pool: pulumi.Input[str]
    enable_dns64: pulumi.Input[bool]
    enable_lni_at_device_index: pulumi.Input[int]
    enable_resource_name_dns_a_record_on_launch: pulumi.Input[bool]
    enable_resource_name_dns_aaaa_record_on_launch: pulumi.Input[bool]
    ipv4_ipam_pool_id: pulumi.Input[str]
    ipv4_netmask_length: pulumi.Input[int]
    ipv6_cidr_block: pulumi.Input[str]
    ipv6_ipam_pool_id: pulumi.Input[str]
    ipv6_native: pulumi.Input[bool]
    ipv6_netmask_length: pulumi.Input[int]
    map_customer_owned_ip_on_launch: pulumi.Input[bool]
    map_public_ip_on_launch: pulumi.Input[bool]
    outpost_arn: pulumi.Input[str]
    private_dns_hostname_type_on_launch: pulumi.Input[str]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class Ec2VpcEndpointInputs(TypedDict, total=False):
    auto_accept: pulumi.Input[bool]
    dns_options: pulumi.Input[aws.ec2.VpcEndpointDnsOptionsArgs | aws.ec2.VpcEndpointDnsOptionsArgsDict]
    ip_address_type: pulumi.Input[str]
    policy: pulumi.Input[str]
    private_dns_enabled: pulumi.Input[bool]
    region: pulumi.Input[str]
    resource_configuration_arn: pulumi.Input[str]
    route_table_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    service_name: pulumi.Input[str]
    service_network_arn: pulumi.Input[str]
    service_region: pulumi.Input[str]
    subnet_configurations: pulumi.Input[Sequence[pulumi.Input[aws.ec2.VpcEndpointSubnetConfigurationArgs | aws.ec2.VpcEndpointSubnetConfigurationArgsDict]]]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_endpoint_type: pulumi.Input[str]
    vpc_id: pulumi.Input[str]

class Ec2VpcInputs(TypedDict, total=False):
    assign_generated_ipv6_cidr_block: pulumi.Input[bool]
    cidr_block: pulumi.Input[str]
    enable_dns_hostnames: pulumi.Input[bool]
    enable_dns_support: pulumi.Input[bool]
    enable_network_address_usage_metrics: pulumi.Input[bool]
    instance_tenancy: pulumi.Input[str]
    ipv4_ipam_pool_id: pulumi.Input[str]
    ipv4_netmask_length: pulumi.Input[int]
    ipv6_cidr_block: pulumi.Input[str]
    ipv6_cidr_block_network_border_group: pulumi.Input[str]
    ipv6_ipam_pool_id: pulumi.Input[str]
    ipv6_netmask_length: pulumi.Input[int]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class EfsAccessPointInputs(TypedDict, total=False):
    file_system_id: pulumi.Input[str]
    posix_user: pulumi.Input[aws.efs.AccessPointPosixUserArgs | aws.efs.AccessPointPosixUserArgsDict]
    region: pulumi.Input[str]
    root_directory: pulumi.Input[aws.efs.AccessPointRootDirectoryArgs | aws.efs.AccessPointRootDirectoryArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class EfsBackupPolicyInputs(TypedDict, total=False):
    backup_policy: pulumi.Input[aws.efs.BackupPolicyBackupPolicyArgs | aws.efs.BackupPolicyBackupPolicyArgsDict]
    file_system_id: pulumi.Input[str]
    region: pulumi.Input[str]

class EfsFileSystemInputs(TypedDict, total=False):
    availability_zone_name: pulumi.Input[str]
    creation_token: pulumi.Input[str]
    encrypted: pulumi.Input[bool]
    kms_key_id: pulumi.Input[str]
    lifecycle_policies: pulumi.Input[Sequence[pulumi.Input[aws.efs.FileSystemLifecyclePolicyArgs | aws.efs.FileSystemLifecyclePolicyArgsDict]]]
    performance_mode: pulumi.Input[str]
    protection: pulumi.Input[aws.efs.FileSystemProtectionArgs | aws.efs.FileSystemProtectionArgsDict]
    provisioned_throughput_in_mibps: pulumi.Input[float]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    throughput_mode: pulumi.Input[str]

class EfsFileSystemPolicyInputs(TypedDict, total=False):
    bypass_policy_lockout_safety_check: pulumi.Input[bool]
    file_system_id: pulumi.Input[str]
    policy: pulumi.Input[str]
    region: pulumi.Input[str]

class EfsMountTargetInputs(TypedDict, total=False):
    file_system_id: pulumi.Input[str]
    ip_address: pulumi.Input[str]
    ip_address_type: pulumi.Input[str]
    ipv6_address: pulumi.Input[str]
    region: pulumi.Input[str]
    security_groups: pulumi.Input[Sequence[pulumi.Input[str]]]
    subnet_id: pulumi.Input[str]

class IamInstanceProfileInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    path: pulumi.Input[str]
    role: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class IamRoleInputs(TypedDict, total=False):
    assume_role_policy: pulumi.Input[str | aws.iam.PolicyDocumentArgs | aws.iam.PolicyDocumentArgsDict]
    description: pulumi.Input[str]
    force_detach_policies: pulumi.Input[bool]
    inline_policies: pulumi.Input[Sequence[pulumi.Input[aws.iam.RoleInlinePolicyArgs | aws.iam.RoleInlinePolicyArgsDict]]]
    managed_policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]]
    max_session_duration: pulumi.Input[int]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    path: pulumi.Input[str]
    permissions_boundary: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class IamRolePolicyAttachmentInputs(TypedDict, total=False):
    policy_arn: pulumi.Input[str]
    role: pulumi.Input[str]

class IamRolePolicyInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    policy: pulumi.Input[str | aws.iam.PolicyDocumentArgs | aws.iam.PolicyDocumentArgsDict]
    role: pulumi.Input[str]

class ImagePipelineComponentInputs(TypedDict, total=False):
    change_description: pulumi.Input[str]
    description: pulumi.Input[str]
    kms_key_id: pulumi.Input[str]
    name: pulumi.Input[str]
    platform: pulumi.Input[str]
    region: pulumi.Input[str]
    supported_os_versions: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ImagePipelinePipelineInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    distribution_configuration_arn: pulumi.Input[str]
    enhanced_image_metadata_enabled: pulumi.Input[bool]
    execution_role: pulumi.Input[str]
    image_scanning_configuration: pulumi.Input[aws.imagebuilder.ImagePipelineImageScanningConfigurationArgs | aws.imagebuilder.ImagePipelineImageScanningConfigurationArgsDict]
    image_tests_configuration: pulumi.Input[aws.imagebuilder.ImagePipelineImageTestsConfigurationArgs | aws.imagebuilder.ImagePipelineImageTestsConfigurationArgsDict]
    infrastructure_configuration_arn: pulumi.Input[str]
    logging_configuration: pulumi.Input[aws.imagebuilder.ImagePipelineLoggingConfigurationArgs | aws.imagebuilder.ImagePipelineLoggingConfigurationArgsDict]
    name: pulumi.Input[str]
    region: pulumi.Input[str]
    status: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    workflows: pulumi.Input[Sequence[pulumi.Input[aws.imagebuilder.ImagePipelineWorkflowArgs | aws.imagebuilder.ImagePipelineWorkflowArgsDict]]]

class ImagePipelineRecipeInputs(TypedDict, total=False):
    ami_tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    block_device_mappings: pulumi.Input[Sequence[pulumi.Input[aws.imagebuilder.ImageRecipeBlockDeviceMappingArgs | aws.imagebuilder.ImageRecipeBlockDeviceMappingArgsDict]]]
    description: pulumi.Input[str]
    name: pulumi.Input[str]
    region: pulumi.Input[str]
    systems_manager_agent: pulumi.Input[aws.imagebuilder.ImageRecipeSystemsManagerAgentArgs | aws.imagebuilder.ImageRecipeSystemsManagerAgentArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    user_data_base64: pulumi.Input[str]
    working_directory: pulumi.Input[str]

class ImagePipelineRecordInputs(TypedDict, total=False):
    allowed_pattern: pulumi.Input[str]
    arn: pulumi.Input[str]
    data_type: pulumi.Input[str]
    description: pulumi.Input[str]
    key_id: pulumi.Input[str]
    overwrite: pulumi.Input[bool]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    tier: pulumi.Input[str]
    type: pulumi.Input[str | aws.ssm.ParameterType]
    value_wo: pulumi.Input[str]
    value_wo_version: pulumi.Input[int]

class ImagebuilderDistributionConfigurationInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    distributions: pulumi.Input[Sequence[pulumi.Input[aws.imagebuilder.DistributionConfigurationDistributionArgs | aws.imagebuilder.DistributionConfigurationDistributionArgsDict]]]
    name: pulumi.Input[str]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ImagebuilderInfrastructureConfigurationInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    instance_metadata_options: pulumi.Input[aws.imagebuilder.InfrastructureConfigurationInstanceMetadataOptionsArgs | aws.imagebuilder.InfrastructureConfigurationInstanceMetadataOptionsArgsDict]
    instance_profile_name: pulumi.Input[str]
    instance_types: pulumi.Input[Sequence[pulumi.Input[str]]]
    key_pair: pulumi.Input[str]
    logging: pulumi.Input[aws.imagebuilder.InfrastructureConfigurationLoggingArgs | aws.imagebuilder.InfrastructureConfigurationLoggingArgsDict]
    name: pulumi.Input[str]
    placement: pulumi.Input[aws.imagebuilder.InfrastructureConfigurationPlacementArgs | aws.imagebuilder.InfrastructureConfigurationPlacementArgsDict]
    region: pulumi.Input[str]
    resource_tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    sns_topic_arn: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    terminate_instance_on_failure: pulumi.Input[bool]

class ImagebuilderLifecyclePolicyInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    execution_role: pulumi.Input[str]
    name: pulumi.Input[str]
    policy_details: pulumi.Input[Sequence[pulumi.Input[aws.imagebuilder.LifecyclePolicyPolicyDetailArgs | aws.imagebuilder.LifecyclePolicyPolicyDetailArgsDict]]]
    region: pulumi.Input[str]
    resource_selection: pulumi.Input[aws.imagebuilder.LifecyclePolicyResourceSelectionArgs | aws.imagebuilder.LifecyclePolicyResourceSelectionArgsDict]
    resource_type: pulumi.Input[str]
    status: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ImmutableServiceDoorInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ImmutableServiceDrainInputs(TypedDict, total=False):
    default_result: pulumi.Input[str]
    name: pulumi.Input[str]
    notification_metadata: pulumi.Input[str]
    notification_target_arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]

class ImmutableServiceEgressInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ImmutableServiceFromIngressInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ImmutableServiceGroupInputs(TypedDict, total=False):
    availability_zone_distribution: pulumi.Input[aws.autoscaling.GroupAvailabilityZoneDistributionArgs | aws.autoscaling.GroupAvailabilityZoneDistributionArgsDict]
    availability_zones: pulumi.Input[Sequence[pulumi.Input[str]]]
    capacity_rebalance: pulumi.Input[bool]
    capacity_reservation_specification: pulumi.Input[aws.autoscaling.GroupCapacityReservationSpecificationArgs | aws.autoscaling.GroupCapacityReservationSpecificationArgsDict]
    context: pulumi.Input[str]
    default_cooldown: pulumi.Input[int]
    desired_capacity_type: pulumi.Input[str]
    enabled_metrics: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.Metric]]]
    force_delete: pulumi.Input[bool]
    force_delete_warm_pool: pulumi.Input[bool]
    ignore_failed_scaling_activities: pulumi.Input[bool]
    initial_lifecycle_hooks: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.GroupInitialLifecycleHookArgs | aws.autoscaling.GroupInitialLifecycleHookArgsDict]]]
    max_instance_lifetime: pulumi.Input[int]
    metrics_granularity: pulumi.Input[str | aws.autoscaling.MetricsGranularity]
    min_elb_capacity: pulumi.Input[int]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    placement_group: pulumi.Input[str]
    protect_from_scale_in: pulumi.Input[bool]
    service_linked_role_arn: pulumi.Input[str]
    suspended_processes: pulumi.Input[Sequence[pulumi.Input[str]]]
    termination_policies: pulumi.Input[Sequence[pulumi.Input[str]]]
    vpc_zone_identifiers: pulumi.Input[Sequence[pulumi.Input[str]]]
    wait_for_capacity_timeout: pulumi.Input[str]
    wait_for_elb_capacity: pulumi.Input[int]
    warm_pool: pulumi.Input[aws.autoscaling.GroupWarmPoolArgs | aws.autoscaling.GroupWarmPoolArgsDict]

class ImmutableServiceHeartbeatInputs(TypedDict, total=False):
    actions_enabled: pulumi.Input[bool]
    alarm_description: pulumi.Input[str]
    evaluate_low_sample_count_percentiles: pulumi.Input[str]
    evaluation_criteria: pulumi.Input[aws.cloudwatch.MetricAlarmEvaluationCriteriaArgs | aws.cloudwatch.MetricAlarmEvaluationCriteriaArgsDict]
    evaluation_interval: pulumi.Input[int]
    evaluation_window: pulumi.Input[aws.cloudwatch.MetricAlarmEvaluationWindowArgs | aws.cloudwatch.MetricAlarmEvaluationWindowArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    warm_up_configuration: pulumi.Input[aws.cloudwatch.MetricAlarmWarmUpConfigurationArgs | aws.cloudwatch.MetricAlarmWarmUpConfigurationArgsDict]

class ImmutableServiceIngressEgressInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class ImmutableServiceLaunchTemplateInputs(TypedDict, total=False):
    block_device_mappings: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateBlockDeviceMappingArgs | aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict]]]
    capacity_reservation_specification: pulumi.Input[aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs | aws.ec2.LaunchTemplateCapacityReservationSpecificationArgsDict]
    cpu_options: pulumi.Input[aws.ec2.LaunchTemplateCpuOptionsArgs | aws.ec2.LaunchTemplateCpuOptionsArgsDict]
    credit_specification: pulumi.Input[aws.ec2.LaunchTemplateCreditSpecificationArgs | aws.ec2.LaunchTemplateCreditSpecificationArgsDict]
    description: pulumi.Input[str]
    disable_api_stop: pulumi.Input[bool]
    disable_api_termination: pulumi.Input[bool]
    ebs_optimized: pulumi.Input[str]
    enclave_options: pulumi.Input[aws.ec2.LaunchTemplateEnclaveOptionsArgs | aws.ec2.LaunchTemplateEnclaveOptionsArgsDict]
    hibernation_options: pulumi.Input[aws.ec2.LaunchTemplateHibernationOptionsArgs | aws.ec2.LaunchTemplateHibernationOptionsArgsDict]
    iam_instance_profile: pulumi.Input[aws.ec2.LaunchTemplateIamInstanceProfileArgs | aws.ec2.LaunchTemplateIamInstanceProfileArgsDict]
    instance_initiated_shutdown_behavior: pulumi.Input[str]
    instance_market_options: pulumi.Input[aws.ec2.LaunchTemplateInstanceMarketOptionsArgs | aws.ec2.LaunchTemplateInstanceMarketOptionsArgsDict]
    instance_type: pulumi.Input[str]
    kernel_id: pulumi.Input[str]
    key_name: pulumi.Input[str]
    license_specifications: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateLicenseSpecificationArgs | aws.ec2.LaunchTemplateLicenseSpecificationArgsDict]]]
    maintenance_options: pulumi.Input[aws.ec2.LaunchTemplateMaintenanceOptionsArgs | aws.ec2.LaunchTemplateMaintenanceOptionsArgsDict]
    metadata_options: pulumi.Input[aws.ec2.LaunchTemplateMetadataOptionsArgs | aws.ec2.LaunchTemplateMetadataOptionsArgsDict]
    monitoring: pulumi.Input[aws.ec2.LaunchTemplateMonitoringArgs | aws.ec2.LaunchTemplateMonitoringArgsDict]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    network_interfaces: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateNetworkInterfaceArgs | aws.ec2.LaunchTemplateNetworkInterfaceArgsDict]]]
    network_performance_options: pulumi.Input[aws.ec2.LaunchTemplateNetworkPerformanceOptionsArgs | aws.ec2.LaunchTemplateNetworkPerformanceOptionsArgsDict]
    placement: pulumi.Input[aws.ec2.LaunchTemplatePlacementArgs | aws.ec2.LaunchTemplatePlacementArgsDict]
    private_dns_name_options: pulumi.Input[aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgs | aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgsDict]
    ram_disk_id: pulumi.Input[str]
    secondary_interfaces: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateSecondaryInterfaceArgs | aws.ec2.LaunchTemplateSecondaryInterfaceArgsDict]]]
    security_group_names: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    user_data: pulumi.Input[str]
    vpc_security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]

class ImmutableServiceListenerRuleInputs(TypedDict, total=False):
    actions: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerRuleActionArgs | aws.lb.ListenerRuleActionArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    transforms: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerRuleTransformArgs | aws.lb.ListenerRuleTransformArgsDict]]]

class ImmutableServiceLogGroupInputs(TypedDict, total=False):
    deletion_protection_enabled: pulumi.Input[bool]
    kms_key_id: pulumi.Input[str]
    log_group_class: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    retention_in_days: pulumi.Input[int]
    skip_destroy: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ImmutableServiceProfileInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    path: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class ImmutableServiceRefreshInputs(TypedDict, total=False):
    action_after_completion: pulumi.Input[str]
    description: pulumi.Input[str]
    end_date: pulumi.Input[str]
    group_name: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    start_date: pulumi.Input[str]
    state: pulumi.Input[str]

class ImmutableServiceReleaseInputs(TypedDict, total=False):
    arn: pulumi.Input[str]
    key_id: pulumi.Input[str]
    overwrite: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    tier: pulumi.Input[str]

class ImmutableServiceScaleByCpuInputs(TypedDict, total=False):
    adjustment_type: pulumi.Input[str]
    cooldown: pulumi.Input[int]
    enabled: pulumi.Input[bool]
    estimated_instance_warmup: pulumi.Input[int]
    metric_aggregation_type: pulumi.Input[str]
    min_adjustment_magnitude: pulumi.Input[int]
    name: pulumi.Input[str]
    policy_type: pulumi.Input[str]
    predictive_scaling_configuration: pulumi.Input[aws.autoscaling.PolicyPredictiveScalingConfigurationArgs | aws.autoscaling.PolicyPredictiveScalingConfigurationArgsDict]
    scaling_adjustment: pulumi.Input[int]
    step_adjustments: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.PolicyStepAdjustmentArgs | aws.autoscaling.PolicyStepAdjustmentArgsDict]]]
    target_tracking_configuration: pulumi.Input[aws.autoscaling.PolicyTargetTrackingConfigurationArgs | aws.autoscaling.PolicyTargetTrackingConfigurationArgsDict]

class ImmutableServiceScaleByRequestsInputs(TypedDict, total=False):
    adjustment_type: pulumi.Input[str]
    cooldown: pulumi.Input[int]
    enabled: pulumi.Input[bool]
    estimated_instance_warmup: pulumi.Input[int]
    metric_aggregation_type: pulumi.Input[str]
    min_adjustment_magnitude: pulumi.Input[int]
    name: pulumi.Input[str]
    policy_type: pulumi.Input[str]
    predictive_scaling_configuration: pulumi.Input[aws.autoscaling.PolicyPredictiveScalingConfigurationArgs | aws.autoscaling.PolicyPredictiveScalingConfigurationArgsDict]
    scaling_adjustment: pulumi.Input[int]
    step_adjustments: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.PolicyStepAdjustmentArgs | aws.autoscaling.PolicyStepAdjustmentArgsDict]]]
    target_tracking_configuration: pulumi.Input[aws.autoscaling.PolicyTargetTrackingConfigurationArgs | aws.autoscaling.PolicyTargetTrackingConfigurationArgsDict]

class ImmutableServiceScheduleInputs(TypedDict, total=False):
    desired_capacity: pulumi.Input[int]
    end_time: pulumi.Input[str]
    max_size: pulumi.Input[int]
    min_size: pulumi.Input[int]
    recurrence: pulumi.Input[str]
    scheduled_action_name: pulumi.Input[str]
    start_time: pulumi.Input[str]
    time_zone: pulumi.Input[str]

class ImmutableServiceSecurityGroupInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    egress: pulumi.Input[Sequence[pulumi.Input[aws.ec2.SecurityGroupEgressArgs | aws.ec2.SecurityGroupEgressArgsDict]]]
    ingress: pulumi.Input[Sequence[pulumi.Input[aws.ec2.SecurityGroupIngressArgs | aws.ec2.SecurityGroupIngressArgsDict]]]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    revoke_rules_on_delete: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    vpc_id: pulumi.Input[str]

class ImmutableServiceTargetGroupInputs(TypedDict, total=False):
    connection_termination: pulumi.Input[bool]
    ip_address_type: pulumi.Input[str]
    lambda_multi_value_headers_enabled: pulumi.Input[bool]
    load_balancing_algorithm_type: pulumi.Input[str]
    load_balancing_anomaly_mitigation: pulumi.Input[str]
    load_balancing_cross_zone_enabled: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    preserve_client_ip: pulumi.Input[str]
    protocol: pulumi.Input[str]
    protocol_version: pulumi.Input[str]
    proxy_protocol_v2: pulumi.Input[bool]
    slow_start: pulumi.Input[int]
    stickiness: pulumi.Input[aws.lb.TargetGroupStickinessArgs | aws.lb.TargetGroupStickinessArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    target_control_port: pulumi.Input[int]
    target_failovers: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetFailoverArgs | aws.lb.TargetGroupTargetFailoverArgsDict]]]
    target_group_health: pulumi.Input[aws.lb.TargetGroupTargetGroupHealthArgs | aws.lb.TargetGroupTargetGroupHealthArgsDict]
    target_health_states: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetHealthStateArgs | aws.lb.TargetGroupTargetHealthStateArgsDict]]]

class KmsAliasInputs(TypedDict, total=False):
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    region: pulumi.Input[str]
    target_key_id: pulumi.Input[str]

class KmsKeyInputs(TypedDict, total=False):
    bypass_policy_lockout_safety_check: pulumi.Input[bool]
    custom_key_store_id: pulumi.Input[str]
    customer_master_key_spec: pulumi.Input[str]
    deletion_window_in_days: pulumi.Input[int]
    description: pulumi.Input[str]
    enable_key_rotation: pulumi.Input[bool]
    is_enabled: pulumi.Input[bool]
    key_usage: pulumi.Input[str]
    multi_region: pulumi.Input[bool]
    policy: pulumi.Input[str]
    region: pulumi.Input[str]
    rotation_period_in_days: pulumi.Input[int]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    xks_key_id: pulumi.Input[str]

class LbListenerInputs(TypedDict, total=False):
    alpn_policy: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    default_actions: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerDefaultActionArgs | aws.lb.ListenerDefaultActionArgsDict]]]
    load_balancer_arn: pulumi.Input[str]
    mutual_authentication: pulumi.Input[aws.lb.ListenerMutualAuthenticationArgs | aws.lb.ListenerMutualAuthenticationArgsDict]
    port: pulumi.Input[int]
    protocol: pulumi.Input[str]
    region: pulumi.Input[str]
    routing_http_request_x_amzn_mtls_clientcert_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_mtls_clientcert_issuer_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_mtls_clientcert_leaf_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_mtls_clientcert_subject_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_mtls_clientcert_validity_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_tls_cipher_suite_header_name: pulumi.Input[str]
    routing_http_request_x_amzn_tls_version_header_name: pulumi.Input[str]
    routing_http_response_access_control_allow_credentials_header_value: pulumi.Input[str]
    routing_http_response_access_control_allow_headers_header_value: pulumi.Input[str]
    routing_http_response_access_control_allow_methods_header_value: pulumi.Input[str]
    routing_http_response_access_control_allow_origin_header_value: pulumi.Input[str]
    routing_http_response_access_control_expose_headers_header_value: pulumi.Input[str]
    routing_http_response_access_control_max_age_header_value: pulumi.Input[str]
    routing_http_response_content_security_policy_header_value: pulumi.Input[str]
    routing_http_response_server_enabled: pulumi.Input[bool]
    routing_http_response_strict_transport_security_header_value: pulumi.Input[str]
    routing_http_response_x_content_type_options_header_value: pulumi.Input[str]
    routing_http_response_x_frame_options_header_value: pulumi.Input[str]
    ssl_policy: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    tcp_idle_timeout_seconds: pulumi.Input[int]

class LbLoadBalancerInputs(TypedDict, total=False):
    access_logs: pulumi.Input[aws.lb.LoadBalancerAccessLogsArgs | aws.lb.LoadBalancerAccessLogsArgsDict]
    client_keep_alive: pulumi.Input[int]
    connection_logs: pulumi.Input[aws.lb.LoadBalancerConnectionLogsArgs | aws.lb.LoadBalancerConnectionLogsArgsDict]
    customer_owned_ipv4_pool: pulumi.Input[str]
    desync_mitigation_mode: pulumi.Input[str]
    dns_record_client_routing_policy: pulumi.Input[str]
    drop_invalid_header_fields: pulumi.Input[bool]
    enable_cross_zone_load_balancing: pulumi.Input[bool]
    enable_deletion_protection: pulumi.Input[bool]
    enable_http2: pulumi.Input[bool]
    enable_prefix_for_ipv6_source_nat: pulumi.Input[str]
    enable_tls_version_and_cipher_suite_headers: pulumi.Input[bool]
    enable_waf_fail_open: pulumi.Input[bool]
    enable_xff_client_port: pulumi.Input[bool]
    enable_zonal_shift: pulumi.Input[bool]
    enforce_security_group_inbound_rules_on_private_link_traffic: pulumi.Input[str]
    health_check_logs: pulumi.Input[aws.lb.LoadBalancerHealthCheckLogsArgs | aws.lb.LoadBalancerHealthCheckLogsArgsDict]
    idle_timeout: pulumi.Input[int]
    internal: pulumi.Input[bool]
    ip_address_type: pulumi.Input[str]
    ipam_pools: pulumi.Input[aws.lb.LoadBalancerIpamPoolsArgs | aws.lb.LoadBalancerIpamPoolsArgsDict]
    load_balancer_type: pulumi.Input[str]
    minimum_load_balancer_capacity: pulumi.Input[aws.lb.LoadBalancerMinimumLoadBalancerCapacityArgs | aws.lb.LoadBalancerMinimumLoadBalancerCapacityArgsDict]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    preserve_host_header: pulumi.Input[bool]
    region: pulumi.Input[str]
    secondary_ips_auto_assigned_per_subnet: pulumi.Input[int]
    security_groups: pulumi.Input[Sequence[pulumi.Input[str]]]
    subnet_mappings: pulumi.Input[Sequence[pulumi.Input[aws.lb.LoadBalancerSubnetMappingArgs | aws.lb.LoadBalancerSubnetMappingArgsDict]]]
    subnets: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    xff_header_processing_mode: pulumi.Input[str]

class MaintainedFleetAssociationInputs(TypedDict, total=False):
    association_name: pulumi.Input[str]
    automation_target_parameter_name: pulumi.Input[str]
    calendar_names: pulumi.Input[Sequence[pulumi.Input[str]]]
    compliance_severity: pulumi.Input[str]
    output_location: pulumi.Input[aws.ssm.AssociationOutputLocationArgs | aws.ssm.AssociationOutputLocationArgsDict]
    region: pulumi.Input[str]
    sync_compliance: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    wait_for_success_timeout_seconds: pulumi.Input[int]

class MaintainedFleetDocumentInputs(TypedDict, total=False):
    attachments_sources: pulumi.Input[Sequence[pulumi.Input[aws.ssm.DocumentAttachmentsSourceArgs | aws.ssm.DocumentAttachmentsSourceArgsDict]]]
    name: pulumi.Input[str]
    permissions: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    target_type: pulumi.Input[str]
    version_name: pulumi.Input[str]

class MaintainedFleetGroupInputs(TypedDict, total=False):
    availability_zone_distribution: pulumi.Input[aws.autoscaling.GroupAvailabilityZoneDistributionArgs | aws.autoscaling.GroupAvailabilityZoneDistributionArgsDict]
    availability_zones: pulumi.Input[Sequence[pulumi.Input[str]]]
    capacity_rebalance: pulumi.Input[bool]
    capacity_reservation_specification: pulumi.Input[aws.autoscaling.GroupCapacityReservationSpecificationArgs | aws.autoscaling.GroupCapacityReservationSpecificationArgsDict]
    context: pulumi.Input[str]
    default_cooldown: pulumi.Input[int]
    default_instance_warmup: pulumi.Input[int]
    desired_capacity_type: pulumi.Input[str]
    enabled_metrics: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.Metric]]]
    force_delete: pulumi.Input[bool]
    force_delete_warm_pool: pulumi.Input[bool]
    health_check_type: pulumi.Input[str]
    ignore_failed_scaling_activities: pulumi.Input[bool]
    initial_lifecycle_hooks: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.GroupInitialLifecycleHookArgs | aws.autoscaling.GroupInitialLifecycleHookArgsDict]]]
    instance_lifecycle_policy: pulumi.Input[aws.autoscaling.GroupInstanceLifecyclePolicyArgs | aws.autoscaling.GroupInstanceLifecyclePolicyArgsDict]
    instance_maintenance_policy: pulumi.Input[aws.autoscaling.GroupInstanceMaintenancePolicyArgs | aws.autoscaling.GroupInstanceMaintenancePolicyArgsDict]
    load_balancers: pulumi.Input[Sequence[pulumi.Input[str]]]
    max_instance_lifetime: pulumi.Input[int]
    metrics_granularity: pulumi.Input[str | aws.autoscaling.MetricsGranularity]
    min_elb_capacity: pulumi.Input[int]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    placement_group: pulumi.Input[str]
    protect_from_scale_in: pulumi.Input[bool]
    service_linked_role_arn: pulumi.Input[str]
    suspended_processes: pulumi.Input[Sequence[pulumi.Input[str]]]
    termination_policies: pulumi.Input[Sequence[pulumi.Input[str]]]
    traffic_sources: pulumi.Input[Sequence[pulumi.Input[aws.autoscaling.GroupTrafficSourceArgs | aws.autoscaling.GroupTrafficSourceArgsDict]]]
    vpc_zone_identifiers: pulumi.Input[Sequence[pulumi.Input[str]]]
    wait_for_capacity_timeout: pulumi.Input[str]
    wait_for_elb_capacity: pulumi.Input[int]
    warm_pool: pulumi.Input[aws.autoscaling.GroupWarmPoolArgs | aws.autoscaling.GroupWarmPoolArgsDict]

class MaintainedFleetHealthyDocumentInputs(TypedDict, total=False):
    attachments_sources: pulumi.Input[Sequence[pulumi.Input[aws.ssm.DocumentAttachmentsSourceArgs | aws.ssm.DocumentAttachmentsSourceArgsDict]]]
    name: pulumi.Input[str]
    permissions: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    target_type: pulumi.Input[str]
    version_name: pulumi.Input[str]

class MaintainedFleetLaunchTemplateInputs(TypedDict, total=False):
    block_device_mappings: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateBlockDeviceMappingArgs | aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict]]]
    capacity_reservation_specification: pulumi.Input[aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs | aws.ec2.LaunchTemplateCapacityReservationSpecificationArgsDict]
    cpu_options: pulumi.Input[aws.ec2.LaunchTemplateCpuOptionsArgs | aws.ec2.LaunchTemplateCpuOptionsArgsDict]
    credit_specification: pulumi.Input[aws.ec2.LaunchTemplateCreditSpecificationArgs | aws.ec2.LaunchTemplateCreditSpecificationArgsDict]
    default_version: pulumi.Input[int]
    description: pulumi.Input[str]
    disable_api_stop: pulumi.Input[bool]
    disable_api_termination: pulumi.Input[bool]
    ebs_optimized: pulumi.Input[str]
    enclave_options: pulumi.Input[aws.ec2.LaunchTemplateEnclaveOptionsArgs | aws.ec2.LaunchTemplateEnclaveOptionsArgsDict]
    hibernation_options: pulumi.Input[aws.ec2.LaunchTemplateHibernationOptionsArgs | aws.ec2.LaunchTemplateHibernationOptionsArgsDict]
    iam_instance_profile: pulumi.Input[aws.ec2.LaunchTemplateIamInstanceProfileArgs | aws.ec2.LaunchTemplateIamInstanceProfileArgsDict]
    instance_initiated_shutdown_behavior: pulumi.Input[str]
    instance_market_options: pulumi.Input[aws.ec2.LaunchTemplateInstanceMarketOptionsArgs | aws.ec2.LaunchTemplateInstanceMarketOptionsArgsDict]
    instance_requirements: pulumi.Input[aws.ec2.LaunchTemplateInstanceRequirementsArgs | aws.ec2.LaunchTemplateInstanceRequirementsArgsDict]
    instance_type: pulumi.Input[str]
    kernel_id: pulumi.Input[str]
    key_name: pulumi.Input[str]
    license_specifications: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateLicenseSpecificationArgs | aws.ec2.LaunchTemplateLicenseSpecificationArgsDict]]]
    maintenance_options: pulumi.Input[aws.ec2.LaunchTemplateMaintenanceOptionsArgs | aws.ec2.LaunchTemplateMaintenanceOptionsArgsDict]
    metadata_options: pulumi.Input[aws.ec2.LaunchTemplateMetadataOptionsArgs | aws.ec2.LaunchTemplateMetadataOptionsArgsDict]
    monitoring: pulumi.Input[aws.ec2.LaunchTemplateMonitoringArgs | aws.ec2.LaunchTemplateMonitoringArgsDict]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    network_interfaces: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateNetworkInterfaceArgs | aws.ec2.LaunchTemplateNetworkInterfaceArgsDict]]]
    network_performance_options: pulumi.Input[aws.ec2.LaunchTemplateNetworkPerformanceOptionsArgs | aws.ec2.LaunchTemplateNetworkPerformanceOptionsArgsDict]
    placement: pulumi.Input[aws.ec2.LaunchTemplatePlacementArgs | aws.ec2.LaunchTemplatePlacementArgsDict]
    private_dns_name_options: pulumi.Input[aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgs | aws.ec2.LaunchTemplatePrivateDnsNameOptionsArgsDict]
    ram_disk_id: pulumi.Input[str]
    secondary_interfaces: pulumi.Input[Sequence[pulumi.Input[aws.ec2.LaunchTemplateSecondaryInterfaceArgs | aws.ec2.LaunchTemplateSecondaryInterfaceArgsDict]]]
    security_group_names: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    update_default_version: pulumi.Input[bool]
    user_data: pulumi.Input[str]
    vpc_security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]

class MaintainedFleetListenerRuleInputs(TypedDict, total=False):
    actions: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerRuleActionArgs | aws.lb.ListenerRuleActionArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    transforms: pulumi.Input[Sequence[pulumi.Input[aws.lb.ListenerRuleTransformArgs | aws.lb.ListenerRuleTransformArgsDict]]]

class MaintainedFleetPatchGroupInputs(TypedDict, total=False):
    region: pulumi.Input[str]

class MaintainedFleetTargetGroupInputs(TypedDict, total=False):
    connection_termination: pulumi.Input[bool]
    deregistration_delay: pulumi.Input[int]
    ip_address_type: pulumi.Input[str]
    lambda_multi_value_headers_enabled: pulumi.Input[bool]
    load_balancing_algorithm_type: pulumi.Input[str]
    load_balancing_anomaly_mitigation: pulumi.Input[str]
    load_balancing_cross_zone_enabled: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    preserve_client_ip: pulumi.Input[str]
    protocol: pulumi.Input[str]
    protocol_version: pulumi.Input[str]
    proxy_protocol_v2: pulumi.Input[bool]
    slow_start: pulumi.Input[int]
    stickiness: pulumi.Input[aws.lb.TargetGroupStickinessArgs | aws.lb.TargetGroupStickinessArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    target_control_port: pulumi.Input[int]
    target_failovers: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetFailoverArgs | aws.lb.TargetGroupTargetFailoverArgsDict]]]
    target_group_health: pulumi.Input[aws.lb.TargetGroupTargetGroupHealthArgs | aws.lb.TargetGroupTargetGroupHealthArgsDict]
    target_health_states: pulumi.Input[Sequence[pulumi.Input[aws.lb.TargetGroupTargetHealthStateArgs | aws.lb.TargetGroupTargetHealthStateArgsDict]]]
    target_type: pulumi.Input[str]

class MaintainedFleetWindowInputs(TypedDict, total=False):
    allow_unassociated_targets: pulumi.Input[bool]
    description: pulumi.Input[str]
    enabled: pulumi.Input[bool]
    end_date: pulumi.Input[str]
    name: pulumi.Input[str]
    region: pulumi.Input[str]
    schedule_offset: pulumi.Input[int]
    start_date: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class MaintainedFleetWindowTargetInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    name: pulumi.Input[str]
    owner_information: pulumi.Input[str]
    region: pulumi.Input[str]
    resource_type: pulumi.Input[str]

class MaintainedFleetWindowTaskInputs(TypedDict, total=False):
    cutoff_behavior: pulumi.Input[str]
    description: pulumi.Input[str]
    name: pulumi.Input[str]
    priority: pulumi.Input[int]
    region: pulumi.Input[str]
    service_role_arn: pulumi.Input[str]
    task_type: pulumi.Input[str]

class RdsInstanceInputs(TypedDict, total=False):
    allocated_storage: pulumi.Input[int]
    allow_major_version_upgrade: pulumi.Input[bool]
    apply_immediately: pulumi.Input[bool]
    auto_minor_version_upgrade: pulumi.Input[bool]
    availability_zone: pulumi.Input[str]
    backup_retention_period: pulumi.Input[int]
    backup_target: pulumi.Input[str]
    backup_window: pulumi.Input[str]
    blue_green_update: pulumi.Input[aws.rds.InstanceBlueGreenUpdateArgs | aws.rds.InstanceBlueGreenUpdateArgsDict]
    ca_cert_identifier: pulumi.Input[str]
    character_set_name: pulumi.Input[str]
    copy_tags_to_snapshot: pulumi.Input[bool]
    custom_iam_instance_profile: pulumi.Input[str]
    customer_owned_ip_enabled: pulumi.Input[bool]
    database_insights_mode: pulumi.Input[str]
    db_name: pulumi.Input[str]
    db_subnet_group_name: pulumi.Input[str]
    dedicated_log_volume: pulumi.Input[bool]
    delete_automated_backups: pulumi.Input[bool]
    deletion_protection: pulumi.Input[bool]
    domain: pulumi.Input[str]
    domain_auth_secret_arn: pulumi.Input[str]
    domain_dns_ips: pulumi.Input[Sequence[pulumi.Input[str]]]
    domain_fqdn: pulumi.Input[str]
    domain_iam_role_name: pulumi.Input[str]
    domain_ou: pulumi.Input[str]
    enabled_cloudwatch_logs_exports: pulumi.Input[Sequence[pulumi.Input[str]]]
    engine: pulumi.Input[str]
    engine_lifecycle_support: pulumi.Input[str]
    engine_version: pulumi.Input[str]
    final_snapshot_identifier: pulumi.Input[str]
    iam_database_authentication_enabled: pulumi.Input[bool]
    identifier: pulumi.Input[str]
    identifier_prefix: pulumi.Input[str]
    instance_class: pulumi.Input[str | aws.rds.InstanceType]
    iops: pulumi.Input[int]
    kms_key_id: pulumi.Input[str]
    license_model: pulumi.Input[str]
    maintenance_window: pulumi.Input[str]
    manage_master_user_password: pulumi.Input[bool]
    master_user_secret_kms_key_id: pulumi.Input[str]
    max_allocated_storage: pulumi.Input[int]
    monitoring_interval: pulumi.Input[int]
    monitoring_role_arn: pulumi.Input[str]
    multi_az: pulumi.Input[bool]
    nchar_character_set_name: pulumi.Input[str]
    network_type: pulumi.Input[str]
    option_group_name: pulumi.Input[str]
    parameter_group_name: pulumi.Input[str]
    password: pulumi.Input[str]
    password_wo: pulumi.Input[str]
    password_wo_version: pulumi.Input[int]
    performance_insights_enabled: pulumi.Input[bool]
    performance_insights_kms_key_id: pulumi.Input[str]
    performance_insights_retention_period: pulumi.Input[int]
    port: pulumi.Input[int]
    publicly_accessible: pulumi.Input[bool]
    region: pulumi.Input[str]
    replica_mode: pulumi.Input[str]
    replicate_source_db: pulumi.Input[str]
    restore_to_point_in_time: pulumi.Input[aws.rds.InstanceRestoreToPointInTimeArgs | aws.rds.InstanceRestoreToPointInTimeArgsDict]
    s3_import: pulumi.Input[aws.rds.InstanceS3ImportArgs | aws.rds.InstanceS3ImportArgsDict]
    skip_final_snapshot: pulumi.Input[bool]
    snapshot_identifier: pulumi.Input[str]
    storage_encrypted: pulumi.Input[bool]
    storage_throughput: pulumi.Input[int]
    storage_type: pulumi.Input[str | aws.rds.StorageType]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    timezone: pulumi.Input[str]
    upgrade_storage_config: pulumi.Input[bool]
    username: pulumi.Input[str]
    vpc_security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    warning_event_categories: pulumi.Input[Sequence[pulumi.Input[str]]]

class RdsParameterGroupInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    family: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    parameters: pulumi.Input[Sequence[pulumi.Input[aws.rds.ParameterGroupParameterArgs | aws.rds.ParameterGroupParameterArgsDict]]]
    region: pulumi.Input[str]
    skip_destroy: pulumi.Input[bool]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class RdsSubnetGroupInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    region: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class Route53RecordInputs(TypedDict, total=False):
    aliases: pulumi.Input[Sequence[pulumi.Input[aws.route53.RecordAliasArgs | aws.route53.RecordAliasArgsDict]]]
    allow_overwrite: pulumi.Input[bool]
    cidr_routing_policy: pulumi.Input[aws.route53.RecordCidrRoutingPolicyArgs | aws.route53.RecordCidrRoutingPolicyArgsDict]
    failover_routing_policies: pulumi.Input[Sequence[pulumi.Input[aws.route53.RecordFailoverRoutingPolicyArgs | aws.route53.RecordFailoverRoutingPolicyArgsDict]]]
    geolocation_routing_policies: pulumi.Input[Sequence[pulumi.Input[aws.route53.RecordGeolocationRoutingPolicyArgs | aws.route53.RecordGeolocationRoutingPolicyArgsDict]]]
    geoproximity_routing_policy: pulumi.Input[aws.route53.RecordGeoproximityRoutingPolicyArgs | aws.route53.RecordGeoproximityRoutingPolicyArgsDict]
    health_check_id: pulumi.Input[str]
    latency_routing_policies: pulumi.Input[Sequence[pulumi.Input[aws.route53.RecordLatencyRoutingPolicyArgs | aws.route53.RecordLatencyRoutingPolicyArgsDict]]]
    multivalue_answer_routing_policy: pulumi.Input[bool]
    name: pulumi.Input[str]
    records: pulumi.Input[Sequence[pulumi.Input[str]]]
    set_identifier: pulumi.Input[str]
    ttl: pulumi.Input[int]
    type: pulumi.Input[str | aws.route53.RecordType]
    weighted_routing_policies: pulumi.Input[Sequence[pulumi.Input[aws.route53.RecordWeightedRoutingPolicyArgs | aws.route53.RecordWeightedRoutingPolicyArgsDict]]]
    zone_id: pulumi.Input[str]

class S3BucketInputs(TypedDict, total=False):
    acceleration_status: pulumi.Input[str]
    acl: pulumi.Input[str | aws.s3.CannedAcl]
    bucket: pulumi.Input[str]
    bucket_namespace: pulumi.Input[str]
    bucket_prefix: pulumi.Input[str]
    cors_rules: pulumi.Input[Sequence[pulumi.Input[aws.s3.BucketCorsRuleArgs | aws.s3.BucketCorsRuleArgsDict]]]
    force_destroy: pulumi.Input[bool]
    grants: pulumi.Input[Sequence[pulumi.Input[aws.s3.BucketGrantArgs | aws.s3.BucketGrantArgsDict]]]
    lifecycle_rules: pulumi.Input[Sequence[pulumi.Input[aws.s3.BucketLifecycleRuleArgs | aws.s3.BucketLifecycleRuleArgsDict]]]
    logging: pulumi.Input[aws.s3.BucketLoggingArgs | aws.s3.BucketLoggingArgsDict]
    object_lock_configuration: pulumi.Input[aws.s3.BucketObjectLockConfigurationArgs | aws.s3.BucketObjectLockConfigurationArgsDict]
    object_lock_enabled: pulumi.Input[bool]
    policy: pulumi.Input[str | aws.s3.PolicyDocumentArgs | aws.s3.PolicyDocumentArgsDict]
    region: pulumi.Input[str]
    replication_configuration: pulumi.Input[aws.s3.BucketReplicationConfigurationArgs | aws.s3.BucketReplicationConfigurationArgsDict]
    request_payer: pulumi.Input[str]
    server_side_encryption_configuration: pulumi.Input[aws.s3.BucketServerSideEncryptionConfigurationArgs | aws.s3.BucketServerSideEncryptionConfigurationArgsDict]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    versioning: pulumi.Input[aws.s3.BucketVersioningArgs | aws.s3.BucketVersioningArgsDict]
    website: pulumi.Input[aws.s3.BucketWebsiteArgs | aws.s3.BucketWebsiteArgsDict]

class S3BucketLifecycleConfigurationInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    expected_bucket_owner: pulumi.Input[str]
    region: pulumi.Input[str]
    rules: pulumi.Input[Sequence[pulumi.Input[aws.s3.BucketLifecycleConfigurationRuleArgs | aws.s3.BucketLifecycleConfigurationRuleArgsDict]]]
    timeouts: pulumi.Input[aws.s3.BucketLifecycleConfigurationTimeoutsArgs | aws.s3.BucketLifecycleConfigurationTimeoutsArgsDict]
    transition_default_minimum_object_size: pulumi.Input[str]

class S3BucketLoggingInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    expected_bucket_owner: pulumi.Input[str]
    region: pulumi.Input[str]
    target_bucket: pulumi.Input[str]
    target_grants: pulumi.Input[Sequence[pulumi.Input[aws.s3.BucketLoggingTargetGrantArgs | aws.s3.BucketLoggingTargetGrantArgsDict]]]
    target_object_key_format: pulumi.Input[aws.s3.BucketLoggingTargetObjectKeyFormatArgs | aws.s3.BucketLoggingTargetObjectKeyFormatArgsDict]
    target_prefix: pulumi.Input[str]

class S3BucketObjectLockConfigurationInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    expected_bucket_owner: pulumi.Input[str]
    object_lock_enabled: pulumi.Input[str]
    region: pulumi.Input[str]
    rule: pulumi.Input[aws.s3.BucketObjectLockConfigurationRuleArgs | aws.s3.BucketObjectLockConfigurationRuleArgsDict]
    token: pulumi.Input[str]

class S3BucketOwnershipControlsInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    region: pulumi.Input[str]
    rule: pulumi.Input[aws.s3.BucketOwnershipControlsRuleArgs | aws.s3.BucketOwnershipControlsRuleArgsDict]

class S3BucketPolicyInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    policy: pulumi.Input[str | aws.s3.PolicyDocumentArgs | aws.s3.PolicyDocumentArgsDict]
    region: pulumi.Input[str]

class S3BucketPublicAccessBlockInputs(TypedDict, total=False):
    block_public_acls: pulumi.Input[bool]
    block_public_policy: pulumi.Input[bool]
    bucket: pulumi.Input[str]
    ignore_public_acls: pulumi.Input[bool]
    region: pulumi.Input[str]
    restrict_public_buckets: pulumi.Input[bool]
    skip_destroy: pulumi.Input[bool]

class S3BucketServerSideEncryptionConfigurationInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    expected_bucket_owner: pulumi.Input[str]
    region: pulumi.Input[str]
    rules: pulumi.Input[Sequence[pulumi.Input[aws.s3.BucketServerSideEncryptionConfigurationRuleArgs | aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict]]]

class S3BucketVersioningInputs(TypedDict, total=False):
    bucket: pulumi.Input[str]
    expected_bucket_owner: pulumi.Input[str]
    mfa: pulumi.Input[str]
    region: pulumi.Input[str]
    versioning_configuration: pulumi.Input[aws.s3.BucketVersioningVersioningConfigurationArgs | aws.s3.BucketVersioningVersioningConfigurationArgsDict]

class SecretsmanagerSecretInputs(TypedDict, total=False):
    description: pulumi.Input[str]
    force_overwrite_replica_secret: pulumi.Input[bool]
    kms_key_id: pulumi.Input[str]
    name: pulumi.Input[str]
    name_prefix: pulumi.Input[str]
    policy: pulumi.Input[str]
    recovery_window_in_days: pulumi.Input[int]
    region: pulumi.Input[str]
    replicas: pulumi.Input[Sequence[pulumi.Input[aws.secretsmanager.SecretReplicaArgs | aws.secretsmanager.SecretReplicaArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    type: pulumi.Input[str]

class SecretsmanagerSecretRotationInputs(TypedDict, total=False):
    external_secret_rotation_metadatas: pulumi.Input[Sequence[pulumi.Input[aws.secretsmanager.SecretRotationExternalSecretRotationMetadataArgs | aws.secretsmanager.SecretRotationExternalSecretRotationMetadataArgsDict]]]
    external_secret_rotation_role_arn: pulumi.Input[str]
    region: pulumi.Input[str]
    rotate_immediately: pulumi.Input[bool]
    rotation_enabled: pulumi.Input[bool]
    rotation_lambda_arn: pulumi.Input[str]
    rotation_rules: pulumi.Input[aws.secretsmanager.SecretRotationRotationRulesArgs | aws.secretsmanager.SecretRotationRotationRulesArgsDict]
    secret_id: pulumi.Input[str]

class SsmParameterInputs(TypedDict, total=False):
    allowed_pattern: pulumi.Input[str]
    arn: pulumi.Input[str]
    data_type: pulumi.Input[str]
    description: pulumi.Input[str]
    insecure_value: pulumi.Input[str]
    key_id: pulumi.Input[str]
    name: pulumi.Input[str]
    overwrite: pulumi.Input[bool]
    region: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    tier: pulumi.Input[str]
    type: pulumi.Input[str | aws.ssm.ParameterType]
    value: pulumi.Input[str]
    value_wo: pulumi.Input[str]
    value_wo_version: pulumi.Input[int]

class SsmPatchBaselineInputs(TypedDict, total=False):
    approval_rules: pulumi.Input[Sequence[pulumi.Input[aws.ssm.PatchBaselineApprovalRuleArgs | aws.ssm.PatchBaselineApprovalRuleArgsDict]]]
    approved_patches: pulumi.Input[Sequence[pulumi.Input[str]]]
    approved_patches_compliance_level: pulumi.Input[str]
    approved_patches_enable_non_security: pulumi.Input[bool]
    available_security_updates_compliance_status: pulumi.Input[str]
    description: pulumi.Input[str]
    global_filters: pulumi.Input[Sequence[pulumi.Input[aws.ssm.PatchBaselineGlobalFilterArgs | aws.ssm.PatchBaselineGlobalFilterArgsDict]]]
    name: pulumi.Input[str]
    operating_system: pulumi.Input[str]
    region: pulumi.Input[str]
    rejected_patches: pulumi.Input[Sequence[pulumi.Input[str]]]
    rejected_patches_action: pulumi.Input[str]
    sources: pulumi.Input[Sequence[pulumi.Input[aws.ssm.PatchBaselineSourceArgs | aws.ssm.PatchBaselineSourceArgsDict]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]

class VpcSecurityGroupEgressRuleInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    region: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class VpcSecurityGroupIngressRuleInputs(TypedDict, total=False):
    cidr_ipv4: pulumi.Input[str]
    cidr_ipv6: pulumi.Input[str]
    description: pulumi.Input[str]
    from_port: pulumi.Input[int]
    ip_protocol: pulumi.Input[str]
    prefix_list_id: pulumi.Input[str]
    referenced_security_group_id: pulumi.Input[str]
    region: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    to_port: pulumi.Input[int]

class AlarmsOverrides(TypedDict, total=False):
    errors: CloudwatchMetricAlarmInputs
    """Too many answers are 5xx."""
    latency: CloudwatchMetricAlarmInputs
    """Answers take too long."""
    unhealthy_hosts: CloudwatchMetricAlarmInputs
    """A server does not pass the health check."""

class BackupOverrides(TypedDict, total=False):
    vault: BackupVaultInputs
    """Where backups are kept."""
    lock: BackupVaultLockConfigurationInputs
    """What keeps backups from being deleted early."""
    plan: BackupPlanInputs
    """When backups are made and how long they are kept."""
    selection: BackupSelectionInputs
    """What is backed up."""
    role: IamRoleInputs
    """The role that AWS Backup assumes."""
    role_policy: IamRolePolicyAttachmentInputs
    """AWS's own policies of that role."""

class CertificateOverrides(TypedDict, total=False):
    certificate: AcmCertificateInputs
    """The certificate; none for one that exists."""
    record: Route53RecordInputs
    """The DNS records that prove its names."""
    validation: AcmCertificateValidationInputs
    """The wait until it is issued."""

class ContainerImageOverrides(TypedDict, total=False):
    repository: ContainerImageRepositoryInputs
    """The repository, unless one exists or the image is prebuilt."""
    lifecycle_policy: ContainerImageLifecyclePolicyInputs
    """Which images expire."""
    image: ContainerImageImageInputs
    """The build, if it mounts no secrets."""
    image_with_secrets: ContainerImageImageWithSecretsInputs
    """The build, if it mounts secrets."""

class ContainerServiceOverrides(TypedDict, total=False):
    cluster: ContainerServiceClusterInputs
    """The cluster, unless one is given."""
    task_definition: ContainerServiceTaskDefinitionInputs
    """What a task is launched from."""
    service: ContainerServiceServiceInputs
    """The service that runs the tasks."""
    security_group: ContainerServiceSecurityGroupInputs
    """The tasks' security group."""
    egress: ContainerServiceEgressInputs
    """What tasks may reach: everything."""
    from_ingress: ContainerServiceFromIngressInputs
    """The load balancer's way to the tasks."""
    ingress_egress: ContainerServiceIngressEgressInputs
    """The load balancer's way out to the tasks."""
    task_role: IamRoleInputs
    """The application's role."""
    execution_role: IamRoleInputs
    """The role by which ECS pulls the image, writes logs and reads secrets."""
    execution_policy: IamRolePolicyInputs
    """The permission for that."""
    shell_policy: IamRolePolicyInputs
    """The permission for a shell in the containers."""
    infrastructure_role: IamRoleInputs
    """The role by which ECS moves requests."""
    infrastructure_policy: IamRolePolicyAttachmentInputs
    """AWS's own policy for that."""
    log_group: ContainerServiceLogGroupInputs
    """Where containers write their logs."""
    target_group: ContainerServiceTargetGroupInputs
    """The tasks of the first release as the load balancer sees them, and of every second one after it."""
    alternate_target_group: ContainerServiceAlternateTargetGroupInputs
    """The tasks of the releases between them."""
    listener_rule: ContainerServiceListenerRuleInputs
    """The rules that lead requests here, one a route."""
    test_listener_rule: ContainerServiceTestListenerRuleInputs
    """The rule that leads test requests here."""
    scalable_target: ContainerServiceScalableTargetInputs
    """The bounds of the number of tasks."""
    scale_by_cpu: ContainerServiceScaleByCpuInputs
    """Scaling by CPU."""
    scale_by_memory: ContainerServiceScaleByMemoryInputs
    """Scaling by memory."""
    scale_by_requests: ContainerServiceScaleByRequestsInputs
    """Scaling by requests."""
    uses_policy: IamRolePolicyInputs
    """The permission for everything under `uses`."""
    door: ContainerServiceDoorInputs
    """The tasks' ways in to what they use."""
    release: ContainerServiceReleaseInputs
    """The release record."""

class DatabaseOverrides(TypedDict, total=False):
    subnet_group: RdsSubnetGroupInputs
    """The subnets it may be in."""
    security_group: Ec2SecurityGroupInputs
    """Who may reach it."""
    parameter_group: RdsParameterGroupInputs
    """The parameters of its engine."""
    instance: RdsInstanceInputs
    """The RDS instance."""
    secret: SecretsmanagerSecretInputs
    """The master user's secret, where RDS does not keep it."""
    master_password: SsmParameterInputs
    """The record that this secret holds the password."""
    cpu_alarm: CloudwatchMetricAlarmInputs
    """CPU is busy."""
    storage_alarm: CloudwatchMetricAlarmInputs
    """Little storage is free."""
    memory_alarm: CloudwatchMetricAlarmInputs
    """Little memory is free."""
    connections_alarm: CloudwatchMetricAlarmInputs
    """Many connections are open."""

class FileStoreOverrides(TypedDict, total=False):
    file_system: EfsFileSystemInputs
    """The file system."""
    policy: EfsFileSystemPolicyInputs
    """The refusal of everything without TLS."""
    backup_policy: EfsBackupPolicyInputs
    """Whether EFS backs it up by itself."""
    access_point: EfsAccessPointInputs
    """The folder and the user that servers mount it as."""
    security_group: Ec2SecurityGroupInputs
    """Who may reach the mount targets."""
    mount_target: EfsMountTargetInputs
    """The mount targets, one a zone."""

class ImagePipelineOverrides(TypedDict, total=False):
    component: ImagePipelineComponentInputs
    """The documents with the steps, in the order in which they run."""
    recipe: ImagePipelineRecipeInputs
    """The parent, the documents and the root volume."""
    role: IamRoleInputs
    """The role of the servers that build and test."""
    role_policy: IamRolePolicyAttachmentInputs
    """AWS's own policies of that role."""
    build_policy: IamRolePolicyInputs
    """The permission to read which version is baked, to fetch it, and to write logs and reports."""
    profile: IamInstanceProfileInputs
    """What gives the role to servers."""
    security_group: Ec2SecurityGroupInputs
    """The security group of those servers, into which nothing is let."""
    egress: VpcSecurityGroupEgressRuleInputs
    """What they may reach: HTTPS and HTTP."""
    log_group: CloudwatchLogGroupInputs
    """The logs of builds."""
    infrastructure: ImagebuilderInfrastructureConfigurationInputs
    """Where and as what those servers run."""
    distribution: ImagebuilderDistributionConfigurationInputs
    """Where images go, and who may launch them."""
    pipeline: ImagePipelinePipelineInputs
    """The pipeline."""
    lifecycle_role: IamRoleInputs
    """The role by which Image Builder deletes old images."""
    lifecycle_role_policy: IamRolePolicyAttachmentInputs
    """AWS's own policy for that."""
    lifecycle: ImagebuilderLifecyclePolicyInputs
    """Which images are deleted."""
    record: ImagePipelineRecordInputs
    """What `strata image bake STACK NAME VERSION` reads."""

class ImmutableServiceOverrides(TypedDict, total=False):
    launch_template: ImmutableServiceLaunchTemplateInputs
    """What a server is launched from."""
    group: ImmutableServiceGroupInputs
    """The fleet."""
    security_group: ImmutableServiceSecurityGroupInputs
    """The servers' security group."""
    egress: ImmutableServiceEgressInputs
    """What servers may reach: everything."""
    from_ingress: ImmutableServiceFromIngressInputs
    """The load balancer's way to the servers."""
    ingress_egress: ImmutableServiceIngressEgressInputs
    """The load balancer's way out to the servers."""
    role: IamRoleInputs
    """The servers' role."""
    session_manager: IamRolePolicyAttachmentInputs
    """AWS's own policy for Session Manager."""
    logs_policy: IamRolePolicyInputs
    """The permission to write to the log group."""
    profile: ImmutableServiceProfileInputs
    """What gives servers their role."""
    log_group: ImmutableServiceLogGroupInputs
    """Where servers write their logs."""
    target_group: ImmutableServiceTargetGroupInputs
    """The servers as the load balancer sees them."""
    listener_rule: ImmutableServiceListenerRuleInputs
    """The rules that lead requests here, one a route."""
    scale_by_cpu: ImmutableServiceScaleByCpuInputs
    """Scaling by CPU."""
    scale_by_requests: ImmutableServiceScaleByRequestsInputs
    """Scaling by requests."""
    schedule: ImmutableServiceScheduleInputs
    """Scheduled capacity."""
    refresh: ImmutableServiceRefreshInputs
    """What has the fleet refreshed at fixed times."""
    refresh_role: IamRoleInputs
    """The role that starts such a refresh."""
    refresh_policy: IamRolePolicyInputs
    """The permission to start it."""
    drain: ImmutableServiceDrainInputs
    """The time a worker's server has to finish its work."""
    drain_policy: IamRolePolicyInputs
    """The permission to end a drain early."""
    uses_policy: IamRolePolicyInputs
    """The permission for everything under `uses`."""
    door: ImmutableServiceDoorInputs
    """The servers' ways in to what they use."""
    heartbeat: ImmutableServiceHeartbeatInputs
    """The alarm that takes a rollout back when its gate is gone."""
    release: ImmutableServiceReleaseInputs
    """The release record."""

class IngressOverrides(TypedDict, total=False):
    load_balancer: LbLoadBalancerInputs
    """The load balancer."""
    security_group: Ec2SecurityGroupInputs
    """The load balancer's security group."""
    ingress_rule: VpcSecurityGroupIngressRuleInputs
    """Who may reach it, one a range and port."""
    http_listener: LbListenerInputs
    """Port 80: the services, or the way to port 443."""
    https_listener: LbListenerInputs
    """Port 443, with a certificate."""

class MaintainedFleetOverrides(TypedDict, total=False):
    launch_template: MaintainedFleetLaunchTemplateInputs
    """What new servers are launched from."""
    group: MaintainedFleetGroupInputs
    """The fleet."""
    security_group: Ec2SecurityGroupInputs
    """The servers' security group."""
    egress: VpcSecurityGroupEgressRuleInputs
    """What servers may reach: everything."""
    from_ingress: VpcSecurityGroupIngressRuleInputs
    """The load balancer's way to the servers."""
    ingress_egress: VpcSecurityGroupEgressRuleInputs
    """The load balancer's way out to the servers."""
    role: IamRoleInputs
    """The servers' role."""
    session_manager: IamRolePolicyAttachmentInputs
    """AWS's own policy for Session Manager, by which servers also get their changes."""
    logs_policy: IamRolePolicyInputs
    """The permission to write to the log group."""
    playbook_policy: IamRolePolicyInputs
    """The permission to fetch the playbook's archive."""
    before_policy: IamRolePolicyInputs
    """The permission to note what runs once before the playbook."""
    profile: IamInstanceProfileInputs
    """What gives servers their role."""
    log_group: CloudwatchLogGroupInputs
    """Where servers write their logs."""
    target_group: MaintainedFleetTargetGroupInputs
    """The servers as the load balancer sees them."""
    listener_rule: MaintainedFleetListenerRuleInputs
    """The rules that lead requests here, one a route."""
    uses_policy: IamRolePolicyInputs
    """The permission for everything under `uses`."""
    door: VpcSecurityGroupIngressRuleInputs
    """The servers' ways in to what they use."""
    document: MaintainedFleetDocumentInputs
    """What is run on a server: fetch, compare, run what runs once or wait for it, play, and wait for its health."""
    association: MaintainedFleetAssociationInputs
    """Which servers it is run on, how many at a time, and when."""
    healthy_document: MaintainedFleetHealthyDocumentInputs
    """What waits for a server's health after patches were installed."""
    patch_baseline: SsmPatchBaselineInputs
    """Which patches are approved."""
    patch_group: MaintainedFleetPatchGroupInputs
    """For whom: the servers with the fleet's tag PatchGroup."""
    window: MaintainedFleetWindowInputs
    """When they are installed."""
    window_target: MaintainedFleetWindowTargetInputs
    """On which servers: those of the group."""
    window_task: MaintainedFleetWindowTaskInputs
    """What installs them, and how many servers at a time."""

class NetworkOverrides(TypedDict, total=False):
    vpc: Ec2VpcInputs
    """The VPC."""
    public_subnet: Ec2SubnetInputs
    """Subnets for public load balancers, one a zone."""
    private_subnet: Ec2SubnetInputs
    """Subnets for servers, one a zone."""
    isolated_subnet: Ec2SubnetInputs
    """Subnets for databases, one a zone."""
    public_routes: Ec2RouteTableInputs
    """The route table of the public subnets."""
    private_routes: Ec2RouteTableInputs
    """The route tables of the private subnets, one a zone."""
    isolated_routes: Ec2RouteTableInputs
    """The route table of the isolated subnets."""
    internet_gateway: Ec2InternetGatewayInputs
    """The way to the internet."""
    nat: Ec2NatGatewayInputs
    """The servers' way out."""
    nat_address: Ec2EipInputs
    """The public addresses of the NAT gateways."""
    default_route: Ec2RouteInputs
    """The routes to the internet: the public one, and those through NAT."""
    association: Ec2RouteTableAssociationInputs
    """Which route table a subnet has."""
    endpoint: Ec2VpcEndpointInputs
    """Private ways to AWS's services."""
    endpoints_security_group: Ec2SecurityGroupInputs
    """Who may reach these."""
    endpoints_ingress: VpcSecurityGroupIngressRuleInputs
    """The network's way to these."""
    flow_log: Ec2FlowLogInputs
    """The record of traffic."""
    flow_log_group: CloudwatchLogGroupInputs
    """Where it is written."""
    flow_log_role: IamRoleInputs
    """The role that writes it."""
    flow_log_policy: IamRolePolicyInputs
    """What that role may do."""

class ObjectStoreOverrides(TypedDict, total=False):
    bucket: S3BucketInputs
    """The bucket."""
    versioning: S3BucketVersioningInputs
    """Whether old versions are kept."""
    encryption: S3BucketServerSideEncryptionConfigurationInputs
    """How new objects are encrypted."""
    public_access: S3BucketPublicAccessBlockInputs
    """The refusal of public access."""
    ownership: S3BucketOwnershipControlsInputs
    """Objects belong to the bucket's owner."""
    policy: S3BucketPolicyInputs
    """The refusal of everything without TLS."""
    lifecycle: S3BucketLifecycleConfigurationInputs
    """When objects move and expire."""
    object_lock: S3BucketObjectLockConfigurationInputs
    """How long no version can be deleted."""
    logging: S3BucketLoggingInputs
    """Where access is logged."""

class ReadReplicaOverrides(TypedDict, total=False):
    security_group: Ec2SecurityGroupInputs
    """Who may reach it."""
    instance: RdsInstanceInputs
    """The RDS instance."""
    cpu_alarm: CloudwatchMetricAlarmInputs
    """CPU is busy."""
    storage_alarm: CloudwatchMetricAlarmInputs
    """Little storage is free."""
    memory_alarm: CloudwatchMetricAlarmInputs
    """Little memory is free."""
    connections_alarm: CloudwatchMetricAlarmInputs
    """Many connections are open."""
    lag_alarm: CloudwatchMetricAlarmInputs
    """It lags behind its source."""

class RuntimeConfigOverrides(TypedDict, total=False):
    value: SsmParameterInputs
    """The parameters, one a value, in the order of their names."""

class SecretOverrides(TypedDict, total=False):
    key: KmsKeyInputs
    """The key that encrypts it, unless one is given."""
    alias: KmsAliasInputs
    """The name of that key."""
    secret: SecretsmanagerSecretInputs
    """The secret; none for one that exists."""
    record: SsmParameterInputs
    """The record that it has a value."""
    rotation: SecretsmanagerSecretRotationInputs
    """Who rotates it, and when."""
