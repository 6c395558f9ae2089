import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { statsOutput } from "../schemas/subscription-output.ts";
import { formatTime } from "../time.ts";

export const getSubscriptionStats = defineRoute({
  method: "GET",
  path: "/v1/subscriptions/:id/stats",
  operationId: "getSubscriptionStats",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Count the deliveries of a subscription",
  params: { id: idInput("a subscription") },
  answers: { 200: { description: "How many stand where.", schema: statsOutput } },
  async handle({ flow }, { caller, params }) {
    const { pending, leased, dead, nextDueAt, failingSince } = await flow.readStats(
      caller.projectId,
      params.id,
    );
    return {
      ...{ pending, leased, dead },
      next_due_at: nextDueAt === null ? null : formatTime(nextDueAt),
      failing_since: failingSince === null ? null : formatTime(failingSince),
    };
  },
});
