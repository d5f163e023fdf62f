/** The shapes of what Lambda keeps. Names are AWS's. */

export interface Code {
  /** The .zip archive. */
  blobId: string;
  /** Of the archive, base64, as `CodeSha256`. */
  sha256: string;
  /** Of the archive, bytes. */
  size: number;
  /** Of its content, bytes; absent in what was kept before this was measured. */
  unzippedSize?: number;
}

/** The container image of a function. */
export interface ImageRecord {
  /** As it was given. */
  uri: string;
  /** The engine's id of the image that it named then, where an engine had it. */
  pinned?: string;
  /** `sha256:…`, as its registry knows it. */
  digest?: string;
}

export interface ImageConfigRecord {
  entryPoint?: string[];
  command?: string[];
  workingDirectory?: string;
}

/** All that a version of a function is made of. */
export interface Configuration {
  functionName: string;
  /** `$LATEST` or a number. */
  version: string;
  role: string;
  runtime: string;
  handler: string;
  description: string;
  /** Seconds. */
  timeout: number;
  memoryMb: number;
  ephemeralStorageMb: number;
  environment: Record<string, string>;
  /** Of a function that is an image: no archive, and the image's digest. */
  code: Code;
  image?: ImageRecord | undefined;
  imageConfig?: ImageConfigRecord | undefined;
  layers: LayerUse[];
  architectures: string[];
  deadLetterArn: string | undefined;
  tracingMode: 'Active' | 'PassThrough';
  logging: {
    format: 'Text' | 'JSON';
    applicationLevel?: string;
    systemLevel?: 'DEBUG' | 'INFO' | 'WARN';
    group: string;
  };
  /** Recorded: functions run on the machine's own network. */
  vpc?: VpcRecord | undefined;
  /** Recorded: what is kept is as safe as the disk is. */
  kmsKeyArn?: string | undefined;
  /** An environment serves one tenant. */
  tenancy?: 'PER_TENANT' | undefined;
  /** Executions of the function are durable. */
  durable?: { executionTimeoutSeconds: number; retentionDays: number } | undefined;
  /** `ApplyOn: PublishedVersions`. */
  snapStart?: boolean | undefined;
  /** Of a version that was published with SnapStart. */
  snapshot?: Snapshot | undefined;
  /** Pending until then, where states take time. Milliseconds since the epoch. */
  pendingUntil?: number | undefined;
  /** Its last update is InProgress until then, where states take time. Milliseconds since the epoch. */
  updatingUntil?: number | undefined;
  /** Milliseconds since the epoch. */
  lastModified: number;
  revisionId: string;
}

/** How far the environment is that a version's invocations begin with. */
export interface Snapshot {
  status: 'Pending' | 'Active' | 'Failed';
  /** Of a failure. */
  reason?: string;
  reasonCode?: 'FunctionError' | 'InvalidRuntime' | 'InternalError';
}

export interface VpcRecord {
  subnetIds: string[];
  securityGroupIds: string[];
  ipv6AllowedForDualStack: boolean;
}

export interface LayerUse {
  arn: string;
  /** Bytes of its archive. */
  size: number;
  code: Code;
}

export interface FunctionRecord {
  latest: Configuration;
  tags: Record<string, string>;
  reservedConcurrency: number | undefined;
  /** Number that the next published version gets. */
  nextVersion: number;
  /** Its code signing configuration. */
  codeSigningId?: string | undefined;
  /** What happens to a chain of invocations that comes back and back; Terminate when absent. */
  recursiveLoop?: 'Allow' | 'Terminate';
  /** Which state of $LATEST was published last, and as what. */
  published: { revisionId: string; version: number } | undefined;
}

export interface AliasRecord {
  name: string;
  functionVersion: string;
  description: string;
  /** Share of invocations by version, 0 to 1. */
  weights: Record<string, number>;
  revisionId: string;
}

/** AddPermission writes strings only; documents that are put whole may hold lists. */
export interface PolicyStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: unknown;
  Action?: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyRecord {
  statements: PolicyStatement[];
  /** As it was put, when it was put whole. */
  document?: string;
  revisionId: string;
}

export interface InvokeConfigRecord {
  maximumRetryAttempts: number | undefined;
  maximumEventAgeSeconds: number | undefined;
  onSuccess: string | undefined;
  onFailure: string | undefined;
  lastModified: number;
}

export interface ProvisionedRecord {
  /** Executions at a time. */
  requested: number;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

export interface RuntimeManagementRecord {
  updateRuntimeOn: 'Auto' | 'Manual' | 'FunctionUpdate';
  /** Of Manual. */
  runtimeVersionArn: string | undefined;
}

export interface CodeSigningRecord {
  /** `csc-` and 17 characters. */
  id: string;
  description: string;
  /** ARNs of versions of signing profiles. */
  publishers: string[];
  onUntrusted: 'Warn' | 'Enforce';
  tags: Record<string, string>;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

export interface CorsRecord {
  AllowCredentials?: boolean;
  AllowHeaders?: string[];
  AllowMethods?: string[];
  AllowOrigins?: string[];
  ExposeHeaders?: string[];
  MaxAge?: number;
}

export interface UrlRecord {
  urlId: string;
  authType: 'NONE' | 'AWS_IAM';
  cors: CorsRecord | undefined;
  invokeMode: 'BUFFERED' | 'RESPONSE_STREAM';
  createdAt: number;
  lastModified: number;
}

export interface LayerRecord {
  name: string;
  version: number;
  code: Code;
  description: string;
  compatibleRuntimes: string[];
  compatibleArchitectures: string[];
  licenseInfo: string | undefined;
  createdAt: number;
}
