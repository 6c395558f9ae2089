import type { LookupAddress } from "node:dns";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseNetworks } from "../domain/judge-address.ts";
import { REFUSED_HOSTS } from "../domain/testing/refused-hosts.ts";
import { ConnectError } from "./connect-error.ts";
import { guardLookup, type Lookup } from "./guard-address.ts";
import { openSender } from "./send-webhook.ts";
import { type Sender, targetOf } from "./sender.ts";
import { OK, openReceiver, type Receiver } from "./testing/open-receiver.ts";

const addressesOf = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

/** Gives its answers one after the other; the last one again and again. */
function answering(...answers: readonly string[][]): Lookup & { readonly asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    setImmediate(callback, null, addressesOf(...answer));
  };
  return Object.assign(lookup, { asked });
}

function resolve(lookup: Lookup, cidrs: readonly string[], all: boolean): Promise<unknown[]> {
  const guarded = guardLookup(lookup, parseNetworks(cidrs));
  return new Promise((done) => guarded("name.example", { all }, (...result) => done(result)));
}

describe("guardLookup", () => {
  it("gives the addresses that may be reached and leaves out the others", async () => {
    const lookup = answering(["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111", "::ffff:127.0.0.1"]);
    expect(await resolve(lookup, [], true)).toEqual([null, addressesOf("8.8.8.8", "2606:4700::1111")]);
    expect(await resolve(lookup, ["127.0.0.0/8"], true)).toEqual([
      null,
      addressesOf("8.8.8.8", "2606:4700::1111", "::ffff:127.0.0.1"),
    ]);
  });

  it("gives the first of them where one is asked for", async () => {
    expect(await resolve(answering(["::1", "8.8.8.8"]), [], false)).toEqual([null, "8.8.8.8", 4]);
  });

  it("says whether a name has no address or none that may be reached", async () => {
    const codeOf = async (lookup: Lookup): Promise<unknown> => {
      const [error] = await resolve(lookup, [], true);
      return error instanceof ConnectError ? error.errorCode : error;
    };
    expect(await codeOf(answering(["127.0.0.1", "::1", "fe80::1%eth0"]))).toBe("address_refused");
    expect(await codeOf(answering([]))).toBe("dns");
    const notFound = Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    expect(await codeOf((_hostname, _options, callback) => callback(notFound, []))).toBe("dns");
  });
});

describe("a canary on loopback", () => {
  let canaries: Receiver[];
  beforeAll(async () => {
    const hosts = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .map(({ address }) => address);
    const loopbacks = ["127.0.0.1", "::1"].filter((address) => hosts.includes(address));
    canaries = await Promise.all(loopbacks.map((host) => openReceiver({ respond: OK, host })));
  });
  afterAll(async () => {
    for (const canary of canaries) await canary.close();
  });

  async function sendTo(sender: Sender, host: string): Promise<unknown> {
    const results = canaries.map(({ port }) =>
      sender.send({
        target: targetOf(`http://${host}:${port}/`),
        headers: [],
        body: Buffer.from("{}"),
        timeoutMs: 2_000,
      }),
    );
    return (await Promise.all(results)).map(({ errorCode }) => errorCode);
  }

  const touched = (): number => canaries.reduce((sum, canary) => sum + canary.connections(), 0);

  it("is not touched under any spelling of a host that is not public", async () => {
    // Names resolve to it, as they would by /etc/hosts or getaddrinfo.
    const sender = openSender({ allowNetworks: [], lookup: answering(["127.0.0.1", "::1"]) });
    for (const host of REFUSED_HOSTS) {
      expect([host, await sendTo(sender, host)]).toEqual([host, canaries.map(() => "address_refused")]);
    }
    await sender.close();
    expect(touched()).toBe(0);
  });

  it("is not touched by spellings that are names to us and addresses to getaddrinfo", async () => {
    const sender = openSender({ allowNetworks: [] });
    const hosts = ["127.0.0.1..", "localhost..", "a.localhost"];
    for (const host of hosts) {
      for (const code of (await sendTo(sender, host)) as string[])
        expect(["address_refused", "dns"]).toContain(code);
    }
    await sender.close();
    expect(touched()).toBe(0);
  });

  it("is not touched by a name that is public when it is asked for and private afterwards", async () => {
    // The first answer is allowed and refuses connections; a second question would lead to the canary.
    const lookup = answering(["127.0.0.77"], ["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"]);
    const sender = openSender({ allowNetworks: ["127.0.0.77/32"], lookup });
    const port = canaries[0]?.port ?? 0;
    const codes: unknown[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const target = targetOf(`http://rebind.example:${port}/`);
      const result = await sender.send({ target, headers: [], body: Buffer.from("{}"), timeoutMs: 2_000 });
      codes.push(result.errorCode);
    }
    await sender.close();
    expect(codes).toEqual(["refused", "address_refused", "address_refused", "address_refused"]);
    expect(lookup.asked).toHaveLength(4);
    expect(touched()).toBe(0);
  });

  it("is not touched by a name that has its address among others", async () => {
    const sender = openSender({
      allowNetworks: ["127.0.0.77/32"],
      lookup: answering(["127.0.0.1", "127.0.0.77", "::1"]),
    });
    expect(await sendTo(sender, "mixed.example")).toEqual(canaries.map(() => "refused"));
    await sender.close();
    expect(touched()).toBe(0);
  });

  it("is reached once its network is allowed", async () => {
    const sender = openSender({
      allowNetworks: ["127.0.0.0/8", "::1/128"],
      lookup: answering(["127.0.0.1", "::1"]),
    });
    expect(await sendTo(sender, "named.example")).toEqual([null, null]);
    await sender.close();
    expect(touched()).toBe(2);
  });
});
