import { randomBytes } from "node:crypto";

/** Where a caller puts something that is nobody's business but the caller's. */
const PLACES = [
  ...["payload", "payload-key", "metadata", "metadata-key", "subject", "ordering-key", "extension"],
  ...["idempotency", "filter", "filter-key", "reason", "trace", "bootstrap", "wrong-key", "operator"],
  ...["url", "url-query", "header", "answer", "answer-header", "alert-url"],
  ...["job-filter", "cancel-reason", "redrive-reason", "sample"],
  ...["bad-json", "bad-field", "bad-query", "bad-header", "bad-cursor", "bad-path", "bad-token"],
] as const;

export type Place = (typeof PLACES)[number];

/** What may stand nowhere at rest, in no log and in no error answer: a canary for each place, and the keys as they were issued. */
export interface Secrets {
  /** Part of every canary, and of what is kept in the clear. */
  readonly mark: string;
  /** A text that stands nowhere but where we put it. */
  canary(place: Place): string;
  /** A key that was issued: the part that nobody may guess. */
  keepKey(key: string): void;
  /** A webhook's secret, as it was shown. */
  keepWebhookSecret(secret: string): void;
  /** Names of the secrets that stand in these bytes, in whatever form. */
  findIn(bytes: Buffer | string): readonly string[];
}

export function makeSecrets(): Secrets {
  const mark = randomBytes(6).toString("hex");
  const canary = (place: Place) => `canary-${place}-${mark}`;
  const forms = new Map<string, readonly Buffer[]>();
  const keep = (name: string, text: string) => forms.set(name, formsOf(Buffer.from(text)));
  for (const place of PLACES) keep(place, canary(place));
  return {
    ...{ mark, canary },
    // Its first part is its id, which is no secret.
    keepKey: (key) => void keep(`key ${forms.size}`, key.slice(-24)),
    keepWebhookSecret(secret) {
      const text = secret.slice("whsec_".length);
      forms.set(`webhook secret ${forms.size}`, [Buffer.from(text), ...formsOf(Buffer.from(text, "base64"))]);
    },
    findIn(bytes) {
      const searched = Buffer.from(bytes);
      return [...forms].filter(([, all]) => all.some((one) => searched.includes(one))).map(([name]) => name);
    },
  };
}

/** As it is, in hex, and in base64 wherever in a longer text it stands. */
function formsOf(bytes: Buffer): readonly Buffer[] {
  const texts = [0, 1, 2].flatMap((offset) => {
    const moved = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = [Math.ceil((offset * 4) / 3), Math.floor((moved.length * 4) / 3)] as const;
    return [moved.toString("base64").slice(...whole), moved.toString("base64url").slice(...whole)];
  });
  return [bytes, ...[bytes.toString("hex"), ...texts].map((text) => Buffer.from(text))];
}
