/** Where identity providers send browsers back to: `/oauth2/idpresponse`, `/saml2/idpresponse`, `/saml2/logout`. */
import type { Routes } from '../oauth/visit.ts';

export const federationRoutes: Routes = {};
