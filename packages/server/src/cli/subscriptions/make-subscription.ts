import type { SubscriptionInput } from "@triggers/client";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";
import { findSubscription } from "./find-subscription.ts";
import { type InputOptions, readChange, readInput } from "./read-input.ts";

type Options = ConnectionOptions & InputOptions;

export async function createSubscription(name: string | undefined, options: Options): Promise<void> {
  const input = await readInput(options);
  const { triggers } = await connect(options);
  const named = name === undefined ? input : { ...input, name };
  const made = await triggers.subscriptions.create(named as SubscriptionInput);
  makeOutput(options).row(made);
}

/** Makes the subscription of this name, or changes it to be so. */
export async function ensureSubscription(name: string, options: Options): Promise<void> {
  const input = await readInput(options);
  const { triggers } = await connect(options);
  const made = await triggers.subscriptions.ensure(name, input);
  makeOutput(options).row(made);
}

export async function updateSubscription(
  idOrName: string,
  options: Options & { readonly name?: string; readonly matches?: "unmatched" | "all" | "none" },
): Promise<void> {
  const change = await readChange(options);
  const { triggers } = await connect(options);
  const { id } = await findSubscription(triggers, idOrName);
  const changed = await triggers.subscriptions.change(id, change);
  makeOutput(options).row(changed);
}
