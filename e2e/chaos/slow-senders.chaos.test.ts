import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postEvent } from "../harness/calls.ts";
import { type Client, connect } from "../harness/client.ts";
import { openSocket } from "../harness/raw-socket.ts";
import { type Program, startProgram } from "../harness/start-program.ts";

const SLOW_CLIENTS = 200;
/** 30 s for the headers, 60 s for the whole, looked at every 5 s; one more for a busy machine. */
const HEADERS_MS = 36_000;
const REQUEST_MS = 66_000;

describe("Senders that drip", () => {
  let program: Program;
  let client: Client;

  beforeAll(async () => {
    program = await startProgram();
    client = connect(program, program.key);
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  it("are cut off, headers after 30 s and bodies after 60 s, while others are served as ever", async () => {
    const headers = `POST /v1/events HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer ${program.key}\r\nContent-Type: application/json\r\n`;
    const slowHeaders = Array.from({ length: SLOW_CLIENTS }, () => drip(program.url, `${headers}X-Slow: `));
    const slowBodies = Array.from({ length: SLOW_CLIENTS }, () =>
      drip(program.url, `${headers}Content-Length: 100000\r\n\r\n{"payload":{"a":"`),
    );
    const all = Promise.all([...slowHeaders, ...slowBodies]);
    const slowest = await serveUntil(client, all);

    for (const { ms, text } of await Promise.all(slowHeaders)) {
      expect(ms).toBeLessThan(HEADERS_MS);
      expect(text).toMatch(/^(HTTP\/1.1 408 .*"code":"request_timeout".*)?$/s);
    }
    for (const { ms, text } of await Promise.all(slowBodies)) {
      expect(ms).toBeLessThan(REQUEST_MS);
      expect(text).toMatch(/^(HTTP\/1.1 408 .*"code":"request_timeout".*)?$/s);
    }
    expect(slowest).toBeLessThan(1_000);
  });
});

/** Sends the beginning, then a byte each second, until the server ends the connection. */
function drip(url: string, beginning: string): Promise<{ ms: number; text: string }> {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket: Socket = openSocket(url);
    let text = "";
    const dripping = setInterval(() => socket.writable && socket.write("x"), 1_000);
    socket.on("connect", () => socket.write(beginning));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(dripping);
      resolve({ ms: performance.now() - began, text });
    });
  });
}

/** Posts one event after the other until something has happened; gives the longest wait for an answer, in ms. */
async function serveUntil(client: Client, happened: Promise<unknown>): Promise<number> {
  let isOver = false;
  let slowest = 0;
  void happened.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const began = performance.now();
    await postEvent(client, { payload: {} });
    slowest = Math.max(slowest, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return slowest;
}
