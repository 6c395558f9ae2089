import { describe, expect, it } from "vitest";
import { ERRORS } from "../domain/errors.ts";
import { makeOpenApi } from "./openapi.ts";
import { ROUTES } from "./routes/index.ts";
import { factOutput } from "./schemas/event.ts";
import { pushedCloudEvent } from "./schemas/webhook-request.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is walked by name
const document: any = makeOpenApi();
// biome-ignore lint/suspicious/noExplicitAny: as above
const operations: any[] = Object.values(document.paths).flatMap((path) => Object.values(path as object));

/** Every value of a key, anywhere. */
function valuesOf(name: string, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name ? [inner] : []),
    ...valuesOf(name, inner),
  ]);
}

describe("docs/openapi.json", () => {
  it("is the same each time it is made", () => {
    expect(JSON.stringify(makeOpenApi())).toBe(JSON.stringify(document));
  });

  it("describes every route once, under an id of its own that its file bears", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids)).toEqual(new Set(ROUTES.map(({ operationId }) => operationId)));
    expect(ids).toHaveLength(ROUTES.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("points only to what stands in it, and keeps nothing that nobody points to", () => {
    const refs = new Set(valuesOf("$ref", document));
    const components = Object.keys(document.components.schemas).map((id) => `#/components/schemas/${id}`);
    expect([...refs].sort()).toEqual(components.sort());
  });

  it("gives every parameter of a path", () => {
    for (const [path, methods] of Object.entries<object>(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        const given = parameters.filter((one: { in: string }) => one.in === "path");
        expect(given.map((one: { name: string }) => one.name)).toEqual(names);
      }
    }
  });

  it("has a summary, a known tag and a problem document for refusals everywhere", () => {
    const tags = document.tags.map(({ name }: { name: string }) => name);
    for (const { summary, tags: own, responses } of operations) {
      expect(summary).not.toBe("");
      expect(tags).toEqual(expect.arrayContaining(own));
      expect(responses.default.content["application/problem+json"].schema.$ref).toMatch(/Problem$/);
    }
  });

  it("says which key each operation needs", () => {
    for (const { operationId, access } of ROUTES) {
      const { security } = operations.find((one) => one.operationId === operationId);
      if (access === "public") expect(security).toEqual([]);
      else if (access === "operator") expect(security).toEqual([{ operatorKey: [] }]);
      else expect(security[0].bearer).toEqual(access === "key" ? [] : [access]);
    }
  });

  it("lists the codes of the catalogue", () => {
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(ERRORS));
  });

  it("leaves room for new fields in answers, and none in requests", () => {
    expect(document.components.schemas.Key).not.toHaveProperty("additionalProperties");
    expect(document.components.schemas.KeyInput.additionalProperties).toBe(false);
  });
});

describe("the webhooks of docs/openapi.json", () => {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const posts: any[] = Object.values(document.webhooks as object).map(({ post }) => post);

  it("tell of events in three formats, and of each thing that an owner is told", () => {
    expect(Object.keys(document.webhooks)).toEqual([
      ...["event", "subscription.disabled", "subscription.ended", "delivery.dead", "delivery.expired"],
    ]);
    const { content } = document.webhooks.event.post.requestBody;
    expect(Object.keys(content)).toEqual(["application/json", "application/cloudevents+json"]);
    expect(content["application/json"].schema.anyOf).toHaveLength(2);
  });

  it("have ids of their own, known tags, the headers of the signature and an answer", () => {
    const ids = posts.map(({ operationId }) => operationId);
    expect(new Set([...ids, ...operations.map(({ operationId }) => operationId)]).size).toBe(
      ids.length + operations.length,
    );
    for (const { parameters, responses, tags } of posts) {
      const names = parameters.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(["webhook-id", "webhook-timestamp", "webhook-signature"]));
      expect(Object.keys(responses)).toEqual(["410", "2XX", "default"]);
      expect(document.tags.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(tags));
    }
  });

  it("have examples that are what they say", () => {
    const { content } = document.webhooks.event.post.requestBody;
    const { event, payload } = content["application/json"].examples;
    expect(factOutput.strict().parse(event.value)).toEqual(event.value);
    expect(payload.value).toEqual(event.value.payload);
    const { cloudevents } = content["application/cloudevents+json"].examples;
    expect(pushedCloudEvent.parse(cloudevents.value)).toEqual(cloudevents.value);
  });
});
