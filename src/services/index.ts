/** Every service of this cloud, a line each. Loaded lazily: a cloud that serves only DynamoDB pays only for DynamoDB. */
import type { ServiceEntry } from '../platform/index.ts';
import { connectionPath, matchExecuteApi } from './apigateway/addresses.ts';
import { matchCustomResourceResponse } from './cloudformation/addresses.ts';
import {
  discoveryPlane as identityDiscovery,
  issuer as identityIssuer,
} from './cognitoidentity/addresses.ts';
import { discoveryPlane, hostedPlane, importPlane, poolOfIssuer } from './cognitoidp/addresses.ts';
import { codePlane, urlPlane } from './lambda/addresses.ts';
import { isOutboundIssuer, outboundPlane } from './sts/outbound/addresses.ts';

export const services: readonly ServiceEntry[] = [
  {
    name: 'iam',
    model: 'iam',
    signingName: 'iam',
    hostPrefixes: ['iam'],
    resourcePrefixes: ['AWS::IAM::'],
    load: async () => (await import('./iam/index.ts')).iam,
  },
  {
    name: 'sts',
    model: 'sts',
    signingName: 'sts',
    hostPrefixes: ['sts'],
    dataPlanes: [outboundPlane],
    isIssuer: isOutboundIssuer,
    load: async () => (await import('./sts/index.ts')).sts,
  },
  {
    name: 'logs',
    model: 'logs',
    signingName: 'logs',
    targetPrefix: 'Logs_20140328',
    hostPrefixes: ['logs'],
    resourcePrefixes: ['AWS::Logs::'],
    load: async () => (await import('./logs/index.ts')).logs,
  },
  {
    name: 'kms',
    model: 'kms',
    signingName: 'kms',
    targetPrefix: 'TrentService',
    hostPrefixes: ['kms'],
    resourcePrefixes: ['AWS::KMS::'],
    load: async () => (await import('./kms/index.ts')).kms,
  },

  {
    name: 'cloudformation',
    model: 'cloudformation',
    signingName: 'cloudformation',
    hostPrefixes: ['cloudformation'],
    resourcePrefixes: ['AWS::CloudFormation::'],
    dataPlanes: [{ endpoint: 'custom-resource-response', match: matchCustomResourceResponse }],
    load: async () => (await import('./cloudformation/index.ts')).cloudformation,
  },
  {
    name: 'apigateway',
    model: 'apigateway',
    signingName: 'apigateway',
    hostPrefixes: ['apigateway'],
    resourcePrefixes: ['AWS::ApiGateway::'],
    // REST and HTTP APIs share their addresses, and this data plane.
    dataPlanes: [{ endpoint: 'execute-api', match: matchExecuteApi }],
    load: async () => (await import('./apigateway/index.ts')).apigateway,
  },
  {
    name: 'apigatewayv2',
    model: 'apigatewayv2',
    signingName: 'apigateway',
    hostPrefixes: ['apigateway'],
    resourcePrefixes: ['AWS::ApiGatewayV2::'],
    load: async () => (await import('./apigateway/v2/index.ts')).apigatewayv2,
  },
  {
    name: 'apigatewaymanagementapi',
    model: 'apigatewaymanagementapi',
    signingName: 'execute-api',
    // Its address is that of an API's stage: the data plane `execute-api` answers there. Ids of connections are unique,
    // so that an address that names no API does as well.
    hostPrefixes: [],
    operationPath: connectionPath,
    load: async () => (await import('./apigateway/websocket/index.ts')).apigatewaymanagementapi,
  },
  {
    name: 'cognitoidentity',
    model: 'cognitoidentity',
    signingName: 'cognito-identity',
    targetPrefix: 'AWSCognitoIdentityService',
    hostPrefixes: ['cognito-identity'],
    // Stands before user pools, whose prefix is wider.
    resourcePrefixes: ['AWS::Cognito::IdentityPool'],
    dataPlanes: [identityDiscovery],
    isIssuer: (issuer) => issuer === identityIssuer,
    load: async () => (await import('./cognitoidentity/index.ts')).cognitoidentity,
  },
  {
    name: 'cognitoidp',
    model: 'cognitoidp',
    signingName: 'cognito-idp',
    targetPrefix: 'AWSCognitoIdentityProviderService',
    hostPrefixes: ['cognito-idp'],
    resourcePrefixes: ['AWS::Cognito::'],
    dataPlanes: [discoveryPlane, hostedPlane, importPlane],
    isIssuer: (issuer) => poolOfIssuer(issuer) !== undefined,
    load: async () => (await import('./cognitoidp/index.ts')).cognitoidp,
  },
  {
    name: 'lambda',
    model: 'lambda',
    signingName: 'lambda',
    hostPrefixes: ['lambda'],
    resourcePrefixes: ['AWS::Lambda::'],
    dataPlanes: [codePlane, urlPlane],
    load: async () => (await import('./lambda/index.ts')).lambda,
  },
  {
    name: 's3',
    model: 's3',
    signingName: 's3',
    hostPrefixes: ['s3'],
    resourcePrefixes: ['AWS::S3::'],
    load: async () => (await import('./s3/index.ts')).s3,
  },
  {
    name: 'dynamodb',
    model: 'dynamodb',
    signingName: 'dynamodb',
    targetPrefix: 'DynamoDB_20120810',
    hostPrefixes: ['dynamodb'],
    resourcePrefixes: ['AWS::DynamoDB::'],
    load: async () => (await import('./dynamodb/index.ts')).dynamodb,
  },
  {
    name: 'dynamodbstreams',
    model: 'dynamodb-streams',
    signingName: 'dynamodb',
    targetPrefix: 'DynamoDBStreams_20120810',
    hostPrefixes: ['streams.dynamodb'],
    load: async () => (await import('./dynamodb/streams/index.ts')).dynamodbStreams,
  },
  {
    name: 'applicationautoscaling',
    model: 'applicationautoscaling',
    signingName: 'application-autoscaling',
    targetPrefix: 'AnyScaleFrontendService',
    hostPrefixes: ['application-autoscaling'],
    resourcePrefixes: ['AWS::ApplicationAutoScaling::'],
    load: async () => (await import('./applicationautoscaling/index.ts')).applicationautoscaling,
  },
];
