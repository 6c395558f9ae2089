import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { AttemptResult } from "../domain/attempt-result.ts";
import type { Lookup } from "./guard-address.ts";
import { openSender } from "./send-webhook.ts";
import { type SenderOptions, targetOf } from "./sender.ts";
import { AUTHORITY, EXPIRED, GOOD, OF_ANOTHER } from "./testing/certificates.ts";
import { OK, openReceiver, type Receiver, type ReceiverOptions } from "./testing/open-receiver.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function receive(options: Partial<ReceiverOptions> = {}): Promise<Receiver> {
  const receiver = await openReceiver({ respond: OK, ...options });
  closers.push(receiver.close);
  return receiver;
}

async function sendOnce(url: string, options: Partial<SenderOptions> = {}): Promise<AttemptResult> {
  const sender = openSender({
    allowNetworks: ["127.0.0.0/8"],
    connectTimeoutMs: 150,
    ca: AUTHORITY,
    ...options,
  });
  const result = await sender.send({
    target: targetOf(url),
    headers: [],
    body: Buffer.from("{}"),
    timeoutMs: 2_000,
  });
  await sender.close();
  return result;
}

const resolvingTo =
  (...addresses: string[]): Lookup =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );

describe("TLS", () => {
  it("speaks HTTP/1.1 to a host with a valid certificate and says the host's name", async () => {
    const receiver = await receive({ tls: GOOD });
    const lookup = resolvingTo("127.0.0.1");
    const url = (host: string): string => `https://${host}:${receiver.port}/`;
    expect(await sendOnce(url("receiver.example"), { lookup })).toMatchObject({
      statusCode: 200,
      errorCode: null,
    });
    expect(await sendOnce(url("receiver.example."), { lookup })).toMatchObject({
      statusCode: 200,
      errorCode: null,
    });
    expect(await sendOnce(url("127.0.0.1"))).toMatchObject({ statusCode: 200, errorCode: null });
    expect(receiver.requests.map(({ servername }) => servername)).toEqual([
      "receiver.example",
      "receiver.example",
      null,
    ]);
    expect(receiver.requests.map(({ head }) => head.split("\r\n")[0])).toEqual(
      Array(3).fill("POST / HTTP/1.1"),
    );
  });

  it.each([
    ["of another host", OF_ANOTHER],
    ["that has expired", EXPIRED],
  ])("sends nothing to a host with a certificate %s", async (_, tls) => {
    const receiver = await receive({ tls });
    const url = `https://127.0.0.1:${receiver.port}/`;
    expect(await sendOnce(url)).toMatchObject({ statusCode: null, errorCode: "tls" });
    expect(receiver.requests).toEqual([]);
  });

  it("sends nothing to a host whose certificate nobody vouches for", async () => {
    const receiver = await receive({ tls: GOOD });
    const sender = openSender({ allowNetworks: ["127.0.0.0/8"] });
    const result = await sender.send({
      target: targetOf(receiver.url),
      headers: [],
      body: Buffer.from("{}"),
      timeoutMs: 2_000,
    });
    await sender.close();
    expect(result).toMatchObject({ statusCode: null, errorCode: "tls" });
    expect(receiver.requests).toEqual([]);
  });

  it("fails against a host that speaks no TLS", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.end("nonsense")));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await sendOnce(`https://127.0.0.1:${port}/`)).toMatchObject({ errorCode: "tls" });
    server.close();
  });
});

describe("connecting", () => {
  it("gives up in time on a host that does not shake hands", async () => {
    const server = createServer((socket) => socket.on("error", () => {}));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const result = await sendOnce(`https://127.0.0.1:${port}/`);
    expect(result).toMatchObject({ statusCode: null, errorCode: "connect_timeout" });
    expect(result.durationMs).toBeLessThan(1_500);
    server.close();
  });

  it("gives up in time on a name that does not resolve", async () => {
    const result = await sendOnce("http://slow.example/", { lookup: () => {} });
    expect(result).toMatchObject({ statusCode: null, errorCode: "dns" });
    expect(result.durationMs).toBeLessThan(1_500);
  });

  it("tries the next address of a name when one refuses", async () => {
    const receiver = await receive();
    const lookup = resolvingTo("127.0.0.99", "127.0.0.98", "127.0.0.1");
    expect(await sendOnce(`http://several.example:${receiver.port}/`, { lookup })).toMatchObject({
      statusCode: 200,
    });
  });

  it("tells a refused connection", async () => {
    const receiver = await receive();
    await receiver.close();
    closers.pop();
    expect(await sendOnce(receiver.url)).toMatchObject({ statusCode: null, errorCode: "refused" });
  });

  it("judges literals too, for which no lookup is called", async () => {
    const receiver = await receive();
    const lookup: Lookup = () => {
      throw new Error("not to be asked");
    };
    expect(await sendOnce(receiver.url, { allowNetworks: [], lookup })).toMatchObject({
      errorCode: "address_refused",
    });
    expect(await sendOnce(receiver.url, { lookup })).toMatchObject({ statusCode: 200 });
    expect(receiver.connections()).toBe(1);
  });
});
