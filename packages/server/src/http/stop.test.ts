import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import type { FastifyReply } from "fastify";
import { describe, expect, it } from "vitest";
import { goneSignal } from "./gone-signal.ts";
import { openTestApp } from "./testing/open-test-app.ts";

describe("a stop", () => {
  it("answers what is under way, closes its connection, and ends", async () => {
    const app = await openTestApp();
    await app.server.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.server.address() as AddressInfo;
    const body = '{"name":"late","channel":"inbox"}';
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST /v1/subscriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${app.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The server has the head of the request now, and waits for its body.
    await once(socket, "data");
    const closed = app.close();
    socket.write(body);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 201 /);
    await once(socket, "close");
    await closed;
  });

  it("closes a connection that is kept alive with the next answer on it", async () => {
    const app = await openTestApp();
    await app.server.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n");
    await once(socket, "data");
    const closed = app.close();
    socket.write("\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 503 /);
    expect(String(answer).toLowerCase()).toContain("\r\nconnection: close\r\n");
    expect(String(answer)).toContain('"code":"shutting_down"');
    await once(socket, "close");
    await closed;
  });
});

describe("who waits for a caller", () => {
  const makeReply = () => {
    const raw = new EventEmitter();
    return { raw, reply: { raw } as unknown as FastifyReply };
  };

  it("is told when the connection closes", () => {
    const { raw, reply } = makeReply();
    const signal = goneSignal({ closing: new AbortController().signal }, reply);
    expect(signal.aborted).toBe(false);
    raw.emit("close");
    expect(signal.aborted).toBe(true);
  });

  it("is told when the server begins to stop, also before the wait", () => {
    const closing = new AbortController();
    const signal = goneSignal({ closing: closing.signal }, makeReply().reply);
    closing.abort();
    expect(signal.aborted).toBe(true);
    expect(goneSignal({ closing: closing.signal }, makeReply().reply).aborted).toBe(true);
  });
});
