/** The AWS::Lambda types: each is its operations, called. */
import type { ResourceType } from '../../../platform/index.ts';
import { alias } from './alias.ts';
import { codeSigningConfig } from './codeSigningConfig.ts';
import { eventInvokeConfig } from './eventInvokeConfig.ts';
import { eventSourceMapping } from './eventSourceMapping.ts';
import { lambdaFunction } from './function.ts';
import { layerVersion } from './layerVersion.ts';
import { layerVersionPermission } from './layerVersionPermission.ts';
import { permission } from './permission.ts';
import { url } from './url.ts';
import { version } from './version.ts';

export const resources: readonly ResourceType[] = [
  lambdaFunction,
  version,
  alias,
  permission,
  eventInvokeConfig,
  eventSourceMapping,
  layerVersion,
  layerVersionPermission,
  url,
  codeSigningConfig,
];
