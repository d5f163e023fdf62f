/** A sign-in on its way: who came in where, and how far they are. */
import type { Assessed } from '../risk/protect.ts';
import type { Door } from '../room.ts';
import type { User } from '../store.ts';
import type { AuthenticationResult } from '../tokens/issue.ts';

/** What AWS calls UserContextData and ContextData: facts for threat protection, as far as the client told them. */
export interface UserContext {
  ipAddress?: string | undefined;
  encodedData?: string | undefined;
  deviceName?: string | undefined;
}

/** One request of a sign-in. */
export interface Attempt {
  door: Door;
  /** `api`: the app itself; `admin`: signed calls for it; `page`: managed login, which hands out codes for tokens. */
  via: 'api' | 'admin' | 'page';
  /** For triggers before and with the first factor: InitiateAuth's ClientMetadata. */
  validationData?: Readonly<Record<string, string>> | undefined;
  /** For triggers: RespondToAuthChallenge's ClientMetadata. */
  clientMetadata?: Readonly<Record<string, string>> | undefined;
  userContext?: UserContext | undefined;
  /** InitiateAuth's Session: ConfirmSignUp handed it out. */
  session?: string | undefined;
}

/** A challenge of CUSTOM_AUTH that was answered, as `session` of the events lists them. */
export interface Round {
  challengeName: string;
  challengeResult: boolean;
  challengeMetadata: string | null;
}

/** How far a sign-in is: what its sessions remember between challenges. Each step adds what the next ones need. */
export interface Progress {
  via: Attempt['via'];
  /** The flow it began with, `USER_SRP_AUTH`. */
  flow: string;
  username: string;
  /** The user's, once a factor was right: names may be somebody else's by the next answer. */
  sub?: string;
  /** Which factors were right so far: `PASSWORD`, `SMS_OTP`, `SOFTWARE_TOKEN_MFA`… */
  factors: string[];
  /** Of CUSTOM_AUTH, while a second factor follows the password: the functions are asked after it. */
  rounds?: Round[];
  /** Of the device that the client says it is. */
  deviceKey?: string;
  /** What threat protection found, where the pool has it. */
  risk?: Assessed;
  /** What the trigger of tokens is told that this is, unless it is a plain sign-in. */
  tokenSource?: 'TokenGeneration_NewPasswordChallenge' | 'TokenGeneration_AuthenticateDevice';
}

/** What an operation or a page is told. */
export interface AuthAnswer {
  ChallengeName?: string;
  Session?: string;
  ChallengeParameters: Record<string, string>;
  AuthenticationResult?: AuthenticationResult;
  /** Members that only some flows have (`AvailableChallenges`). */
  AvailableChallenges?: string[];
  /** For pages only: who has signed in. Nothing was handed out yet. */
  signedIn?: { user: User; progress: Progress };
}

export type Parameters = Readonly<Record<string, string>>;
