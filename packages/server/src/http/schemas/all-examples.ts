import { eventExamples } from "./event-examples.ts";
import type { SchemaExamples } from "./examples.ts";
import { filterExamples } from "./filter.ts";
import { inboxExamples } from "./inbox.ts";
import { keyExamples } from "./key.ts";
import { projectExamples } from "./project.ts";
import { redriveExamples } from "./redrive.ts";
import { replayExamples } from "./replay.ts";
import { subscriptionExamples } from "./subscription-examples.ts";

/** The examples of all schemas. */
export const EXAMPLES: SchemaExamples = {
  ...eventExamples,
  ...inboxExamples,
  ...subscriptionExamples,
  ...redriveExamples,
  ...replayExamples,
  ...filterExamples,
  ...keyExamples,
  ...projectExamples,
};
