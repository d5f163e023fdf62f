/** The operations about credentials besides access keys, and about what is reported of them. */
import { GenerateCredentialReport, GetCredentialReport } from './credentialReport.ts';
import {
  ChangePassword,
  CreateLoginProfile,
  DeleteLoginProfile,
  GetLoginProfile,
  UpdateLoginProfile,
} from './loginProfiles.ts';
import {
  CreateVirtualMFADevice,
  DeactivateMFADevice,
  DeleteVirtualMFADevice,
  EnableMFADevice,
  GetMFADevice,
  ListMFADevices,
  ListVirtualMFADevices,
  ResyncMFADevice,
} from './mfaDevices.ts';
import {
  DeleteServerCertificate,
  GetServerCertificate,
  ListServerCertificates,
  UpdateServerCertificate,
  UploadServerCertificate,
} from './serverCertificates.ts';
import {
  CreateServiceSpecificCredential,
  DeleteServiceSpecificCredential,
  ListServiceSpecificCredentials,
  ResetServiceSpecificCredential,
  UpdateServiceSpecificCredential,
} from './serviceCredentials.ts';
import { ofDevices, ofServerCertificates } from './tags.ts';
import {
  DeleteSigningCertificate,
  DeleteSSHPublicKey,
  GetSSHPublicKey,
  ListSigningCertificates,
  ListSSHPublicKeys,
  UpdateSigningCertificate,
  UpdateSSHPublicKey,
  UploadSigningCertificate,
  UploadSSHPublicKey,
} from './userKeys.ts';

export const credentialOperations = {
  CreateLoginProfile,
  GetLoginProfile,
  UpdateLoginProfile,
  DeleteLoginProfile,
  ChangePassword,

  CreateVirtualMFADevice,
  EnableMFADevice,
  ResyncMFADevice,
  DeactivateMFADevice,
  DeleteVirtualMFADevice,
  GetMFADevice,
  ListMFADevices,
  ListVirtualMFADevices,
  TagMFADevice: ofDevices.tag,
  UntagMFADevice: ofDevices.untag,
  ListMFADeviceTags: ofDevices.listTags,

  UploadServerCertificate,
  GetServerCertificate,
  ListServerCertificates,
  UpdateServerCertificate,
  DeleteServerCertificate,
  TagServerCertificate: ofServerCertificates.tag,
  UntagServerCertificate: ofServerCertificates.untag,
  ListServerCertificateTags: ofServerCertificates.listTags,

  UploadSSHPublicKey,
  GetSSHPublicKey,
  ListSSHPublicKeys,
  UpdateSSHPublicKey,
  DeleteSSHPublicKey,

  UploadSigningCertificate,
  ListSigningCertificates,
  UpdateSigningCertificate,
  DeleteSigningCertificate,

  CreateServiceSpecificCredential,
  ListServiceSpecificCredentials,
  UpdateServiceSpecificCredential,
  ResetServiceSpecificCredential,
  DeleteServiceSpecificCredential,

  GenerateCredentialReport,
  GetCredentialReport,
};
