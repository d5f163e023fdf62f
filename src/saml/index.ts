export { type IdpMetadata, readIdpMetadata } from './metadata.ts';
export { authnRequestUrl, type LogoutFacts, logoutRequestUrl, type RequestFacts } from './request.ts';
export {
  type ResponseRules,
  readSamlResponse,
  type SamlAssertion,
  type SamlFault,
  SamlRefusal,
} from './response.ts';
