import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { isAwsStore, readAwsAddress } from "./domain/aws-address.ts";
import { OperatorError } from "./domain/errors.ts";
import { parseNetwork } from "./domain/filter/ip-network.ts";

/** How a setting reads its text. Refusals are sentences that say what to write instead. */
type Read<T> = (text: string) => { readonly value: T } | { readonly fault: string };

/** One setting. `docs/configuration.md` is made from these. */
export interface Setting<T> {
  readonly name: string;
  readonly description: string;
  /** As it is written in the documentation; null: not set. */
  readonly fallback: string | null;
  readonly isSecret: boolean;
  readonly read: Read<T>;
}

const ok = <T>(value: T) => ({ value });
const fault = (text: string) => ({ fault: text });

const text: Read<string> = (given) => ok(given);

function whole(least: number, most: number, unit: string): Read<number> {
  return (given) => {
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= most) return ok(value);
    return fault(`must be a whole number of ${unit} from ${least} to ${most}`);
  };
}

function days(least: number, most: number): Read<number> {
  return (given) => {
    const value = Number(given);
    if (/^\d+(\.\d+)?$/.test(given) && value >= least && value <= most && value > 0) return ok(value);
    return fault(`must be a number of days above ${least} and up to ${most}`);
  };
}

function oneOf<T extends string>(...values: readonly T[]): Read<T> {
  return (given) => {
    const value = values.find((known) => known === given);
    return value === undefined ? fault(`must be one of ${values.join(", ")}`) : ok(value);
  };
}

const key: Read<string> = (given) =>
  /^[\x21-\x7e]{32,512}$/.test(given)
    ? ok(given)
    : fault("must be 32 to 512 printable ASCII characters without spaces");

const masterKey: Read<string> = (given) =>
  /^[A-Za-z0-9+/_-]{43}=?$/.test(given) ? ok(given) : fault("must be 32 bytes in base64, 44 characters");

const store: Read<string> = (given) => {
  if (given === "sqlite" || given === "memory" || isPostgresUrl(given)) return ok(given);
  if (readAwsAddress(given) !== null) return ok(given);
  if (isAwsStore(given))
    return fault(
      "must name a region and a prefix of 2 to 41 lower-case letters, digits and hyphens, as in aws://eu-central-1?prefix=acme-triggers-; `&bucket=` may follow",
    );
  return fault("must be `sqlite`, `memory` or a URL such as postgres://user:password@host:5432/database");
};

/** One server and its database; the driver knows no lists of servers. */
function isPostgresUrl(given: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(given) || !URL.canParse(given)) return false;
  const { hostname, pathname } = new URL(given);
  return pathname.length > 1 && !hostname.includes(",");
}

const url: Read<string | null> = (given) => {
  const isHttp = URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
  return isHttp ? ok(given.replace(/\/+$/, "")) : fault("must be an http or https URL");
};

const networks: Read<readonly string[]> = (given) => {
  const cidrs = given.split(",").map((cidr) => cidr.trim());
  const bad = cidrs.find((cidr) => parseNetwork(cidr) === null);
  return bad === undefined ? ok(cidrs) : fault("must be networks such as 10.0.0.0/8, separated by commas");
};

const ROLES = ["api", "push", "sweep"] as const;
export type Role = (typeof ROLES)[number];

const roles: Read<readonly Role[]> = (given) => {
  const names = given.split(",").map((name) => name.trim());
  const known = ROLES.filter((role) => names.includes(role));
  return known.length === names.length ? ok(known) : fault(`must be some of ${ROLES.join(",")}`);
};

function setting<T>(
  name: string,
  read: Read<T>,
  more: { fallback: string | null; is: string; isSecret?: true },
): Setting<T> {
  return { name, read, fallback: more.fallback, description: more.is, isSecret: more.isSecret ?? false };
}

/** Every setting there is. */
export const SETTINGS = {
  host: setting("TRIGGERS_HOST", text, { fallback: "127.0.0.1", is: "Address to listen on." }),
  port: setting("TRIGGERS_PORT", whole(0, 65_535, "a port"), {
    fallback: "8080",
    is: "Port to listen on; 0 takes a free one.",
  }),
  dataDir: setting("TRIGGERS_DATA_DIR", text, {
    fallback: "./data",
    is: "Folder of the embedded store and of the master key file; made with mode 0700.",
  }),
  store: setting("TRIGGERS_STORE", store, {
    fallback: "sqlite",
    isSecret: true,
    is: "Where events are kept. `sqlite`: in the data folder. `memory`: gone at the stop, for tests and trials. `postgres://user:password@host:5432/database`: PostgreSQL 15 or later. `aws://eu-central-1?prefix=acme-triggers-`: DynamoDB, S3 and SQS; `&bucket=` names the bucket of payloads over 256 KiB, else it is `<prefix>payloads`. Any number of processes may share one of the last two.",
  }),
  bootstrapApiKey: setting<string | null>("TRIGGERS_BOOTSTRAP_API_KEY", key, {
    fallback: null,
    isSecret: true,
    is: "A `project:admin` key of the first project, 32 printable ASCII characters or more. Not set: one is made at the first start and printed once.",
  }),
  operatorKey: setting<string | null>("TRIGGERS_OPERATOR_KEY", key, {
    fallback: null,
    isSecret: true,
    is: "Credential for `/v1/projects` and `/metrics`, 32 printable ASCII characters or more. Not set: nobody may use them.",
  }),
  masterKey: setting<string | null>("TRIGGERS_MASTER_KEY", masterKey, {
    fallback: null,
    isSecret: true,
    is: "32 bytes in base64 that wrap the keys of all projects. Not set: a file `master.key` of mode 0600 is made in the data folder (`sqlite` only; with PostgreSQL or DynamoDB the start is refused and a fresh key shown).",
  }),
  encryption: setting("TRIGGERS_ENCRYPTION", oneOf("on", "off"), {
    fallback: "on",
    is: "`on`: payloads and what else is private are sealed before they are stored. `off`: from now on they are not. What was stored either way stays readable.",
  }),
  rateLimit: setting("TRIGGERS_RATE_LIMIT", whole(0, 1_000_000_000, "events a second"), {
    fallback: "10000",
    is: "Events a second that each credential may send; a batch counts its items. As many other requests a second are counted apart. 0: no limit.",
  }),
  allowNetworks: setting<readonly string[]>("TRIGGERS_ALLOW_NETWORKS", networks, {
    fallback: null,
    is: "Networks that webhooks may reach besides the public internet, such as `10.0.0.0/8,127.0.0.0/8`.",
  }),
  publicUrl: setting<string | null>("TRIGGERS_PUBLIC_URL", url, {
    fallback: null,
    is: "The URL under which callers reach this server; used in links.",
  }),
  alertUrl: setting<string | null>("TRIGGERS_ALERT_URL", url, {
    fallback: null,
    is: "Gets notices of disabled subscriptions and dead letters of all projects, signed like webhooks; `triggers alert-secret` shows the secret.",
  }),
  roles: setting<readonly Role[]>("TRIGGERS_ROLES", roles, {
    fallback: "api,push,sweep",
    is: "What this process does, separated by commas: `api` answers requests (without it there are `/healthz`, `/readyz` and `/metrics` alone); `push` sends webhooks; `sweep` does what is due by itself, such as jobs, leases that ended and retention. Each of them has to run in at least one process of an installation.",
  }),
  retentionDays: setting("TRIGGERS_RETENTION_DAYS", days(0, 36_500), {
    fallback: "30",
    is: "Days after acceptance until an event is removed that has neither open nor dead deliveries.",
  }),
  backlogDays: setting("TRIGGERS_BACKLOG_DAYS", days(0, 36_500), {
    fallback: "90",
    is: "Days after acceptance until open deliveries of an event expire; they and their event stay 7 days more.",
  }),
  idempotencyDays: setting("TRIGGERS_IDEMPOTENCY_DAYS", whole(1, 30, "days"), {
    fallback: "7",
    is: "Days that an idempotency key is remembered.",
  }),
  maxEventBytes: setting("TRIGGERS_MAX_EVENT_BYTES", whole(1_024, 10_485_760, "bytes"), {
    fallback: "1048576",
    is: "Largest body of a single event.",
  }),
  logLevel: setting(
    "TRIGGERS_LOG_LEVEL",
    oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent"),
    {
      fallback: "info",
      is: "Least level of the log lines on standard output. A 2xx has a line from `debug` on.",
    },
  ),
  tlsCert: setting<string | null>("TRIGGERS_TLS_CERT", file, {
    fallback: null,
    is: "File of the TLS certificate chain in PEM form; with `TRIGGERS_TLS_KEY` the server speaks HTTPS.",
  }),
  tlsKey: setting<string | null>("TRIGGERS_TLS_KEY", file, {
    fallback: null,
    isSecret: true,
    is: "File of the TLS private key in PEM form.",
  }),
} as const;

/** Of the commands that speak to a running server; a server started in the same shell leaves them alone. */
export const CLIENT_SETTINGS = {
  url: setting<string | null>("TRIGGERS_URL", url, {
    fallback: null,
    is: "Where the server is, as seen from here. Not set: the profile, else `http://127.0.0.1:8080`.",
  }),
  apiKey: setting<string | null>("TRIGGERS_API_KEY", text, {
    fallback: null,
    isSecret: true,
    is: "The key that the commands use. Not set: that of the profile, else they ask on a terminal.",
  }),
  profile: setting<string | null>("TRIGGERS_PROFILE", text, {
    fallback: null,
    is: "The profile to use, see `triggers profiles`. Not set: the one chosen by `triggers profiles use`.",
  }),
} as const;

function file(path: string): { readonly value: string } | { readonly fault: string } {
  try {
    return ok(readFileSync(path, "utf8"));
  } catch {
    return fault("must be a file that can be read");
  }
}

type ValueOf<S> = S extends Setting<infer T> ? T : never;
type ValuesOf<S> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** The settings in force. `tlsCert` and `tlsKey` are the content of the files. */
export interface Config extends ValuesOf<typeof SETTINGS> {}

export interface ClientSettings extends ValuesOf<typeof CLIENT_SETTINGS> {
  /** Where programs of this user keep their settings (XDG Base Directory Specification). */
  readonly configHome: string;
}

/** All faults of the settings at once, a line each. */
class ConfigError extends OperatorError {
  constructor(faults: readonly string[]) {
    super(
      `The settings cannot be used:\n${faults.map((line) => `  - ${line}`).join("\n")}\nSee docs/configuration.md.`,
    );
  }
}

/** Reads and checks all settings. Unknown `TRIGGERS_*` names are faults too: a typing error must not pass for a default. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults = unknownNames(env).map((name) => `${name} is no setting`);
  const entries = Object.entries(SETTINGS).map(([field, one]) => [field, readSetting(one, env, faults)]);
  const config = Object.fromEntries(entries) as Config;
  faults.push(...contradictions(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return { ...config, dataDir: resolve(config.dataDir) };
}

/** The settings, but for another store: `sqlite:FOLDER`, or what TRIGGERS_STORE takes. */
export function readConfigFor(store: string | undefined, env: NodeJS.ProcessEnv = process.env): Config {
  if (store === undefined) return readConfig(env);
  const folder = /^sqlite:(.+)$/.exec(store)?.[1];
  return readConfig({
    ...env,
    TRIGGERS_STORE: folder === undefined ? store : "sqlite",
    TRIGGERS_DATA_DIR: folder ?? env.TRIGGERS_DATA_DIR,
  });
}

/** What the commands that speak to a running server take from the environment. */
export function readClientSettings(env: NodeJS.ProcessEnv = process.env): ClientSettings {
  const faults: string[] = [];
  const entries = Object.entries(CLIENT_SETTINGS).map(([name, one]) => [name, readSetting(one, env, faults)]);
  if (faults.length > 0) throw new ConfigError(faults);
  const given = env.XDG_CONFIG_HOME ?? "";
  // The specification has relative paths ignored.
  const configHome = isAbsolute(given) ? given : join(homedir(), ".config");
  return { ...(Object.fromEntries(entries) as ValuesOf<typeof CLIENT_SETTINGS>), configHome };
}

/** The environment of a program that a command starts: its own, and these. */
export function environmentWith(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...more };
}

function readSetting(one: Setting<unknown>, env: NodeJS.ProcessEnv, faults: string[]): unknown {
  const given = env[one.name] ?? "";
  const used = given === "" ? one.fallback : given;
  if (used === null) return one.name === SETTINGS.allowNetworks.name ? [] : null;
  const result = one.read(used);
  if ("value" in result) return result.value;
  faults.push(`${one.name} ${result.fault}`);
  return null;
}

function unknownNames(env: NodeJS.ProcessEnv): readonly string[] {
  const all = [...Object.values(SETTINGS), ...Object.values(CLIENT_SETTINGS)];
  const known = new Set<string>(all.map(({ name }) => name));
  return Object.keys(env).filter((name) => name.startsWith("TRIGGERS_") && !known.has(name));
}

function contradictions(config: Config): readonly string[] {
  const faults: string[] = [];
  if ((config.tlsCert === null) !== (config.tlsKey === null))
    faults.push("TRIGGERS_TLS_CERT and TRIGGERS_TLS_KEY must be set together");
  if (config.operatorKey !== null && config.operatorKey === config.bootstrapApiKey)
    faults.push("TRIGGERS_OPERATOR_KEY must differ from TRIGGERS_BOOTSTRAP_API_KEY");
  return faults;
}
