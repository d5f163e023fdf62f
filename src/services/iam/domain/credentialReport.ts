/** The credential report's columns: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */

const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_1_last_used_region',
  'access_key_1_last_used_service',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'access_key_2_last_used_date',
  'access_key_2_last_used_region',
  'access_key_2_last_used_service',
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
  'additional_credentials_info',
] as const;

/** Times in milliseconds since the epoch. */
export interface ReportedUser {
  name: string;
  arn: string;
  createdAt: number;
  /** Absent for who has no password; the root user's isn't told. */
  password: { changedAt: number; nextRotation: number | undefined } | 'not_supported' | undefined;
  hasMfa: boolean;
  accessKeys: readonly {
    isActive: boolean;
    createdAt: number;
    lastUse: { at: number; region: string; service: string } | undefined;
  }[];
  certificates: readonly { isActive: boolean; createdAt: number }[];
}

export function credentialReport(users: readonly ReportedUser[]): string {
  return [columns.join(','), ...users.map((user) => rowOf(user).map(cell).join(','))].join('\n');
}

function rowOf(user: ReportedUser): string[] {
  const { password } = user;
  const none = password === 'not_supported' ? 'not_supported' : 'N/A';
  const kept = typeof password === 'object' ? password : undefined;
  return [
    user.name,
    user.arn,
    timestamp(user.createdAt),
    password === 'not_supported' ? password : String(password !== undefined),
    // Nobody signs in by password: there is no console.
    kept || password === 'not_supported' ? 'no_information' : 'N/A',
    kept ? timestamp(kept.changedAt) : none,
    kept ? timestamp(kept.nextRotation) : none,
    String(user.hasMfa),
    ...[0, 1].flatMap((index) => {
      const key = user.accessKeys[index];
      return [
        String(key?.isActive ?? false),
        timestamp(key?.createdAt),
        timestamp(key?.lastUse?.at),
        key?.lastUse?.region ?? 'N/A',
        key?.lastUse?.service ?? 'N/A',
      ];
    }),
    ...[0, 1].flatMap((index) => {
      const certificate = user.certificates[index];
      return [String(certificate?.isActive ?? false), timestamp(certificate?.createdAt)];
    }),
    '',
  ];
}

/** `2024-05-06T07:08:09+00:00`. */
function timestamp(time: number | undefined): string {
  return time === undefined ? 'N/A' : new Date(time).toISOString().replace(/\.\d{3}Z$/, '+00:00');
}

/** User names can have commas. */
function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
