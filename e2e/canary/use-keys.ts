import { done, refused, type Scene } from "./scene.ts";

interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** Keys that are made, rotated, revoked and wrong; projects that come and go; what everybody may read. */
export async function useKeys({ client, operator, secrets, round }: Scene): Promise<void> {
  const made = await done<MadeKey>(client, "POST /v1/keys", { name: "sender", scopes: ["events:write"] });
  const rotated = await done<MadeKey>(client, `POST /v1/keys/${made.id}/rotate`, { overlap_hours: 1 });
  for (const { key } of [made, rotated]) {
    secrets.keepKey(key);
    const headers = { authorization: `Bearer ${key}` };
    await refused(client, "GET /v1/events", { headers });
  }
  for (const path of ["/v1/me", "/v1/keys", "/v1/event-types"]) await done(client, `GET ${path}`);
  await done(client, `DELETE /v1/keys/${made.id}`);
  await refused(client, "GET /v1/me", { headers: { authorization: `Bearer ${made.key}` } });
  const wrong = `${secrets.canary("wrong-key")}-0000000000`;
  for (const headers of [
    { authorization: `Bearer ${wrong}` },
    { authorization: null, "x-api-key": wrong },
    { authorization: `Basic ${wrong}` },
    { "x-api-key": wrong },
  ])
    await refused(client, "GET /v1/me", { headers });

  const project = await done<{ id: string; api_key: string }>(operator, "POST /v1/projects", {
    name: "other",
  });
  secrets.keepKey(project.api_key);
  await done(operator, `GET /v1/projects/${project.id}`);
  await done(operator, `PATCH /v1/projects/${project.id}`, { name: `other ${round}` });
  await done(operator, `DELETE /v1/projects/${project.id}`);
  await refused(operator, "GET /v1/events");
  await done(operator, "GET /metrics");
  const open = [
    "/",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/docs/js/scalar.js",
    "/docs/errors.md",
  ];
  for (const path of open) await done(client, `GET ${path}`);
}
