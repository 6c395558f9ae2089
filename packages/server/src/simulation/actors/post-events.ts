import type { NewEvent } from "../../flow/new-event.ts";
import type { OpenFlow } from "../../flow/open-flow.ts";
import { type Ledger, noteAnswer, type Post } from "../judge/ledger.ts";
import type { Cluster } from "../world/cluster.ts";
import { EPOCH, type World } from "../world/world.ts";

export interface ProducerParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly projectId: string;
  /** This producer posts the events of these keys alone, one after another. */
  readonly orderingKeys: readonly string[];
  readonly betweenMs: number;
  /** Called with each event that was acknowledged, at the moment of its 201. */
  readonly onAccepted: (post: Post) => void;
}

export const EVENT_TYPES = ["a", "b", "c"] as const;

const BATCH = 6;

/** Posts events until `isOver()`; what has an idempotency key is sent again until it is answered. */
export async function postEvents(parts: ProducerParts, isOver: () => boolean): Promise<void> {
  const { world, betweenMs } = parts;
  const { random } = world;
  while (!isOver()) {
    await world.sleep(random.between(0, 2 * betweenMs));
    const count = random.chance(0.15) ? 2 + random.below(BATCH) : 1;
    await postOnce(
      parts,
      Array.from({ length: count }, () => drawEvent(parts)),
    );
  }
}

interface Drawn {
  readonly event: NewEvent;
  readonly post: Post;
}

/** Sends a batch until all of it was answered, or once if nothing of it can be sent again. */
async function postOnce(parts: ProducerParts, drawn: readonly Drawn[]): Promise<void> {
  const { world, cluster, projectId } = parts;
  const isRepeatable = drawn.every(({ post }) => post.idempotencyKey !== null);
  const isDoubled = isRepeatable && world.random.chance(0.2);
  const send = async () => {
    for (;;) {
      const answer = await cluster.call((flow) =>
        flow.acceptEvents(
          projectId,
          drawn.map(({ event }) => event),
        ),
      );
      if (answer.kind === "answered") return noteOutcomes(parts, drawn, answer.value);
      if (answer.kind === "refused")
        return world.fail("nothing breaks", `a post was refused: ${answer.code}`);
      if (!isRepeatable) return;
      await world.sleep(world.random.between(10, 1_000));
    }
  };
  // A client that is impatient sends the same twice at the same time.
  await Promise.all(isDoubled ? [send(), send()] : [send()]);
}

type Outcomes = Awaited<ReturnType<OpenFlow["acceptEvents"]>>;

function noteOutcomes(parts: ProducerParts, drawn: readonly Drawn[], outcomes: Outcomes): void {
  const { world } = parts;
  for (const [index, { post }] of drawn.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome.outcome === "key_reused") {
      world.fail("one event per idempotency key", `a post was answered with ${outcome?.outcome}`);
      return;
    }
    noteAnswer(world, post, outcome.eventId);
    world.trace.note("producer 201", () => `${outcome.outcome} ${outcome.eventId}`);
    parts.onAccepted(post);
  }
}

function drawEvent({ world, ledger, projectId, orderingKeys }: ProducerParts): Drawn {
  const { random, scheduler } = world;
  const number = ledger.posts.length;
  const orderingKey = random.chance(0.5) ? random.pickOf(orderingKeys) : null;
  const idempotencyKey = random.chance(0.4) ? `key-${number}` : null;
  const isDelayed = orderingKey === null && random.chance(0.05);
  const post: Post = {
    ...{ projectId, type: random.pick(EVENT_TYPES), orderingKey, idempotencyKey },
    ...{ calledAt: scheduler.now(), answeredAt: null, eventId: null, deleteCalledAt: null },
  };
  ledger.posts.push(post);
  const priority = random.pick(["normal", "normal", "high", "low"]);
  const event: NewEvent = {
    ...{ type: post.type, source: null, subject: null, occurredAt: null, orderingKey, tags: [], priority },
    metadata: '{"priority":"normal","tags":[]}',
    extensions: null,
    payload: Buffer.from(`{"n":${number}}`),
    contentType: "application/json",
    deliverAt: isDelayed ? EPOCH + scheduler.now() + random.below(5_000) : null,
    trace: null,
    idempotency: idempotencyKey === null ? null : { kind: "key", key: idempotencyKey },
  };
  return { event, post };
}
