/**
 * This file is everything in which a block that is run differs from the block that is read.
 *
 * `…` in a command is a blank that the reader fills, in two forms: `NAME=…` and `"name":"…"`. It takes what was last seen of it in the outputs before.
 */
const BLANKS: Readonly<Record<string, RegExp>> = {
  TRIGGERS_API_KEY: /tk_[A-Za-z0-9_-]+/g,
  EVENT_ID: /(?<="event_id":")[^"]+/g,
  DELIVERY_ID: /(?<="delivery_id":")[^"]+/g,
  DEAD_ID:
    /(?<="id":")[^"]+(?=","event_id":"[^"]+","subscription_id":"[^"]+","cause":"[^"]+","state":"dead")/g,
  LEASE_TOKEN: /(?<="lease_token":")[^"]+/g,
  SUBSCRIPTION_ID: /(?<="id":")[^"]+(?=","name":(?:null|"[^"]*"),"channel")/g,
  SECRET: /(?<="secret":")whsec_[^"]+/g,
};

/** What a run has in place of what stands in documents. */
export interface Ground {
  /** Free ones. */
  readonly ports: Readonly<Record<"8080" | "9000", string>>;
  /** Null: the document names no PostgreSQL. */
  readonly postgres: string | null;
  readonly aws: { readonly store: string; readonly env: Readonly<Record<string, string>> } | null;
}

/** Of every command, so that what takes the default takes the port of the run. */
export function environmentOf({ ports, aws }: Ground): Readonly<Record<string, string>> {
  return { TRIGGERS_PORT: ports[8080], TRIGGERS_URL: `http://127.0.0.1:${ports[8080]}`, ...aws?.env };
}

const MASTER_KEY = Buffer.alloc(32, 1).toString("base64");
export const POSTGRES = "postgres://user:password@host/database";
export const AWS = "aws://eu-central-1?prefix=acme-triggers-";

export function substitute(text: string, { ports, postgres, aws }: Ground): string {
  return (
    text
      .replaceAll(/\b(?:8080|9000)\b/g, (port) => ports[port as "8080"])
      // What runs this has done both: `.ci/run` begins with them.
      .replaceAll("npm ci && npm test", ":")
      .replaceAll("npm ci && ", "")
      // It listens on 9000 unless it is told.
      .replaceAll(/^npm run receiver$/gm, `$& -- ${ports[9000]}`)
      .replaceAll("TRIGGERS_MASTER_KEY=…", `TRIGGERS_MASTER_KEY=${MASTER_KEY}`)
      .replaceAll(POSTGRES, postgres ?? POSTGRES)
      .replaceAll(AWS, aws?.store ?? AWS)
  );
}

/** Fills the blanks of a command. Throws at one of which nothing was seen. */
export function fillBlanks(command: string, seen: string): string {
  const find = (name: string): string => {
    const last = seen.match(BLANKS[name.toUpperCase()] ?? /^\b$/g)?.at(-1);
    if (last === undefined) throw new Error(`nothing was seen to fill in for ${name}`);
    return last;
  };
  return command
    .replaceAll(/\b([A-Z_]+)=…/g, (_, name: string) => `${name}=${find(name)}`)
    .replaceAll(/"([a-z_]+)":"…"/g, (_, name: string) => `"${name}":"${find(name)}"`);
}
