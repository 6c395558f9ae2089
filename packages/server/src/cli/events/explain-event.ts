import type { EventExplanation, Triggers } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";

/** Why a subscription of today would get an event, or not: the clause of its filter that fails. */
export async function explainEvent(
  id: string,
  subscription: string | undefined,
  options: ConnectionOptions,
): Promise<void> {
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  const explanations = await explanationsOf(triggers, id, subscription);
  for (const explanation of explanations) output.row(explanation, wordsFor(explanation));
  if (explanations.length === 0) output.note("there are no subscriptions but `main`");
}

async function explanationsOf(
  triggers: Triggers,
  id: string,
  subscription: string | undefined,
): Promise<readonly EventExplanation[]> {
  const found: EventExplanation[] = [];
  for await (const one of triggers.events.explain(id, { limit: 1_000 })) {
    if (subscription === undefined) found.push(one);
    else if (one.subscription_id === subscription || one.name === subscription) return [one];
  }
  if (subscription === undefined) return found;
  throw new OperatorError(
    `No filter of ${subscription} decides about it. \`triggers subscriptions list\` shows what there is; \`main\` takes what no other subscription gets, unless its \`matches\` say otherwise.`,
  );
}

function wordsFor({ name, subscription_id: id, matched, failed }: EventExplanation): string {
  const who = name ?? id;
  if (matched) return `✓ ${who} would get it: its filter matches`;
  if (failed === null) return `✗ ${who} would not get it`;
  const { pointer, pattern, value } = failed;
  const seen = value === undefined || value === null ? "is not there" : `is ${JSON.stringify(value)}`;
  return `✗ ${who} would not get it: ${pointer} ${seen}, its filter asks for ${JSON.stringify(pattern)}`;
}
