import type { Subscription, SubscriptionStats, TestSending, Triggers } from "@triggers/client";
import { confirm } from "../arguments/confirm.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { countWords, fieldsOf, makeOutput, type Output } from "../output/output.ts";
import { findSubscription } from "./find-subscription.ts";

export interface ActOptions extends ConnectionOptions {
  readonly yes?: true;
  /** Seconds that an old secret goes on signing. */
  readonly overlap?: number;
}

export type Act = "show" | "pause" | "resume" | "delete" | "test" | "secret" | "rotate-secret" | "stats";

interface Acting {
  readonly triggers: Triggers;
  readonly output: Output;
  readonly subscription: Subscription;
  readonly options: ActOptions;
}

/** Does one thing with the subscription of an id or a name. */
export async function actOnSubscription(act: Act, idOrName: string, options: ActOptions): Promise<void> {
  const { triggers } = await connect(options);
  const subscription = await findSubscription(triggers, idOrName);
  await ACTS[act]({ triggers, output: makeOutput(options), subscription, options });
}

const ACTS: Readonly<Record<Act, (acting: Acting) => Promise<void>>> = {
  show: async ({ output, subscription }) => output.row(subscription),
  pause: async ({ triggers, output, subscription: { id } }) =>
    output.row(
      await triggers.subscriptions.pause(id),
      `${id} is paused: it goes on collecting and hands nothing out; \`triggers subscriptions resume ${id}\` goes on`,
    ),
  resume: async ({ triggers, output, subscription: { id } }) =>
    output.row(await triggers.subscriptions.resume(id), `${id} is active`),
  delete: deleteSubscription,
  test: async ({ triggers, output, subscription: { id } }) => {
    const sending = await triggers.subscriptions.test(id);
    output.row(sending, testWords(sending));
    const status = sending.response.status_code ?? 0;
    if (status < 200 || status > 299) process.exitCode = 1;
  },
  secret: async ({ triggers, output, subscription: { id } }) => {
    const secret = await triggers.subscriptions.secret(id);
    output.row({ id, secret }, secret);
  },
  "rotate-secret": async ({ triggers, output, subscription: { id }, options: { overlap } }) => {
    const rotation = overlap === undefined ? {} : { overlap_hours: overlap / 3_600 };
    const rotated = await triggers.subscriptions.rotateSecret(id, rotation);
    output.row(rotated, `${rotated.secret}\nThe old secret goes on signing beside it for a while.`);
  },
  stats: async ({ triggers, output, subscription: { id } }) => {
    const stats = await triggers.subscriptions.stats(id);
    output.row(stats, statsWords(stats));
  },
};

async function deleteSubscription({ triggers, output, subscription, options }: Acting): Promise<void> {
  const { id, name } = subscription;
  const { pending, leased, dead } = await triggers.subscriptions.stats(id);
  const open = pending.count + leased.count + dead.count;
  await confirm(`Delete ${name ?? id}? ${open} open or dead deliveries are given up; events stay.`, options);
  await triggers.subscriptions.delete(id);
  output.row({ id, deleted: true }, `${name ?? id} is deleted`);
}

function testWords({ request, response }: TestSending): string {
  const { status_code, error_code, duration_ms, excerpt } = response;
  const answer = status_code === null ? `no answer: ${error_code}` : `answered ${status_code}`;
  return `${request.url} ${answer} after ${duration_ms} ms${excerpt === "" ? "" : `\n${excerpt}`}`;
}

function statsWords({ pending, leased, dead, next_due_at, failing_since }: SubscriptionStats): string {
  return fieldsOf({
    ...{
      pending: countWords(pending),
      leased: countWords(leased),
      dead: countWords(dead),
      next_due_at,
      failing_since,
    },
  });
}
