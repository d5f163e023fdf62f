/** Cognito identity pools: credentials of AWS for people who logged in elsewhere, and for guests. */
import { defineService } from '../../platform/index.ts';
import { authorize, unsigned } from './authorize.ts';
import { discovery, issuerKeys } from './discovery.ts';
import {
  LookupDeveloperIdentity,
  MergeDeveloperIdentities,
  UnlinkDeveloperIdentity,
} from './operations/developerIdentities.ts';
import { GetCredentialsForIdentity } from './operations/GetCredentialsForIdentity.ts';
import { GetId } from './operations/GetId.ts';
import { GetOpenIdToken } from './operations/GetOpenIdToken.ts';
import { GetOpenIdTokenForDeveloperIdentity } from './operations/GetOpenIdTokenForDeveloperIdentity.ts';
import { DeleteIdentities, DescribeIdentity, ListIdentities } from './operations/identities.ts';
import {
  CreateIdentityPool,
  DeleteIdentityPool,
  DescribeIdentityPool,
  ListIdentityPools,
  UpdateIdentityPool,
} from './operations/identityPools.ts';
import { GetPrincipalTagAttributeMap, SetPrincipalTagAttributeMap } from './operations/principalTags.ts';
import { GetIdentityPoolRoles, SetIdentityPoolRoles } from './operations/roles.ts';
import { ListTagsForResource, TagResource, UntagResource } from './operations/tags.ts';
import { UnlinkIdentity } from './operations/UnlinkIdentity.ts';
import { resources } from './resources.ts';
import type { IdentityRoom } from './room.ts';
import { createSigners } from './tokens/signers.ts';

export const cognitoidentity = defineService<IdentityRoom>({
  name: 'cognitoidentity',
  iamPrefix: 'cognito-identity',
  open({ store, ids, config, issuers, vault }) {
    return { store, ids, issuers, userPools: config.cognito, signers: createSigners({ store, vault, ids }) };
  },
  operations: {
    CreateIdentityPool,
    DeleteIdentities,
    DeleteIdentityPool,
    DescribeIdentity,
    DescribeIdentityPool,
    GetCredentialsForIdentity,
    GetId,
    GetIdentityPoolRoles,
    GetOpenIdToken,
    GetOpenIdTokenForDeveloperIdentity,
    GetPrincipalTagAttributeMap,
    ListIdentities,
    ListIdentityPools,
    ListTagsForResource,
    LookupDeveloperIdentity,
    MergeDeveloperIdentities,
    SetIdentityPoolRoles,
    SetPrincipalTagAttributeMap,
    TagResource,
    UnlinkDeveloperIdentity,
    UnlinkIdentity,
    UntagResource,
    UpdateIdentityPool,
  },
  authorize,
  unsigned,
  endpoints: { discovery },
  issuerKeys,
  resources,
});
