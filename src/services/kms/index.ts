/** KMS: keys that never leave, data keys that do, and who may use them. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { CreateAlias, DeleteAlias, ListAliases, UpdateAlias } from './operations/aliases.ts';
import { GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom } from './operations/dataKeys.ts';
import { Decrypt, Encrypt, ReEncrypt } from './operations/encryption.ts';
import {
  CreateGrant,
  ListGrants,
  ListRetirableGrants,
  RetireGrant,
  RevokeGrant,
} from './operations/grants.ts';
import { CancelKeyDeletion, DisableKey, EnableKey, ScheduleKeyDeletion } from './operations/keyStates.ts';
import { CreateKey, DescribeKey, ListKeys, UpdateKeyDescription } from './operations/keys.ts';
import { GenerateMac, VerifyMac } from './operations/macs.ts';
import { GetKeyPolicy, ListKeyPolicies, PutKeyPolicy } from './operations/policies.ts';
import {
  DisableKeyRotation,
  EnableKeyRotation,
  GetKeyRotationStatus,
  ListKeyRotations,
  RotateKeyOnDemand,
} from './operations/rotation.ts';
import { ListResourceTags, TagResource, UntagResource } from './operations/tags.ts';
import { resources } from './resources.ts';
import type { KmsRoom } from './room.ts';
import { scheduleOf } from './schedule.ts';

export const kms = defineService<KmsRoom>({
  name: 'kms',
  open(platform) {
    const { store, ids, clock, policies, vault } = platform;
    return { store, ids, clock, vault, policies, ...scheduleOf(platform, { store, ids, vault }) };
  },
  operations: {
    CancelKeyDeletion,
    CreateAlias,
    CreateGrant,
    CreateKey,
    Decrypt,
    DeleteAlias,
    DescribeKey,
    DisableKey,
    DisableKeyRotation,
    EnableKey,
    EnableKeyRotation,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    GenerateMac,
    GenerateRandom,
    GetKeyPolicy,
    GetKeyRotationStatus,
    ListAliases,
    ListGrants,
    ListKeyPolicies,
    ListKeyRotations,
    ListKeys,
    ListResourceTags,
    ListRetirableGrants,
    PutKeyPolicy,
    ReEncrypt,
    RetireGrant,
    RevokeGrant,
    RotateKeyOnDemand,
    ScheduleKeyDeletion,
    TagResource,
    UntagResource,
    UpdateAlias,
    UpdateKeyDescription,
    VerifyMac,
  },
  authorize,
  resources,
});
