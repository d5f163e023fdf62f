import { type Dict, sub } from './values.ts';

/** A policy template: the parameters it must be given and the policy they complete. */
export interface PolicyTemplate {
  readonly parameters: readonly string[];
  readonly policy: () => Dict;
}

/** Stands for a parameter's value; the name can't collide with a template's own parameters. */
export const parameterPrefix = '___SAM_POLICY_PARAMETER_';
const parameter = (name: string): Dict => ({ Ref: parameterPrefix + name });

/** All of SAM's policy templates (AWS SAM developer guide, "SAM policy templates"). */
export const policyTemplates: Readonly<Record<string, PolicyTemplate>> = {
  AMIDescribePolicy: {
    parameters: [],
    policy: () => ({ Statement: [{ Action: ['ec2:DescribeImages'], Effect: 'Allow', Resource: '*' }] }),
  },
  AWSSecretsManagerGetSecretValuePolicy: {
    parameters: ['SecretArn'],
    policy: () => ({
      Statement: [
        {
          Action: ['secretsmanager:GetSecretValue'],
          Effect: 'Allow',
          Resource: sub('${secretArn}', { secretArn: parameter('SecretArn') }),
        },
      ],
    }),
  },
  AWSSecretsManagerRotationPolicy: {
    parameters: ['FunctionName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'secretsmanager:DescribeSecret',
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          Condition: {
            StringEquals: {
              'secretsmanager:resource/AllowRotationLambdaArn': sub(
                'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}',
                { functionName: parameter('FunctionName') },
              ),
            },
          },
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*'),
        },
        { Action: ['secretsmanager:GetRandomPassword'], Effect: 'Allow', Resource: '*' },
      ],
    }),
  },
  AcmGetCertificatePolicy: {
    parameters: ['CertificateArn'],
    policy: () => ({
      Statement: [
        {
          Action: ['acm:GetCertificate'],
          Effect: 'Allow',
          Resource: sub('${certificateArn}', { certificateArn: parameter('CertificateArn') }),
        },
      ],
    }),
  },
  AthenaQueryPolicy: {
    parameters: ['WorkGroupName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'athena:ListWorkGroups',
            'athena:GetExecutionEngine',
            'athena:GetExecutionEngines',
            'athena:GetNamespace',
            'athena:GetCatalogs',
            'athena:GetNamespaces',
            'athena:GetTables',
            'athena:GetTable',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
        {
          Action: [
            'athena:StartQueryExecution',
            'athena:GetQueryResults',
            'athena:DeleteNamedQuery',
            'athena:GetNamedQuery',
            'athena:ListQueryExecutions',
            'athena:StopQueryExecution',
            'athena:GetQueryResultsStream',
            'athena:ListNamedQueries',
            'athena:CreateNamedQuery',
            'athena:GetQueryExecution',
            'athena:BatchGetNamedQuery',
            'athena:BatchGetQueryExecution',
            'athena:GetWorkGroup',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/${workgroupName}',
            { workgroupName: parameter('WorkGroupName') },
          ),
        },
      ],
    }),
  },
  CloudFormationDescribeStacksPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: ['cloudformation:DescribeStacks'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/*'),
        },
      ],
    }),
  },
  CloudWatchDashboardPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'cloudwatch:GetDashboard',
            'cloudwatch:ListDashboards',
            'cloudwatch:PutDashboard',
            'cloudwatch:ListMetrics',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  CloudWatchDescribeAlarmHistoryPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [{ Action: ['cloudwatch:DescribeAlarmHistory'], Effect: 'Allow', Resource: '*' }],
    }),
  },
  CloudWatchPutMetricPolicy: {
    parameters: [],
    policy: () => ({ Statement: [{ Action: ['cloudwatch:PutMetricData'], Effect: 'Allow', Resource: '*' }] }),
  },
  CodeCommitCrudPolicy: {
    parameters: ['RepositoryName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'codecommit:GitPull',
            'codecommit:GitPush',
            'codecommit:CreateBranch',
            'codecommit:DeleteBranch',
            'codecommit:GetBranch',
            'codecommit:ListBranches',
            'codecommit:MergeBranchesByFastForward',
            'codecommit:MergeBranchesBySquash',
            'codecommit:MergeBranchesByThreeWay',
            'codecommit:UpdateDefaultBranch',
            'codecommit:BatchDescribeMergeConflicts',
            'codecommit:CreateUnreferencedMergeCommit',
            'codecommit:DescribeMergeConflicts',
            'codecommit:GetMergeCommit',
            'codecommit:GetMergeOptions',
            'codecommit:BatchGetPullRequests',
            'codecommit:CreatePullRequest',
            'codecommit:DescribePullRequestEvents',
            'codecommit:GetCommentsForPullRequest',
            'codecommit:GetCommitsFromMergeBase',
            'codecommit:GetMergeConflicts',
            'codecommit:GetPullRequest',
            'codecommit:ListPullRequests',
            'codecommit:MergePullRequestByFastForward',
            'codecommit:MergePullRequestBySquash',
            'codecommit:MergePullRequestByThreeWay',
            'codecommit:PostCommentForPullRequest',
            'codecommit:UpdatePullRequestDescription',
            'codecommit:UpdatePullRequestStatus',
            'codecommit:UpdatePullRequestTitle',
            'codecommit:DeleteFile',
            'codecommit:GetBlob',
            'codecommit:GetFile',
            'codecommit:GetFolder',
            'codecommit:PutFile',
            'codecommit:DeleteCommentContent',
            'codecommit:GetComment',
            'codecommit:GetCommentsForComparedCommit',
            'codecommit:PostCommentForComparedCommit',
            'codecommit:PostCommentReply',
            'codecommit:UpdateComment',
            'codecommit:BatchGetCommits',
            'codecommit:CreateCommit',
            'codecommit:GetCommit',
            'codecommit:GetCommitHistory',
            'codecommit:GetDifferences',
            'codecommit:GetObjectIdentifier',
            'codecommit:GetReferences',
            'codecommit:GetTree',
            'codecommit:GetRepository',
            'codecommit:UpdateRepositoryDescription',
            'codecommit:ListTagsForResource',
            'codecommit:TagResource',
            'codecommit:UntagResource',
            'codecommit:GetRepositoryTriggers',
            'codecommit:PutRepositoryTriggers',
            'codecommit:TestRepositoryTriggers',
            'codecommit:GetBranch',
            'codecommit:GetCommit',
            'codecommit:UploadArchive',
            'codecommit:GetUploadArchiveStatus',
            'codecommit:CancelUploadArchive',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:${repositoryName}',
            { repositoryName: parameter('RepositoryName') },
          ),
        },
      ],
    }),
  },
  CodeCommitReadPolicy: {
    parameters: ['RepositoryName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'codecommit:GitPull',
            'codecommit:GetBranch',
            'codecommit:ListBranches',
            'codecommit:BatchDescribeMergeConflicts',
            'codecommit:DescribeMergeConflicts',
            'codecommit:GetMergeCommit',
            'codecommit:GetMergeOptions',
            'codecommit:BatchGetPullRequests',
            'codecommit:DescribePullRequestEvents',
            'codecommit:GetCommentsForPullRequest',
            'codecommit:GetCommitsFromMergeBase',
            'codecommit:GetMergeConflicts',
            'codecommit:GetPullRequest',
            'codecommit:ListPullRequests',
            'codecommit:GetBlob',
            'codecommit:GetFile',
            'codecommit:GetFolder',
            'codecommit:GetComment',
            'codecommit:GetCommentsForComparedCommit',
            'codecommit:BatchGetCommits',
            'codecommit:GetCommit',
            'codecommit:GetCommitHistory',
            'codecommit:GetDifferences',
            'codecommit:GetObjectIdentifier',
            'codecommit:GetReferences',
            'codecommit:GetTree',
            'codecommit:GetRepository',
            'codecommit:ListTagsForResource',
            'codecommit:GetRepositoryTriggers',
            'codecommit:TestRepositoryTriggers',
            'codecommit:GetBranch',
            'codecommit:GetCommit',
            'codecommit:GetUploadArchiveStatus',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:${repositoryName}',
            { repositoryName: parameter('RepositoryName') },
          ),
        },
      ],
    }),
  },
  CodePipelineLambdaExecutionPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: ['codepipeline:PutJobSuccessResult', 'codepipeline:PutJobFailureResult'],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  CodePipelineReadOnlyPolicy: {
    parameters: ['PipelineName'],
    policy: () => ({
      Statement: [
        {
          Action: ['codepipeline:ListPipelineExecutions'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${pipelinename}',
            { pipelinename: parameter('PipelineName') },
          ),
        },
      ],
    }),
  },
  ComprehendBasicAccessPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'comprehend:BatchDetectKeyPhrases',
            'comprehend:DetectDominantLanguage',
            'comprehend:DetectEntities',
            'comprehend:BatchDetectEntities',
            'comprehend:DetectKeyPhrases',
            'comprehend:DetectSentiment',
            'comprehend:BatchDetectDominantLanguage',
            'comprehend:BatchDetectSentiment',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  CostExplorerReadOnlyPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'ce:GetCostAndUsage',
            'ce:GetDimensionValues',
            'ce:GetReservationCoverage',
            'ce:GetReservationPurchaseRecommendation',
            'ce:GetReservationUtilization',
            'ce:GetTags',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  DynamoDBBackupFullAccessPolicy: {
    parameters: ['TableName'],
    policy: () => ({
      Statement: [
        {
          Action: ['dynamodb:CreateBackup', 'dynamodb:DescribeContinuousBackups'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}',
            { tableName: parameter('TableName') },
          ),
        },
        {
          Action: ['dynamodb:DeleteBackup', 'dynamodb:DescribeBackup', 'dynamodb:ListBackups'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/backup/*',
            { tableName: parameter('TableName') },
          ),
        },
      ],
    }),
  },
  DynamoDBCrudPolicy: {
    parameters: ['TableName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'dynamodb:GetItem',
            'dynamodb:DeleteItem',
            'dynamodb:PutItem',
            'dynamodb:Scan',
            'dynamodb:Query',
            'dynamodb:UpdateItem',
            'dynamodb:BatchWriteItem',
            'dynamodb:BatchGetItem',
            'dynamodb:DescribeTable',
            'dynamodb:ConditionCheckItem',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}', {
              tableName: parameter('TableName'),
            }),
            sub(
              'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*',
              { tableName: parameter('TableName') },
            ),
          ],
        },
      ],
    }),
  },
  DynamoDBReadPolicy: {
    parameters: ['TableName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'dynamodb:GetItem',
            'dynamodb:Scan',
            'dynamodb:Query',
            'dynamodb:BatchGetItem',
            'dynamodb:DescribeTable',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}', {
              tableName: parameter('TableName'),
            }),
            sub(
              'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*',
              { tableName: parameter('TableName') },
            ),
          ],
        },
      ],
    }),
  },
  DynamoDBReconfigurePolicy: {
    parameters: ['TableName'],
    policy: () => ({
      Statement: [
        {
          Action: ['dynamodb:UpdateTable'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}',
            { tableName: parameter('TableName') },
          ),
        },
      ],
    }),
  },
  DynamoDBRestoreFromBackupPolicy: {
    parameters: ['TableName'],
    policy: () => ({
      Statement: [
        {
          Action: ['dynamodb:RestoreTableFromBackup'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/backup/*',
            { tableName: parameter('TableName') },
          ),
        },
        {
          Action: [
            'dynamodb:PutItem',
            'dynamodb:UpdateItem',
            'dynamodb:DeleteItem',
            'dynamodb:GetItem',
            'dynamodb:Query',
            'dynamodb:Scan',
            'dynamodb:BatchWriteItem',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}',
            { tableName: parameter('TableName') },
          ),
        },
      ],
    }),
  },
  DynamoDBStreamReadPolicy: {
    parameters: ['StreamName', 'TableName'],
    policy: () => ({
      Statement: [
        {
          Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/stream/${streamName}',
            { streamName: parameter('StreamName'), tableName: parameter('TableName') },
          ),
        },
        {
          Action: ['dynamodb:ListStreams'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/stream/*',
            { tableName: parameter('TableName') },
          ),
        },
      ],
    }),
  },
  DynamoDBWritePolicy: {
    parameters: ['TableName'],
    policy: () => ({
      Statement: [
        {
          Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem'],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}', {
              tableName: parameter('TableName'),
            }),
            sub(
              'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*',
              { tableName: parameter('TableName') },
            ),
          ],
        },
      ],
    }),
  },
  EC2CopyImagePolicy: {
    parameters: ['ImageId'],
    policy: () => ({
      Statement: [
        {
          Action: ['ec2:CopyImage'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:image/${imageId}', {
            imageId: parameter('ImageId'),
          }),
        },
      ],
    }),
  },
  EC2DescribePolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        { Action: ['ec2:DescribeRegions', 'ec2:DescribeInstances'], Effect: 'Allow', Resource: '*' },
      ],
    }),
  },
  EFSWriteAccessPolicy: {
    parameters: ['AccessPoint', 'FileSystem'],
    policy: () => ({
      Statement: [
        {
          Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
          Condition: {
            StringEquals: {
              'elasticfilesystem:AccessPointArn': sub(
                'arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:access-point/${AccessPoint}',
                { AccessPoint: parameter('AccessPoint') },
              ),
            },
          },
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/${FileSystem}',
            { FileSystem: parameter('FileSystem') },
          ),
        },
      ],
    }),
  },
  EKSDescribePolicy: {
    parameters: [],
    policy: () => ({
      Statement: [{ Action: ['eks:DescribeCluster', 'eks:ListClusters'], Effect: 'Allow', Resource: '*' }],
    }),
  },
  EcsRunTaskPolicy: {
    parameters: ['TaskDefinition'],
    policy: () => ({
      Statement: [
        {
          Action: ['ecs:RunTask'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/${taskDefinition}',
            { taskDefinition: parameter('TaskDefinition') },
          ),
        },
      ],
    }),
  },
  ElasticMapReduceAddJobFlowStepsPolicy: {
    parameters: ['ClusterId'],
    policy: () => ({
      Statement: [
        {
          Action: 'elasticmapreduce:AddJobFlowSteps',
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}',
            { clusterId: parameter('ClusterId') },
          ),
        },
      ],
    }),
  },
  ElasticMapReduceCancelStepsPolicy: {
    parameters: ['ClusterId'],
    policy: () => ({
      Statement: [
        {
          Action: 'elasticmapreduce:CancelSteps',
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}',
            { clusterId: parameter('ClusterId') },
          ),
        },
      ],
    }),
  },
  ElasticMapReduceModifyInstanceFleetPolicy: {
    parameters: ['ClusterId'],
    policy: () => ({
      Statement: [
        {
          Action: ['elasticmapreduce:ModifyInstanceFleet', 'elasticmapreduce:ListInstanceFleets'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}',
            { clusterId: parameter('ClusterId') },
          ),
        },
      ],
    }),
  },
  ElasticMapReduceModifyInstanceGroupsPolicy: {
    parameters: ['ClusterId'],
    policy: () => ({
      Statement: [
        {
          Action: ['elasticmapreduce:ModifyInstanceGroups', 'elasticmapreduce:ListInstanceGroups'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}',
            { clusterId: parameter('ClusterId') },
          ),
        },
      ],
    }),
  },
  ElasticMapReduceSetTerminationProtectionPolicy: {
    parameters: ['ClusterId'],
    policy: () => ({
      Statement: [
        {
          Action: 'elasticmapreduce:SetTerminationProtection',
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}',
            { clusterId: parameter('ClusterId') },
          ),
        },
      ],
    }),
  },
  ElasticMapReduceTerminateJobFlowsPolicy: {
    parameters: ['ClusterId'],
    policy: () => ({
      Statement: [
        {
          Action: 'elasticmapreduce:TerminateJobFlows',
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}',
            { clusterId: parameter('ClusterId') },
          ),
        },
      ],
    }),
  },
  ElasticsearchHttpPostPolicy: {
    parameters: ['DomainName'],
    policy: () => ({
      Statement: [
        {
          Action: ['es:ESHttpPost', 'es:ESHttpPut'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:es:${AWS::Region}:${AWS::AccountId}:domain/${domainName}/*', {
            domainName: parameter('DomainName'),
          }),
        },
      ],
    }),
  },
  EventBridgePutEventsPolicy: {
    parameters: ['EventBusName'],
    policy: () => ({
      Statement: [
        {
          Action: 'events:PutEvents',
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${eventBusName}',
            { eventBusName: parameter('EventBusName') },
          ),
        },
      ],
    }),
  },
  FilterLogEventsPolicy: {
    parameters: ['LogGroupName'],
    policy: () => ({
      Statement: [
        {
          Action: ['logs:FilterLogEvents'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${logGroupName}:log-stream:*',
            { logGroupName: parameter('LogGroupName') },
          ),
        },
      ],
    }),
  },
  FirehoseCrudPolicy: {
    parameters: ['DeliveryStreamName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'firehose:CreateDeliveryStream',
            'firehose:DeleteDeliveryStream',
            'firehose:DescribeDeliveryStream',
            'firehose:PutRecord',
            'firehose:PutRecordBatch',
            'firehose:UpdateDestination',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${deliveryStreamName}',
            { deliveryStreamName: parameter('DeliveryStreamName') },
          ),
        },
      ],
    }),
  },
  FirehoseWritePolicy: {
    parameters: ['DeliveryStreamName'],
    policy: () => ({
      Statement: [
        {
          Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${deliveryStreamName}',
            { deliveryStreamName: parameter('DeliveryStreamName') },
          ),
        },
      ],
    }),
  },
  KMSDecryptPolicy: {
    parameters: ['KeyId'],
    policy: () => ({
      Statement: [
        {
          Action: 'kms:Decrypt',
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${keyId}', {
            keyId: parameter('KeyId'),
          }),
        },
      ],
    }),
  },
  KMSEncryptPolicy: {
    parameters: ['KeyId'],
    policy: () => ({
      Statement: [
        {
          Action: 'kms:Encrypt',
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${keyId}', {
            keyId: parameter('KeyId'),
          }),
        },
      ],
    }),
  },
  KMSEncryptPolicy_v2: {
    parameters: ['KeyId'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'kms:Encrypt',
            'kms:GenerateDataKey',
            'kms:GenerateDataKeyWithoutPlaintext',
            'kms:GenerateDataKeyPair',
            'kms:GenerateDataKeyPairWithoutPlaintext',
          ],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${keyId}', {
            keyId: parameter('KeyId'),
          }),
        },
      ],
    }),
  },
  KinesisCrudPolicy: {
    parameters: ['StreamName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'kinesis:AddTagsToStream',
            'kinesis:CreateStream',
            'kinesis:DecreaseStreamRetentionPeriod',
            'kinesis:DeleteStream',
            'kinesis:DescribeStream',
            'kinesis:DescribeStreamSummary',
            'kinesis:GetShardIterator',
            'kinesis:IncreaseStreamRetentionPeriod',
            'kinesis:ListTagsForStream',
            'kinesis:MergeShards',
            'kinesis:PutRecord',
            'kinesis:PutRecords',
            'kinesis:SplitShard',
            'kinesis:RemoveTagsFromStream',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${streamName}',
            { streamName: parameter('StreamName') },
          ),
        },
      ],
    }),
  },
  KinesisStreamReadPolicy: {
    parameters: ['StreamName'],
    policy: () => ({
      Statement: [
        {
          Action: ['kinesis:ListStreams', 'kinesis:DescribeLimits'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/*'),
        },
        {
          Action: [
            'kinesis:DescribeStream',
            'kinesis:DescribeStreamSummary',
            'kinesis:GetRecords',
            'kinesis:GetShardIterator',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${streamName}',
            { streamName: parameter('StreamName') },
          ),
        },
      ],
    }),
  },
  LambdaInvokePolicy: {
    parameters: ['FunctionName'],
    policy: () => ({
      Statement: [
        {
          Action: ['lambda:InvokeFunction'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}*',
            { functionName: parameter('FunctionName') },
          ),
        },
      ],
    }),
  },
  MobileAnalyticsWriteOnlyAccessPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [{ Action: ['mobileanalytics:PutEvents'], Effect: 'Allow', Resource: '*' }],
    }),
  },
  OrganizationsListAccountsPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [{ Action: ['organizations:ListAccounts'], Effect: 'Allow', Resource: '*' }],
    }),
  },
  PinpointEndpointAccessPolicy: {
    parameters: ['PinpointApplicationId'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'mobiletargeting:GetEndpoint',
            'mobiletargeting:UpdateEndpoint',
            'mobiletargeting:UpdateEndpointsBatch',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/${pinpointApplicationId}/endpoints/*',
            { pinpointApplicationId: parameter('PinpointApplicationId') },
          ),
        },
      ],
    }),
  },
  PollyFullAccessPolicy: {
    parameters: ['LexiconName'],
    policy: () => ({
      Statement: [
        {
          Action: ['polly:GetLexicon', 'polly:DeleteLexicon'],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:polly:${AWS::Region}:${AWS::AccountId}:lexicon/${lexiconName}', {
              lexiconName: parameter('LexiconName'),
            }),
          ],
        },
        {
          Action: [
            'polly:DescribeVoices',
            'polly:ListLexicons',
            'polly:PutLexicon',
            'polly:SynthesizeSpeech',
          ],
          Effect: 'Allow',
          Resource: [sub('arn:${AWS::Partition}:polly:${AWS::Region}:${AWS::AccountId}:lexicon/*')],
        },
      ],
    }),
  },
  RekognitionDetectOnlyPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'rekognition:DetectFaces',
            'rekognition:DetectLabels',
            'rekognition:DetectModerationLabels',
            'rekognition:DetectText',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  RekognitionFacesManagementPolicy: {
    parameters: ['CollectionId'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'rekognition:IndexFaces',
            'rekognition:DeleteFaces',
            'rekognition:SearchFaces',
            'rekognition:SearchFacesByImage',
            'rekognition:ListFaces',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}',
            { collectionId: parameter('CollectionId') },
          ),
        },
      ],
    }),
  },
  RekognitionFacesPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        { Action: ['rekognition:CompareFaces', 'rekognition:DetectFaces'], Effect: 'Allow', Resource: '*' },
      ],
    }),
  },
  RekognitionLabelsPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: ['rekognition:DetectLabels', 'rekognition:DetectModerationLabels'],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  RekognitionNoDataAccessPolicy: {
    parameters: ['CollectionId'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'rekognition:CompareFaces',
            'rekognition:DetectFaces',
            'rekognition:DetectLabels',
            'rekognition:DetectModerationLabels',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}',
            { collectionId: parameter('CollectionId') },
          ),
        },
      ],
    }),
  },
  RekognitionReadPolicy: {
    parameters: ['CollectionId'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'rekognition:ListCollections',
            'rekognition:ListFaces',
            'rekognition:SearchFaces',
            'rekognition:SearchFacesByImage',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}',
            { collectionId: parameter('CollectionId') },
          ),
        },
      ],
    }),
  },
  RekognitionWriteOnlyAccessPolicy: {
    parameters: ['CollectionId'],
    policy: () => ({
      Statement: [
        {
          Action: ['rekognition:CreateCollection', 'rekognition:IndexFaces'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}',
            { collectionId: parameter('CollectionId') },
          ),
        },
      ],
    }),
  },
  Route53ChangeResourceRecordSetsPolicy: {
    parameters: ['HostedZoneId'],
    policy: () => ({
      Statement: [
        {
          Action: ['route53:ChangeResourceRecordSets'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:route53:::hostedzone/${HostedZoneId}', {
            HostedZoneId: parameter('HostedZoneId'),
          }),
        },
      ],
    }),
  },
  S3CrudPolicy: {
    parameters: ['BucketName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            's3:GetObject',
            's3:ListBucket',
            's3:GetBucketLocation',
            's3:GetObjectVersion',
            's3:PutObject',
            's3:PutObjectAcl',
            's3:GetLifecycleConfiguration',
            's3:PutLifecycleConfiguration',
            's3:DeleteObject',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:s3:::${bucketName}', { bucketName: parameter('BucketName') }),
            sub('arn:${AWS::Partition}:s3:::${bucketName}/*', { bucketName: parameter('BucketName') }),
          ],
        },
      ],
    }),
  },
  S3FullAccessPolicy: {
    parameters: ['BucketName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            's3:GetObject',
            's3:GetObjectAcl',
            's3:GetObjectVersion',
            's3:PutObject',
            's3:PutObjectAcl',
            's3:DeleteObject',
            's3:DeleteObjectTagging',
            's3:DeleteObjectVersionTagging',
            's3:GetObjectTagging',
            's3:GetObjectVersionTagging',
            's3:PutObjectTagging',
            's3:PutObjectVersionTagging',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:s3:::${bucketName}/*', { bucketName: parameter('BucketName') }),
          ],
        },
        {
          Action: [
            's3:ListBucket',
            's3:GetBucketLocation',
            's3:GetLifecycleConfiguration',
            's3:PutLifecycleConfiguration',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:s3:::${bucketName}', { bucketName: parameter('BucketName') }),
          ],
        },
      ],
    }),
  },
  S3ReadPolicy: {
    parameters: ['BucketName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            's3:GetObject',
            's3:ListBucket',
            's3:GetBucketLocation',
            's3:GetObjectVersion',
            's3:GetLifecycleConfiguration',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:s3:::${bucketName}', { bucketName: parameter('BucketName') }),
            sub('arn:${AWS::Partition}:s3:::${bucketName}/*', { bucketName: parameter('BucketName') }),
          ],
        },
      ],
    }),
  },
  S3WritePolicy: {
    parameters: ['BucketName'],
    policy: () => ({
      Statement: [
        {
          Action: ['s3:PutObject', 's3:PutObjectAcl', 's3:PutLifecycleConfiguration'],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:s3:::${bucketName}', { bucketName: parameter('BucketName') }),
            sub('arn:${AWS::Partition}:s3:::${bucketName}/*', { bucketName: parameter('BucketName') }),
          ],
        },
      ],
    }),
  },
  SESBulkTemplatedCrudPolicy: {
    parameters: ['IdentityName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'ses:GetIdentityVerificationAttributes',
            'ses:SendEmail',
            'ses:SendRawEmail',
            'ses:SendTemplatedEmail',
            'ses:SendBulkTemplatedEmail',
            'ses:VerifyEmailIdentity',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}',
            { identityName: parameter('IdentityName') },
          ),
        },
      ],
    }),
  },
  SESBulkTemplatedCrudPolicy_v2: {
    parameters: ['IdentityName', 'TemplateName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'ses:SendEmail',
            'ses:SendRawEmail',
            'ses:SendTemplatedEmail',
            'ses:SendBulkTemplatedEmail',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}', {
              identityName: parameter('IdentityName'),
            }),
            sub('arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:template/${templateName}', {
              templateName: parameter('TemplateName'),
            }),
          ],
        },
        {
          Action: ['ses:GetIdentityVerificationAttributes', 'ses:VerifyEmailIdentity'],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  SESCrudPolicy: {
    parameters: ['IdentityName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'ses:GetIdentityVerificationAttributes',
            'ses:SendEmail',
            'ses:SendRawEmail',
            'ses:VerifyEmailIdentity',
          ],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}',
            { identityName: parameter('IdentityName') },
          ),
        },
      ],
    }),
  },
  SESEmailTemplateCrudPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'ses:CreateTemplate',
            'ses:GetTemplate',
            'ses:ListTemplates',
            'ses:UpdateTemplate',
            'ses:DeleteTemplate',
            'ses:TestRenderTemplate',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  SESSendBouncePolicy: {
    parameters: ['IdentityName'],
    policy: () => ({
      Statement: [
        {
          Action: ['ses:SendBounce'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}',
            { identityName: parameter('IdentityName') },
          ),
        },
      ],
    }),
  },
  SNSCrudPolicy: {
    parameters: ['TopicName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'sns:ListSubscriptionsByTopic',
            'sns:CreateTopic',
            'sns:SetTopicAttributes',
            'sns:Subscribe',
            'sns:Publish',
          ],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${topicName}*', {
            topicName: parameter('TopicName'),
          }),
        },
      ],
    }),
  },
  SNSPublishMessagePolicy: {
    parameters: ['TopicName'],
    policy: () => ({
      Statement: [
        {
          Action: ['sns:Publish'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${topicName}', {
            topicName: parameter('TopicName'),
          }),
        },
      ],
    }),
  },
  SQSPollerPolicy: {
    parameters: ['QueueName'],
    policy: () => ({
      Statement: [
        {
          Action: [
            'sqs:ChangeMessageVisibility',
            'sqs:ChangeMessageVisibilityBatch',
            'sqs:DeleteMessage',
            'sqs:DeleteMessageBatch',
            'sqs:GetQueueAttributes',
            'sqs:ReceiveMessage',
          ],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${queueName}', {
            queueName: parameter('QueueName'),
          }),
        },
      ],
    }),
  },
  SQSSendMessagePolicy: {
    parameters: ['QueueName'],
    policy: () => ({
      Statement: [
        {
          Action: ['sqs:SendMessage*'],
          Effect: 'Allow',
          Resource: sub('arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${queueName}', {
            queueName: parameter('QueueName'),
          }),
        },
      ],
    }),
  },
  SSMParameterReadPolicy: {
    parameters: ['ParameterName'],
    policy: () => ({
      Statement: [
        { Action: ['ssm:DescribeParameters'], Effect: 'Allow', Resource: '*' },
        {
          Action: ['ssm:GetParameters', 'ssm:GetParameter', 'ssm:GetParametersByPath'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${parameterName}',
            { parameterName: parameter('ParameterName') },
          ),
        },
      ],
    }),
  },
  SSMParameterWithSlashPrefixReadPolicy: {
    parameters: ['ParameterName'],
    policy: () => ({
      Statement: [
        { Action: ['ssm:DescribeParameters'], Effect: 'Allow', Resource: '*' },
        {
          Action: ['ssm:GetParameters', 'ssm:GetParameter', 'ssm:GetParametersByPath'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${parameterName}',
            { parameterName: parameter('ParameterName') },
          ),
        },
      ],
    }),
  },
  SageMakerCreateEndpointConfigPolicy: {
    parameters: ['EndpointConfigName'],
    policy: () => ({
      Statement: [
        {
          Action: ['sagemaker:CreateEndpointConfig'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint-config/${endpointConfigName}',
            { endpointConfigName: parameter('EndpointConfigName') },
          ),
        },
      ],
    }),
  },
  SageMakerCreateEndpointPolicy: {
    parameters: ['EndpointName'],
    policy: () => ({
      Statement: [
        {
          Action: ['sagemaker:CreateEndpoint'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint/${endpointName}',
            { endpointName: parameter('EndpointName') },
          ),
        },
      ],
    }),
  },
  ServerlessRepoReadWriteAccessPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'serverlessrepo:CreateApplication',
            'serverlessrepo:CreateApplicationVersion',
            'serverlessrepo:UpdateApplication',
            'serverlessrepo:GetApplication',
            'serverlessrepo:ListApplications',
            'serverlessrepo:ListApplicationVersions',
            'serverlessrepo:ListApplicationDependencies',
          ],
          Effect: 'Allow',
          Resource: [
            sub('arn:${AWS::Partition}:serverlessrepo:${AWS::Region}:${AWS::AccountId}:applications/*'),
          ],
        },
      ],
    }),
  },
  StepFunctionsCallbackPolicy: {
    parameters: ['StateMachineName'],
    policy: () => ({
      Statement: [
        {
          Action: ['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${stateMachineName}',
            { stateMachineName: parameter('StateMachineName') },
          ),
        },
      ],
    }),
  },
  StepFunctionsExecutionPolicy: {
    parameters: ['StateMachineName'],
    policy: () => ({
      Statement: [
        {
          Action: ['states:StartExecution'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${stateMachineName}',
            { stateMachineName: parameter('StateMachineName') },
          ),
        },
      ],
    }),
  },
  StepFunctionsExecutionPolicy_v2: {
    parameters: ['StateMachineName'],
    policy: () => ({
      Statement: [
        {
          Action: ['states:StartExecution', 'states:StartSyncExecution'],
          Effect: 'Allow',
          Resource: sub(
            'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${stateMachineName}',
            { stateMachineName: parameter('StateMachineName') },
          ),
        },
      ],
    }),
  },
  TextractDetectAnalyzePolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'textract:DetectDocumentText',
            'textract:StartDocumentTextDetection',
            'textract:StartDocumentAnalysis',
            'textract:AnalyzeDocument',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  TextractGetResultPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: ['textract:GetDocumentTextDetection', 'textract:GetDocumentAnalysis'],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
  TextractPolicy: {
    parameters: [],
    policy: () => ({ Statement: [{ Action: ['textract:*'], Effect: 'Allow', Resource: '*' }] }),
  },
  VPCAccessPolicy: {
    parameters: [],
    policy: () => ({
      Statement: [
        {
          Action: [
            'ec2:CreateNetworkInterface',
            'ec2:DeleteNetworkInterface',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DetachNetworkInterface',
          ],
          Effect: 'Allow',
          Resource: '*',
        },
      ],
    }),
  },
};
