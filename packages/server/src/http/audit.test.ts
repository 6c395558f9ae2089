import { Writable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { expect, it } from "vitest";
import { makeLog } from "../observe/log.ts";
import { audit } from "./audit.ts";

it("an action is one line at the default level, and says who did it and to what", () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      done();
    },
  });
  const caller = { projectId: "p1", credentialId: "c1", scopes: [] };
  const request = { caller, id: "req-1" } as unknown as FastifyRequest;
  audit({ log: makeLog("info", sink) }, request, { action: "key.revoked", keyId: "k1" });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      audit: true,
      action: "key.revoked",
      keyId: "k1",
      projectId: "p1",
      credentialId: "c1",
      requestId: "req-1",
      msg: "key.revoked",
    },
  ]);
});
