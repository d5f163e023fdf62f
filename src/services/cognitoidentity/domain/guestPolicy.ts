/**
 * What a guest's credentials of the enhanced flow may reach at most, whatever the role allows.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html#access-policies
 */

/** Reaches further services, beside what the inline policy lists. */
export const guestPolicyArn = 'arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy';

export const guestPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'appsync:*',
        'cloudwatch:*',
        'cognito-identity:*',
        'cognito-idp:*',
        'cognito-sync:*',
        'dynamodb:*',
        'execute-api:*',
        'gamelift:*',
        'iot:*',
        'kinesis:*',
        'lambda:*',
        'lex:*',
        'logs:*',
        'machinelearning:*',
        'mobileanalytics:*',
        's3:*',
        'sdb:*',
        'ses:*',
        'sns:*',
        'sqs:*',
        'sumerian:View*',
        'textract:AnalyzeDocument',
        'textract:DetectDocumentText',
      ],
      Resource: ['*'],
    },
  ],
});
