/**
 * Which service-linked roles there are, and what the services call them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
 */

export interface ServiceLinkedRole {
  /** After `AWSServiceRoleFor`. */
  name: string;
  /** The AWS managed policy that comes with it, under `aws-service-role/`. */
  policy: string;
  /** Whether an account may have several, told apart by a suffix. */
  suffix?: true;
}

const scaling = (name: string, policy = name): ServiceLinkedRole => ({
  name: `ApplicationAutoScaling_${name}`,
  policy: `AWSApplicationAutoscaling${policy}Policy`,
});

const linked: Readonly<Record<string, ServiceLinkedRole>> = {
  'access-analyzer.amazonaws.com': { name: 'AccessAnalyzer', policy: 'AccessAnalyzerServiceRolePolicy' },
  'acm.amazonaws.com': { name: 'CertificateManager', policy: 'CertificateManagerServiceRolePolicy' },
  'autoscaling.amazonaws.com': {
    name: 'AutoScaling',
    policy: 'AutoScalingServiceRolePolicy',
    suffix: true,
  },
  'batch.amazonaws.com': { name: 'Batch', policy: 'BatchServiceRolePolicy' },
  'cloudtrail.amazonaws.com': { name: 'CloudTrail', policy: 'CloudTrailServiceRolePolicy' },
  'cloudwatch-crossaccount.amazonaws.com': {
    name: 'CloudWatchCrossAccount',
    policy: 'CloudWatch-CrossAccountAccess',
  },
  'cognito-idp.amazonaws.com': { name: 'AmazonCognitoIdp', policy: 'AmazonCognitoIdpServiceRolePolicy' },
  'config.amazonaws.com': { name: 'Config', policy: 'AWSConfigServiceRolePolicy' },
  'contributorinsights.dynamodb.amazonaws.com': {
    name: 'DynamoDBCloudWatchContributorInsights',
    policy: 'DynamoDBCloudWatchContributorInsightsServiceRolePolicy',
  },
  'custom-resource.application-autoscaling.amazonaws.com': scaling('CustomResource'),
  'dynamodb.application-autoscaling.amazonaws.com': scaling('DynamoDBTable'),
  'ecs.amazonaws.com': { name: 'ECS', policy: 'AmazonECSServiceRolePolicy' },
  'ecs.application-autoscaling.amazonaws.com': scaling('ECSService'),
  'elasticache.amazonaws.com': { name: 'ElastiCache', policy: 'ElastiCacheServiceRolePolicy' },
  'elasticbeanstalk.amazonaws.com': {
    name: 'ElasticBeanstalk',
    policy: 'AWSElasticBeanstalkServiceRolePolicy',
  },
  'elasticfilesystem.amazonaws.com': {
    name: 'AmazonElasticFileSystem',
    policy: 'AmazonElasticFileSystemServiceRolePolicy',
  },
  'elasticloadbalancing.amazonaws.com': {
    name: 'ElasticLoadBalancing',
    policy: 'AWSElasticLoadBalancingServiceRolePolicy',
  },
  'email.cognito-idp.amazonaws.com': {
    name: 'AmazonCognitoIdpEmailService',
    policy: 'AmazonCognitoIdpEmailServiceRolePolicy',
  },
  'events.amazonaws.com': { name: 'CloudWatchEvents', policy: 'CloudWatchEventsServiceRolePolicy' },
  'apidestinations.events.amazonaws.com': {
    name: 'AmazonEventBridgeApiDestinations',
    policy: 'AmazonEventBridgeApiDestinationsServiceRolePolicy',
  },
  'guardduty.amazonaws.com': { name: 'AmazonGuardDuty', policy: 'AmazonGuardDutyServiceRolePolicy' },
  'kafka.amazonaws.com': { name: 'Kafka', policy: 'KafkaServiceRolePolicy' },
  'kinesis.application-autoscaling.amazonaws.com': scaling('KinesisStream'),
  'lambda.application-autoscaling.amazonaws.com': scaling('LambdaConcurrency'),
  'lex.amazonaws.com': { name: 'LexBots', policy: 'AmazonLexBotPolicy' },
  'opensearchservice.amazonaws.com': {
    name: 'AmazonOpenSearchService',
    policy: 'AmazonOpenSearchServiceRolePolicy',
  },
  'ops.apigateway.amazonaws.com': { name: 'APIGateway', policy: 'APIGatewayServiceRolePolicy' },
  'organizations.amazonaws.com': { name: 'Organizations', policy: 'AWSOrganizationsServiceTrustPolicy' },
  'rds.amazonaws.com': { name: 'RDS', policy: 'AmazonRDSServiceRolePolicy' },
  'replication.dynamodb.amazonaws.com': {
    name: 'DynamoDBReplication',
    policy: 'DynamoDBReplicationServiceRolePolicy',
  },
  'kinesisreplication.dynamodb.amazonaws.com': {
    name: 'DynamoDBKinesisDataStreamsReplication',
    policy: 'DynamoDBKinesisReplicationServiceRolePolicy',
  },
  'replicator.lambda.amazonaws.com': { name: 'LambdaReplicator', policy: 'AWSLambdaReplicator' },
  'securityhub.amazonaws.com': { name: 'SecurityHub', policy: 'AWSSecurityHubServiceRolePolicy' },
  'spot.amazonaws.com': { name: 'EC2Spot', policy: 'AWSEC2SpotServiceRolePolicy' },
  'ssm.amazonaws.com': { name: 'AmazonSSM', policy: 'AmazonSSMServiceRolePolicy' },
  'support.amazonaws.com': { name: 'Support', policy: 'AWSSupportServiceRolePolicy' },
  'eks.amazonaws.com': { name: 'AmazonEKS', policy: 'AmazonEKSServiceRolePolicy' },
  'eks-fargate.amazonaws.com': {
    name: 'AmazonEKSForFargate',
    policy: 'AmazonEKSForFargateServiceRolePolicy',
  },
  'eks-nodegroup.amazonaws.com': {
    name: 'AmazonEKSNodegroup',
    policy: 'AWSServiceRoleForAmazonEKSNodegroup',
  },
  'backup.amazonaws.com': { name: 'Backup', policy: 'AWSBackupServiceLinkedRolePolicyForBackup' },
  'cks.kms.amazonaws.com': {
    name: 'KeyManagementServiceCustomKeyStores',
    policy: 'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
  },
  'mrk.kms.amazonaws.com': {
    name: 'KeyManagementServiceMultiRegionKeys',
    policy: 'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
  },
  'codestar-notifications.amazonaws.com': {
    name: 'CodeStarNotifications',
    policy: 'AWSCodeStarNotificationsServiceRolePolicy',
  },
  'compute-optimizer.amazonaws.com': {
    name: 'ComputeOptimizer',
    policy: 'ComputeOptimizerServiceRolePolicy',
  },
  'dax.amazonaws.com': { name: 'DAX', policy: 'DAXServiceRolePolicy' },
  'delivery.logs.amazonaws.com': { name: 'LogDelivery', policy: 'AWSLogDeliveryServiceRolePolicy' },
  'ec2fleet.amazonaws.com': { name: 'EC2Fleet', policy: 'AWSEC2FleetServiceRolePolicy' },
  'spotfleet.amazonaws.com': { name: 'EC2SpotFleet', policy: 'AWSEC2SpotFleetServiceRolePolicy' },
  'es.amazonaws.com': { name: 'AmazonElasticsearchService', policy: 'AmazonElasticsearchServiceRolePolicy' },
  'fms.amazonaws.com': { name: 'FMS', policy: 'FMSServiceRolePolicy' },
  'globalaccelerator.amazonaws.com': { name: 'GlobalAccelerator', policy: 'AWSGlobalAcceleratorSLRPolicy' },
  'inspector2.amazonaws.com': { name: 'AmazonInspector2', policy: 'AmazonInspector2ServiceRolePolicy' },
  'logger.cloudfront.amazonaws.com': { name: 'CloudFrontLogger', policy: 'AWSCloudFrontLogger' },
  'macie.amazonaws.com': { name: 'AmazonMacie', policy: 'AmazonMacieServiceRolePolicy' },
  'ram.amazonaws.com': { name: 'ResourceAccessManager', policy: 'AWSResourceAccessManagerServiceRolePolicy' },
  'redshift.amazonaws.com': { name: 'Redshift', policy: 'AmazonRedshiftServiceLinkedRolePolicy' },
  'replication.ecr.amazonaws.com': { name: 'ECRReplication', policy: 'ECRReplicationServiceRolePolicy' },
  'resource-explorer-2.amazonaws.com': {
    name: 'ResourceExplorer',
    policy: 'AWSResourceExplorerServiceRolePolicy',
  },
  'servicequotas.amazonaws.com': { name: 'ServiceQuotas', policy: 'ServiceQuotasServiceRolePolicy' },
  'sso.amazonaws.com': { name: 'SSO', policy: 'AWSSSOServiceRolePolicy' },
  'transitgateway.amazonaws.com': {
    name: 'VPCTransitGateway',
    policy: 'AWSVPCTransitGatewayServiceRolePolicy',
  },
  'trustedadvisor.amazonaws.com': { name: 'TrustedAdvisor', policy: 'AWSTrustedAdvisorServiceRolePolicy' },
  'appstream.application-autoscaling.amazonaws.com': scaling('AppStreamFleet'),
  'cassandra.application-autoscaling.amazonaws.com': scaling('CassandraTable'),
  'comprehend.application-autoscaling.amazonaws.com': scaling('ComprehendEndpoint'),
  'ec2.application-autoscaling.amazonaws.com': scaling('EC2SpotFleetRequest'),
  'elasticache.application-autoscaling.amazonaws.com': scaling('ElastiCacheRG'),
  'kafka.application-autoscaling.amazonaws.com': scaling('KafkaCluster'),
  'neptune.application-autoscaling.amazonaws.com': scaling('NeptuneCluster'),
  'rds.application-autoscaling.amazonaws.com': scaling('RDSCluster'),
  'sagemaker.application-autoscaling.amazonaws.com': scaling('SageMakerEndpoint'),
  'xray.amazonaws.com': { name: 'XRay', policy: 'AWSXRayServiceRolePolicy' },
};

/** @returns undefined for a service that has none, or isn't in the table. */
export function serviceLinkedRole(serviceName: string): ServiceLinkedRole | undefined {
  return Object.hasOwn(linked, serviceName) ? linked[serviceName] : undefined;
}

const path = '/aws-service-role/';

/** The service that a role of this path is linked to. */
export function linkedService(rolePath: string): string | undefined {
  return rolePath.startsWith(path) ? rolePath.slice(path.length).replace(/\/$/, '') : undefined;
}
