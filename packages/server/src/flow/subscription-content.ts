/** What is sealed of a subscription. */
export interface SubscriptionContent {
  /** The filter as it was sent; null: everything. */
  readonly filter: unknown;
}

export function packSubscription(content: SubscriptionContent): Uint8Array {
  return Buffer.from(JSON.stringify(content), "utf8");
}

export function unpackSubscription(plain: Uint8Array): SubscriptionContent {
  return JSON.parse(Buffer.from(plain).toString("utf8")) as SubscriptionContent;
}
