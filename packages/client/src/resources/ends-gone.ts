import { TriggersError } from "../connection/triggers-error.ts";

/** A delete after which a second one says `not_found`: to hear that from a repetition is success, an attempt whose answer was lost had done it. */
export async function endsGone(deleting: Promise<void>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    const isDone = error instanceof TriggersError && error.code === "not_found" && error.attempts > 1;
    if (!isDone) throw error;
  }
}
