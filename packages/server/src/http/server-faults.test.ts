import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerClientFault } from "./server-faults.ts";
import { openTestApp, type TestApp } from "./testing/open-test-app.ts";
import { bodyOf, sendRaw } from "./testing/send-raw.ts";

let app: TestApp;
let port: number;
beforeAll(async () => {
  app = await openTestApp();
  await app.server.listen({ port: 0, host: "127.0.0.1" });
  ({ port } = app.server.server.address() as AddressInfo);
});
afterAll(() => app.close());

const post = (headers: string): string =>
  `POST /v1/subscriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${app.key}\r\nContent-Type: application/json\r\n${headers}\r\n`;

describe("a request that is not HTTP/1.1 gets a problem document and a closed connection", () => {
  it.each<[string, () => string[], number, string]>([
    ["without a Host", () => ["GET /healthz HTTP/1.1\r\n\r\n"], 400, "malformed_request"],
    ["with a bad request line", () => ["GET\r\n\r\n"], 400, "malformed_request"],
    ["in another protocol", () => ["\x16\x03\x01\x02\x00\x01"], 400, "malformed_request"],
    [
      "with two lengths",
      () => [post("Content-Length: 2\r\nContent-Length: 3\r\n"), "{}"],
      400,
      "malformed_request",
    ],
    [
      "with a length and chunks",
      () => [post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), "0\r\n\r\n"],
      400,
      "malformed_request",
    ],
    [
      "with a bad chunk",
      () => [post("Transfer-Encoding: chunked\r\n"), "2\r\n{}\r\nzz\r\n"],
      400,
      "malformed_request",
    ],
    [
      "with headers too large",
      () => [`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`],
      431,
      "headers_too_large",
    ],
    [
      "with an expectation nobody knows",
      () => ["GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n"],
      417,
      "expectation_failed",
    ],
  ])("%s", async (_, parts, status, code) => {
    const answer = await sendRaw(port, ...parts());
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
    expect(answer.toLowerCase()).toContain("\r\ncontent-type: application/problem+json\r\n");
    expect(answer.toLowerCase()).toMatch(/\r\nx-request-id: \S+\r\n/);
    expect(bodyOf(answer)).toMatchObject({ status, code });
  });
});

describe("a sender that waits to be asked for its body", () => {
  const body = '{"name":"asked","channel":"inbox"}';
  const ask = (key: string): string =>
    `POST /v1/subscriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;

  it("is asked when it may send", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write(ask(app.key));
    const [first] = await once(socket, "data");
    expect(String(first)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write(body);
    const [second] = await once(socket, "data");
    expect(String(second)).toMatch(/^HTTP\/1.1 201 /);
    await once(socket, "close");
  });

  it("is refused without being asked when it may not", async () => {
    const answer = await sendRaw(port, ask("nobody"));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(answer).not.toContain("100 Continue");
  });
});

describe("a node server that reports its faults here", () => {
  const listen = async (options: object) => {
    const server = createServer(options, (_request, response) => response.write("begun"));
    server.on("clientError", (error, socket) => answerClientFault(error, socket as Socket, "req-1"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { server, port: (server.address() as AddressInfo).port };
  };

  it("tells a slow sender that its time is over", async () => {
    const options = { headersTimeout: 30, requestTimeout: 30, connectionsCheckingInterval: 10 };
    const { server, port } = await listen(options);
    const answer = await sendRaw(port, "GET / HTTP/1.1\r\n");
    expect(bodyOf(answer)).toMatchObject({ status: 408, code: "request_timeout", request_id: "req-1" });
    server.close();
  });

  it("writes nothing into an answer that has begun", async () => {
    const { server, port } = await listen({});
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
      if (answer.includes("begun")) socket.write("garbage\r\n\r\n");
    });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).not.toContain("malformed_request");
    server.close();
  });
});
