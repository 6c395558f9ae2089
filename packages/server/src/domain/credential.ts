/** What a credential may do. `project:admin` implies all the others. */
export const SCOPES = [
  "events:write",
  "events:read",
  "inbox:consume",
  "subscriptions:manage",
  "privacy:manage",
  "project:admin",
] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key as the store keeps it: never the key itself. Times are ms since the epoch. */
export interface Credential {
  readonly projectId: string;
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the whole token, base64url. */
  readonly tokenHash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Kept to about 10 s, for people. */
  readonly lastUsedAt: number | null;
}

/** True if `scopes` allow what needs `scope`. */
export function hasScope(scopes: readonly Scope[], scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes("project:admin");
}

/** True if a key with `scopes` may hand out `wanted`: nobody gives more than they have. */
export function mayGrant(scopes: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every((scope) => hasScope(scopes, scope));
}

/** True while the credential opens anything. */
export function isLive(credential: Credential, now: number): boolean {
  const { revokedAt, expiresAt } = credential;
  return (revokedAt === null || revokedAt > now) && (expiresAt === null || expiresAt > now);
}
