import { eventExamples } from "./event-examples.ts";
import type { SchemaExamples } from "./examples.ts";
import { inboxExamples } from "./inbox.ts";
import { keyExamples } from "./key.ts";
import { projectExamples } from "./project.ts";
import { subscriptionExamples } from "./subscription.ts";

/** The examples of all schemas. */
export const EXAMPLES: SchemaExamples = {
  ...eventExamples,
  ...inboxExamples,
  ...subscriptionExamples,
  ...keyExamples,
  ...projectExamples,
};
