/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_LogConfigurationType.html */
export interface LogConfiguration {
  LogLevel: 'ERROR' | 'INFO';
  EventSource: 'userNotification' | 'userAuthEvents';
  CloudWatchLogsConfiguration?: { LogGroupArn?: string };
  S3Configuration?: { BucketArn?: string };
  FirehoseConfiguration?: { StreamArn?: string };
}
