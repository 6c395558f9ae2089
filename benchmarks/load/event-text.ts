/** An event as JSON, about 350 bytes: an order of a shop. */
export interface EventText {
  readonly type: string;
  /** From 0; receivers tell lost and doubled ones by it. */
  readonly n: number;
  /** On the machine's monotonic clock. */
  readonly sentMs: number;
}

export interface NumberedPayload {
  readonly n: string;
  readonly sent_at: string;
}

const MIDDLE = '","source":"shop-eu","tags":["eu","web"],"payload":{"n":"';
const END =
  '","order_id":"ord_01J8ZQ4W8K","customer":"cus_9f31c2","amount":4999,"currency":"EUR","items":[{"sku":"sku-1042","quantity":2},{"sku":"sku-2077","quantity":1}],"address":{"city":"Lisbon","country":"PT"},"note":"Leave at the door"}}';

/** Texts of events with types of one length have one length too. */
export function eventText({ type, n, sentMs }: EventText): string {
  const number = String(n).padStart(8, "0");
  const sentAt = sentMs.toFixed(3).padStart(16, "0");
  return `{"type":"${type}${MIDDLE}${number}","sent_at":"${sentAt}${END}`;
}

/** The type of event n, of `count` types in turn; without a count there is one, the prefix itself. */
export function typeOf(prefix: string, count: number, n: number): string {
  return count === 0 ? prefix : `${prefix}.${String(n % count).padStart(5, "0")}`;
}

/** One event as most scenarios send it, again and again. */
export const ONE_EVENT = eventText({ type: "order.created", n: 0, sentMs: 0 });

export function batchText(events: readonly string[]): string {
  return `{"events":[${events.join(",")}]}`;
}
