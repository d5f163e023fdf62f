/**
 * Bounds, each with its source:
 * [Q] https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
 * [A] the operation's page in the API reference
 * [D] https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
 */
export const limits = {
  /** [Q] Scalable targets of DynamoDB, per account and region. */
  scalableTargetsMax: 5000,
  /** [Q] Scaling policies per scalable target. */
  policiesPerTargetMax: 50,
  /** [Q] Scheduled actions per scalable target. */
  scheduledActionsPerTargetMax: 200,
  /** [A] DescribeScalableTargets and its neighbours; also the default. */
  pageMax: 50,
  /** [A] DescribeScalingPolicies: MaxResults is at most 10, also the default. */
  policiesPageMax: 10,
  /** [A] TagResource. */
  tagsMax: 50,
  /** Milliseconds. [A] DescribeScalingActivities: the previous six weeks. */
  activityMs: 42 * 24 * 3600 * 1000,
  /** Activities that a target keeps at most; ours. */
  activitiesPerTargetMax: 1000,
  /** Percent. [D] Target utilization. */
  targetMin: 20,
  targetMax: 90,
  /** Minutes above the target before capacity is added. [D] “two consecutive minutes”. */
  scaleOutMinutes: 2,
  /** Minutes well below it before capacity is taken away. https://repost.aws/knowledge-center/dynamodb-auto-scaling */
  scaleInMinutes: 15,
  /** Percentage points below the target that count as well below it; same page. */
  scaleInMargin: 20,
  /** Milliseconds between two looks at a target, and between two at one whose table is gone; ours. */
  evaluationMs: 60_000,
  missingMs: 5 * 60_000,
} as const;
