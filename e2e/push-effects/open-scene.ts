import { type Client, connect, type EventView } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type Hook, type HookAnswer, type Hooks, openHooks } from "../harness/open-hooks.ts";
import type { Program } from "../harness/start-program.ts";
import {
  type DeliveryView,
  postEvents,
  readAll,
  readDeliveries,
  type SubscriptionView,
  startPushing,
  subscribe,
} from "../harness/webhooks.ts";

/** Deliveries of a backlog: so many are taken, then so many requests are held, the others wait. */
export const TAKEN = 100;
export const HELD = 10;
export const ALL = 600;
export const TYPE = "order.created";

/** An endpoint that answers 200 to the first requests and holds the others until it is opened. */
export interface Gate {
  readonly arrived: readonly Hook[];
  held(): number;
  /** Answers those held, and from then on all. */
  open(answer: HookAnswer): void;
}

/** A program of its own, a caller, and an endpoint. */
export interface Scene extends AsyncDisposable {
  readonly program: Program;
  readonly client: Client;
  readonly gate: Gate;
  readonly url: string;
}

interface SceneWish {
  /** Instead of a folder of its own. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** So many requests are answered 200 at first. */
  readonly taken?: number;
}

export async function openScene({ taken = TAKEN, ...wish }: SceneWish = {}): Promise<Scene> {
  const { gate, answer } = makeGate(taken);
  await using stack = new AsyncDisposableStack();
  const hooks: Hooks = stack.use(await openHooks(answer));
  const program = stack.use(await startPushing(wish));
  const client = stack.use(connect(program, program.key));
  const owned = stack.move();
  return {
    ...{ program, client, gate, url: hooks.url },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function makeGate(taken: number): {
  readonly gate: Gate;
  readonly answer: (hook: Hook) => Promise<HookAnswer>;
} {
  const arrived: Hook[] = [];
  const held = new Set<(answer: HookAnswer) => void>();
  let opened: HookAnswer | null = null;
  return {
    gate: {
      arrived,
      held: () => held.size,
      open(given) {
        opened = given;
        for (const resolve of held) resolve(given);
        held.clear();
      },
    },
    answer(hook) {
      arrived.push(hook);
      if (arrived.length <= taken) return Promise.resolve(200);
      return opened === null ? new Promise((resolve) => held.add(resolve)) : Promise.resolve(opened);
    },
  };
}

/** Events of the type that `makeBacklog` subscribes to. */
export function orders(count: number): readonly object[] {
  return Array.from({ length: count }, (_, number) => ({ type: TYPE, payload: { number } }));
}

/** A webhook with `ALL` deliveries: `TAKEN` are acknowledged, `HELD` requests are out, the others wait. */
export async function makeBacklog({ client, gate, url }: Scene, more: object = {}) {
  const webhook = await subscribe(client, url, {
    webhook: { format: "payload", max_in_flight: HELD, timeout_seconds: 60 },
    filter: { type: [TYPE] },
    ...more,
  });
  const eventIds = await postEvents(client, orders(ALL));
  await eventually(
    () => gate.held(),
    (held) => held === HELD,
  );
  return { webhook, eventIds };
}

/** The deliveries of a webhook once none of them is open any more. */
export function readSettled(client: Client, webhook: SubscriptionView): Promise<DeliveryView[]> {
  return eventually(
    () => readDeliveries(client, webhook),
    (deliveries) => deliveries.every(({ state }) => ["acknowledged", "dead", "cancelled"].includes(state)),
  );
}

/** What the owner was told, oldest first. */
export async function readTold(client: Client): Promise<readonly EventView[]> {
  return (await readAll<EventView>(client, "/v1/events?source=triggers&view=fact")).reverse();
}

/** Waits until the loop has delivered something of another webhook: it has gone round. */
export async function seeLoopGoRound({ client }: Pick<Scene, "client">): Promise<void> {
  let hasArrived = false;
  await using hooks = await openHooks(() => {
    hasArrived = true;
    return 200;
  });
  const other = await subscribe(client, hooks.url, { filter: { type: ["other"] } });
  await postEvents(client, [{ type: "other", payload: {} }]);
  await eventually(
    () => hasArrived,
    (has) => has,
  );
  await readSettled(client, other);
}
