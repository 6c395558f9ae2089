import { createHash } from "node:crypto";
import { type Credential, isLive, mayGrant, type Scope } from "../domain/credential.ts";
import { TriggersError } from "../domain/errors.ts";
import type { IdSource } from "../domain/ids.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Randomness } from "./clock.ts";
import type { IssuedKey, NewKey } from "./views.ts";

/** A credential is known from memory for so long: a revocation on another node holds after it. */
const KNOWN_MS = 2_000;
const MOST_KNOWN = 10_000;

const HOUR_MS = 3_600_000;

export interface KeyParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly nextId: IdSource;
}

/** What a token is found by. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** A new key: `tk_live_<id>_<256 random bits>`. The token is nowhere but in the answer. */
export function issueKey({ clock, random, nextId }: KeyParts, projectId: string, wish: NewKey): IssuedKey {
  const { id, at } = nextId(clock.now());
  const secret = Buffer.from(random.bytes(32)).toString("base64url");
  const token = `tk_live_${id.replaceAll("-", "")}_${secret}`;
  return { token, credential: makeCredential({ projectId, id, token, createdAt: at }, wish) };
}

/** The row of a token. */
export function makeCredential(
  {
    projectId,
    id,
    token,
    createdAt,
  }: { readonly projectId: string; readonly id: string; readonly token: string; readonly createdAt: number },
  { name, scopes, expiresAt }: NewKey,
): Credential {
  return {
    projectId,
    id,
    name,
    scopes,
    tokenHash: hashToken(token),
    createdAt,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
}

/** Credentials by token, and when they were last used. */
export interface KeyRegister {
  find(token: string): Credential | null | Promise<Credential | null>;
  /** A key was changed on this node. */
  forget(): void;
  /** Writes when keys were last used. */
  flush(): Promise<void>;
}

interface Known {
  readonly credential: Credential;
  readonly readAt: number;
}

export function makeKeyRegister({ store, clock }: Pick<KeyParts, "store" | "clock">): KeyRegister {
  const known = new Map<string, Known>();
  let uses = new Map<
    string,
    { readonly projectId: string; readonly id: string; readonly lastUsedAt: number }
  >();
  let changes = 0;
  const use = (credential: Credential) => {
    const now = clock.now();
    if (!isLive(credential, now)) return null;
    const { projectId, id } = credential;
    const lastUsedAt = uses.get(id)?.lastUsedAt ?? 0;
    if (now - lastUsedAt >= 1_000) uses.set(id, { projectId, id, lastUsedAt: now });
    return credential;
  };
  const read = async (token: string) => {
    const changesBefore = changes;
    const readAt = clock.monotonic();
    const credential = await store.readCredential(hashToken(token));
    if (credential === null) return null;
    if (known.size >= MOST_KNOWN) known.clear();
    if (changes === changesBefore) known.set(token, { credential, readAt });
    return use(credential);
  };
  return {
    find(token) {
      const entry = known.get(token);
      const isFresh = entry !== undefined && clock.monotonic() - entry.readAt <= KNOWN_MS;
      return isFresh ? use(entry.credential) : read(token);
    },
    forget() {
      changes += 1;
      known.clear();
    },
    async flush() {
      const flushed = [...uses.values()];
      uses = new Map();
      if (flushed.length > 0) await store.touchCredentials(flushed);
    },
  };
}

export async function createKey(
  parts: KeyParts,
  { projectId, granter }: { readonly projectId: string; readonly granter: readonly Scope[] },
  wish: NewKey,
): Promise<IssuedKey> {
  refuseMore(granter, wish.scopes);
  const issued = issueKey(parts, projectId, wish);
  const outcome = await parts.store.createCredential(issued.credential);
  if (outcome === "no_project")
    throw new TriggersError("unauthenticated", "The project of this credential is gone.");
  return issued;
}

function refuseMore(granter: readonly Scope[], wanted: readonly Scope[]): void {
  if (mayGrant(granter, wanted)) return;
  throw new TriggersError(
    "forbidden",
    "A key cannot give scopes that it does not have; use one that has them all.",
  );
}

export async function revokeKey(
  { store, clock }: KeyParts,
  register: KeyRegister,
  key: KeyRef,
): Promise<void> {
  const outcome = await store.revokeCredential(key.projectId, key.id, clock.now());
  register.forget();
  if (outcome === "not_found") throw keyNotFound();
}

export interface KeyRef {
  readonly projectId: string;
  readonly id: string;
}

export async function rotateKey(
  parts: KeyParts,
  register: KeyRegister,
  wish: KeyRef & { readonly granter: readonly Scope[]; readonly overlapHours: number },
): Promise<IssuedKey> {
  const { store, clock } = parts;
  const { projectId, id, granter } = wish;
  const old = await store.readCredentialById(projectId, id);
  const now = clock.now();
  if (old === null || !isLive(old, now)) throw keyNotFound();
  const issued = await createKey(
    parts,
    { projectId, granter },
    { name: old.name, scopes: old.scopes, expiresAt: old.expiresAt },
  );
  await store.expireCredential(projectId, id, now + wish.overlapHours * HOUR_MS);
  register.forget();
  return issued;
}

function keyNotFound(): TriggersError {
  return new TriggersError("not_found", "There is no key with this id.");
}
