/** Every address of a user pool's domain. */
import { federationRoutes } from '../federation/routes.ts';
import { getLogo, getStyleAsset } from '../hosted/brandImages.ts';
import { postChallenge } from '../hosted/challenge.ts';
import { confirmingByLink } from '../hosted/confirmLink.ts';
import { getConfirmUser, postConfirmUser, postResendCode } from '../hosted/confirmUser.ts';
import { getError } from '../hosted/error.ts';
import {
  getConfirmForgotPassword,
  getForgotPassword,
  postConfirmForgotPassword,
  postForgotPassword,
} from '../hosted/forgotPassword.ts';
import { getLogin, postLogin } from '../hosted/login.ts';
import { getAddPasskey, postAddPasskey } from '../hosted/passkeys.ts';
import { getSignUp, postSignUp } from '../hosted/signUp.ts';
import { getAuthorize, postAuthorize } from './authorize.ts';
import { getLogout } from './logout.ts';
import { speakingOAuth } from './oauthError.ts';
import { postRevoke } from './revoke.ts';
import { postToken } from './token.ts';
import { getUserInfo } from './userInfo.ts';
import type { Routes } from './visit.ts';

/** Asked by apps and not by browsers: errors are JSON, pages of all origins may ask. */
export const appRoutes: Routes = {
  '/oauth2/token': { POST: speakingOAuth(postToken) },
  '/oauth2/revoke': { POST: speakingOAuth(postRevoke) },
  '/oauth2/userInfo': { GET: getUserInfo, POST: getUserInfo },
};

export const browserRoutes: Routes = {
  '/oauth2/authorize': { GET: getAuthorize, POST: postAuthorize },
  '/login': { GET: getLogin, POST: postLogin },
  '/logout': { GET: getLogout },
  '/signup': { GET: getSignUp, POST: postSignUp },
  '/confirmUser': { GET: confirmingByLink(getConfirmUser), POST: postConfirmUser },
  '/resendcode': { POST: postResendCode },
  '/forgotPassword': { GET: getForgotPassword, POST: postForgotPassword },
  '/confirmForgotPassword': { GET: getConfirmForgotPassword, POST: postConfirmForgotPassword },
  '/challenge': { POST: postChallenge },
  '/passkeys/add': { GET: getAddPasskey, POST: postAddPasskey },
  '/error': { GET: getError },
  '/assets/logo': { GET: getLogo },
  '/assets/style': { GET: getStyleAsset },
  ...federationRoutes,
};
