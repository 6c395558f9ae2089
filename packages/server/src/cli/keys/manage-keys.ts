import type { IssuedKey, Key, KeyInput } from "@triggers/client";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, type Output, wordOf } from "../output/output.ts";
import { showList } from "../output/show-list.ts";

/** More keys than a person reads. */
const LIMIT = 1_000;

export async function listKeys(options: ConnectionOptions): Promise<void> {
  const { triggers } = await connect(options);
  await showList<Key>(makeOutput(options), triggers.keys.list({ limit: LIMIT }), {
    columns: {
      id: ({ id }) => id,
      name: ({ name }) => name,
      scopes: ({ scopes }) => scopes.join(" "),
      "last used": ({ last_used_at }) => wordOf(last_used_at),
      expires: ({ expires_at }) => wordOf(expires_at),
    },
    limit: LIMIT,
    none: "there are no keys but the bootstrap key",
  });
}

export async function createKey(
  name: string,
  options: ConnectionOptions & { readonly scope: KeyInput["scopes"]; readonly expires?: string },
): Promise<void> {
  const { triggers } = await connect(options);
  const { scope: scopes, expires: expires_at } = options;
  tell(makeOutput(options), await triggers.keys.create({ name, scopes, ...given({ expires_at }) }));
}

/** A new key for the same; the old one goes on for a while. */
export async function rotateKey(
  id: string,
  options: ConnectionOptions & { readonly overlap?: number },
): Promise<void> {
  const { triggers } = await connect(options);
  const { overlap } = options;
  const rotation = overlap === undefined ? {} : { overlap_hours: overlap / 3_600 };
  tell(makeOutput(options), await triggers.keys.rotate(id, rotation));
}

/** Alone on standard output, so that it can go where it is to be kept without a person seeing it. */
function tell(output: Output, issued: IssuedKey): void {
  output.row(issued, issued.key);
  output.note(`key ${issued.id} (${issued.scopes.join(", ")}); it is shown this once: keep it`);
}

export async function revokeKey(id: string, options: ConnectionOptions): Promise<void> {
  const { triggers } = await connect(options);
  await triggers.keys.revoke(id);
  makeOutput(options).row(
    { id, revoked: true },
    `${id} is revoked: it opens nothing any more, everywhere within 5 s`,
  );
}
