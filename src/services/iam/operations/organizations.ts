/**
 * Root access and features that an organization manages for its member accounts. No account here is in an organization:
 * what AWS answers to such an account is the answer.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html and its neighbours.
 */
import { OrganizationNotFoundException } from '../errors.ts';

export async function ListOrganizationsFeatures(): Promise<never> {
  throw noOrganization();
}

export async function EnableOrganizationsRootCredentialsManagement(): Promise<never> {
  throw noOrganization();
}

export async function DisableOrganizationsRootCredentialsManagement(): Promise<never> {
  throw noOrganization();
}

export async function EnableOrganizationsRootSessions(): Promise<never> {
  throw noOrganization();
}

export async function DisableOrganizationsRootSessions(): Promise<never> {
  throw noOrganization();
}

function noOrganization() {
  return new OrganizationNotFoundException('No organization is associated with your account.');
}
