import { BATCH_BYTES } from "../body-limits.ts";
import { ANSWER_BYTES } from "../render-event.ts";
import { defineRoute } from "../route.ts";
import { meOutput } from "../schemas/project.ts";

/** Longest `wait_seconds` of a lease. */
const WAIT_SECONDS = 60;

export const getMe = defineRoute({
  method: "GET",
  path: "/v1/me",
  operationId: "getMe",
  access: "key",
  tag: "Keys",
  summary: "Who this key is, and the limits in force",
  answers: { 200: { description: "The key, its project, its scopes and the limits.", schema: meOutput } },
  async handle({ flow, config }, { caller }) {
    const { id, name } = await flow.readProject(caller.projectId);
    return {
      id: caller.credentialId,
      project: { id, name },
      scopes: caller.scopes,
      limits: {
        event_bytes: config.maxEventBytes,
        batch_bytes: BATCH_BYTES,
        answer_bytes: ANSWER_BYTES,
        wait_seconds: WAIT_SECONDS,
        stream_seconds: null,
      },
    };
  },
});
