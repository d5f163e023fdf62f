/**
 * Bounds of the service. Sources, unless a line says otherwise:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const limits = {
  /** `TemplateBody` in a request. */
  templateBodyBytesMax: 51_200,
  /** A template in S3. */
  templateUrlBytesMax: 1024 * 1024,
  templateDescriptionBytesMax: 1024,
  /** Members of a template's sections. */
  sectionMembersMax: { Mappings: 200, Outputs: 200, Parameters: 200, Resources: 500 } as Readonly<
    Record<string, number>
  >,
  /** Value of a parameter. */
  parameterValueBytesMax: 4096,
  /** Stacks per account and region. */
  stacksMax: 2000,
  tagsMax: 50,
  /** How long deleted stacks are listed (API reference of ListStacks): 90 days. */
  deletedStackKeptMs: 90 * 24 * 3600 * 1000,
  /** DescribeStacks, ListStacks, ListStackResources, ListExports, ListImports answer pages of 100. */
  pageSize: 100,
  /** DescribeStackResources answers the first 100 only (API reference). */
  describeResourcesMax: 100,
  /** How long a custom resource may take (reference of AWS::CloudFormation::CustomResource, ServiceTimeout): 1 hour. */
  customResourceSecondsMax: 3600,
  /** The response body of a custom resource (its reference): 4096 bytes. */
  customResourceResponseBytesMax: 4096,
  /** Ours: steps of one stack at work at once. */
  parallelSteps: 16,
  /** Ours: stacks at work at once in one process. */
  parallelStacks: 64,
  /** Ours: events kept for a stack; the oldest go first. */
  eventsKeptMax: 10_000,
} as const;
