import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newProjectOutput, projectOutput } from "../schemas/project.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const operate = (method: string, path: string, body?: object) =>
  app.request(method, `/v1/projects${path}`, {
    key: app.operatorKey,
    ...(body === undefined ? {} : { body }),
  });

describe("a project", () => {
  it("is made with a main inbox and a key that opens it", async () => {
    const { status, headers, json } = await operate("POST", "", { name: "Acme" });
    expect(status).toBe(201);
    expect(headers["cache-control"]).toBe("no-store");
    expect(newProjectOutput.strict().parse(json).name).toBe("Acme");
    const key: string = json.api_key;
    expect((await app.request("GET", "/v1/me", { key })).json).toMatchObject({
      project: { id: json.id, name: "Acme" },
      scopes: ["project:admin"],
    });
    const { json: list } = await app.request("GET", "/v1/subscriptions", { key });
    expect(list.data.map(({ name }: { name: string }) => name)).toEqual(["main"]);
  });

  it("is read and renamed", async () => {
    const { json: made } = await operate("POST", "", { name: "before" });
    const { status, json } = await operate("PATCH", `/${made.id}`, { name: "after" });
    expect(status).toBe(200);
    expect(projectOutput.strict().parse(json)).toMatchObject({ id: made.id, name: "after" });
    expect((await operate("GET", `/${made.id}`)).json).toEqual(json);
  });

  it("is closed at once when it is deleted", async () => {
    const { json: made } = await operate("POST", "", { name: "short" });
    expect((await operate("DELETE", `/${made.id}`)).status).toBe(204);
    expect((await operate("GET", `/${made.id}`)).status).toBe(404);
    expect((await app.request("GET", "/v1/me", { key: made.api_key })).status).toBe(401);
  });

  it("that never was is 404", async () => {
    for (const [method, body] of [["GET"], ["PATCH", { name: "n" }], ["DELETE"]] as const) {
      expect((await operate(method, `/${randomUUID()}`, body)).status).toBe(404);
    }
  });
});
