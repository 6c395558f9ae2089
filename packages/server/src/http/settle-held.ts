import { parseDeliveryId } from "../domain/ids.ts";
import type { Flow } from "../flow/flow.ts";
import type { SettleAnswer, SettleWish } from "../flow/views.ts";

/** A delivery that a consumer says it holds. */
export interface HeldItem {
  readonly delivery_id: string;
  readonly lease_token: string;
}

/** What is to become of a delivery, without its key and token. */
type Verb = SettleWish extends infer W ? (W extends SettleWish ? Omit<W, keyof HeldKey> : never) : never;
type HeldKey = Pick<SettleWish, "eventId" | "subscriptionId" | "cause" | "token">;

export interface SettledItem {
  readonly item: HeldItem;
  readonly answer: SettleAnswer;
}

/**
 * Settles what a consumer holds, each item by itself, in the order sent. An id that is none is answered like that of an unknown delivery, and so is one of another inbox
 * when `inbox` is given.
 */
export async function settleHeld<I extends HeldItem>(
  flow: Pick<Flow, "settleDeliveries" | "findInbox">,
  { projectId, inbox }: { readonly projectId: string; readonly inbox: string | undefined },
  { items, verbFor }: { readonly items: readonly I[]; readonly verbFor: (item: I) => Verb },
): Promise<readonly SettledItem[]> {
  const only = inbox === undefined ? null : (await flow.findInbox(projectId, inbox)).id;
  const wishes = items.map((item) => wishFor(item, verbFor(item), only));
  const known = wishes.filter((wish) => wish !== null);
  const answers = known.length === 0 ? [] : await flow.settleDeliveries(projectId, known);
  let next = 0;
  return items.map((item, index) => {
    const answer = wishes[index] === null ? undefined : answers[next++];
    return { item, answer: answer ?? { outcome: "not_found" } };
  });
}

function wishFor(item: HeldItem, verb: Verb, only: string | null): SettleWish | null {
  const key = parseDeliveryId(item.delivery_id);
  if (key === null || (only !== null && key.subscriptionId !== only)) return null;
  return { ...key, ...verb, token: item.lease_token };
}

/** The results of a settle as they are answered; `settled` is the word for one that was done. */
export function resultsOf(settled: readonly SettledItem[], word: string) {
  return settled.map(({ item, answer }) => ({
    delivery_id: item.delivery_id,
    outcome: answer.outcome === "settled" ? word : answer.outcome,
  }));
}
