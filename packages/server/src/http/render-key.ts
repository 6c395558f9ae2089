import type { Credential } from "../domain/credential.ts";
import type { IssuedKey } from "../flow/views.ts";
import { formatTime } from "./time.ts";

/** A key as it is answered; never the key itself. */
export function renderKey({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: Credential) {
  return {
    id,
    name,
    scopes,
    created_at: formatTime(createdAt),
    expires_at: expiresAt === null ? null : formatTime(expiresAt),
    last_used_at: lastUsedAt === null ? null : formatTime(lastUsedAt),
  };
}

/** A key as it is answered once, when it is made. */
export function renderIssuedKey({ credential, token }: IssuedKey) {
  return { ...renderKey(credential), key: token };
}
