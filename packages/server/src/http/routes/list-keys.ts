import { z } from "zod";
import { openPage } from "../page.ts";
import { renderKey } from "../render-key.ts";
import { defineRoute } from "../route.ts";
import { keyOutput } from "../schemas/key.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";

export const listKeys = defineRoute({
  method: "GET",
  path: "/v1/keys",
  operationId: "listKeys",
  access: "project:admin",
  tag: "Keys",
  summary: "List the keys that are not revoked",
  query: z.strictObject(pageQuery),
  answers: { 200: { description: "Keys, the oldest first.", schema: pageOutput(keyOutput) } },
  async handle(context, request, reply) {
    const page = await openPage(context, request);
    const found = await context.flow.listKeys(request.caller.projectId, {
      afterId: page.position,
      limit: page.limit + 1,
    });
    const keys = found.slice(0, page.limit);
    const isLast = found.length <= page.limit;
    return { data: keys.map(renderKey), next_cursor: page.next(reply, isLast ? null : lastId(keys)) };
  },
});

function lastId(keys: readonly { readonly id: string }[]): string | null {
  return keys.at(-1)?.id ?? null;
}
