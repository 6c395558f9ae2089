import { EXPIRED, OF_ANOTHER } from "../../packages/server/src/push/testing/certificates.ts";
import { ZOO } from "../../packages/server/src/push/testing/endpoint-zoo.ts";
import type { OddEndpoint } from "../../packages/server/src/push/testing/odd-endpoint.ts";
import {
  OK,
  type ReceiverOptions,
  type Respond,
} from "../../packages/server/src/push/testing/open-receiver.ts";

/** What becomes of the deliveries to an endpoint that always misbehaves in the same way. */
type Fate =
  | "acknowledged"
  | "dead"
  /** 410. */
  | "gone"
  /** It asked to be left alone for longer than the test lasts. */
  | "resting";

export interface Outcome {
  readonly status_code: number | null;
  readonly error_code: string | null;
}

/** An endpoint that misbehaves at every request, and what becomes of it. */
export interface Animal {
  readonly name: string;
  readonly receiver: ReceiverOptions;
  readonly timeoutSeconds: number;
  /** Of the events it gets. */
  readonly type: string;
  readonly fate: Fate;
  /** What is on record for each attempt… */
  readonly attempt: Outcome;
  /** …but the last, if that is another. */
  readonly last?: Outcome;
  readonly retry: { readonly schedule_seconds: readonly number[]; readonly max_attempts: number };
  /** What the excerpt of each answer is; absent: anything. */
  readonly text?: string;
}

const ZOO_TYPE = "zoo";
/** One event of it takes as long as all others together. */
export const SLOW_TYPE = "slow";
const TIMEOUT_SECONDS = 2;

const WELL: Outcome = { status_code: 200, error_code: null };
const UNAVAILABLE: Outcome = { status_code: 503, error_code: null };

const unavailable: Respond = (socket) => void socket.write("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");

const after =
  (ms: number): Respond =>
  (socket, request, count) =>
    void setTimeout(() => OK(socket, request, count), ms);

/** Fails the first request of each delivery. */
function failingOnce(): Respond {
  const known = new Set<string>();
  return (socket, request, count) => {
    const id = /webhook-id: (\S+)/i.exec(request.head)?.[1] ?? "";
    (known.has(id) ? OK : unavailable)(socket, request, count);
    known.add(id);
  };
}

/** Up and down in turns of 300 ms. */
const flapping: Respond = (socket, request, count) =>
  (Math.floor(performance.now() / 300) % 2 === 0 ? OK : unavailable)(socket, request, count);

function plain(name: string, respond: Respond, more: Partial<Animal> = {}): Animal {
  return {
    ...{ name, receiver: { respond }, timeoutSeconds: TIMEOUT_SECONDS, type: ZOO_TYPE, fate: "acknowledged" },
    ...{ attempt: WELL, retry: { schedule_seconds: [0], max_attempts: 2 } },
    ...more,
  };
}

function ofZoo({ name, respond, result, text, isEndless = false }: OddEndpoint): Animal {
  const { statusCode = null, errorCode = null, retryAfter } = result;
  const attempt = { status_code: statusCode, error_code: errorCode };
  const fate = retryAfter === "120" ? "resting" : fateOf(statusCode);
  // A body that comes byte by byte would be whole after two.
  const timeoutSeconds = isEndless ? 1 : TIMEOUT_SECONDS;
  return plain(name, respond, { fate, attempt, timeoutSeconds, ...(text === undefined ? {} : { text }) });
}

function fateOf(status: number | null): Fate {
  if (status === 410) return "gone";
  return status !== null && status < 300 ? "acknowledged" : "dead";
}

function failingBy(error_code: string): Pick<Animal, "fate" | "attempt"> {
  return { fate: "dead", attempt: { status_code: null, error_code } };
}

function presenting(name: string, tls: typeof EXPIRED): Animal {
  return plain(name, OK, { ...failingBy("tls"), receiver: { respond: OK, tls } });
}

export const ANIMALS: readonly Animal[] = [
  ...ZOO.map(ofZoo),
  presenting("has the certificate of another", OF_ANOTHER),
  presenting("has a certificate that has expired", EXPIRED),
  plain("answers a little too late", after(2_500), failingBy("timeout")),
  plain("answers just in time", after(1_400)),
  plain("takes 14.9 seconds", after(14_900), { type: SLOW_TYPE, timeoutSeconds: 16 }),
  plain("fails each delivery once", failingOnce(), { attempt: UNAVAILABLE, last: WELL }),
  plain("flaps", flapping, {
    ...{ attempt: UNAVAILABLE, last: WELL, retry: { schedule_seconds: [0, 0.1], max_attempts: 100 } },
  }),
];
