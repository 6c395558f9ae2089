import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { judgeAddress } from "./judge-address.ts";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 2_000);

/** Half of the addresses lie near the borders of some special range. */
const byte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(
    0,
    1,
    10,
    31,
    32,
    63,
    64,
    100,
    127,
    128,
    168,
    169,
    172,
    192,
    198,
    203,
    223,
    224,
    240,
    254,
    255,
  ),
);
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."));
const group = fc.oneof(
  fc.nat(0xffff),
  fc.constantFrom(
    0,
    1,
    2,
    0x64,
    0xff9b,
    0xffff,
    0xdb8,
    0x2001,
    0x2002,
    0x2620,
    0x3fff,
    0xfc00,
    0xfe80,
    0xff00,
  ),
);
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((value) => value.toString(16)).join(":"));

/** What another implementation says of an address; one that is mapped or NAT64 is what it carries. */
function isPublicElsewhere(address: string): boolean {
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "rfc6052") return parsed.range() === "unicast";
  const bytes = parsed.toByteArray();
  return bytes[4] === 0 && bytes[5] === 0 && isPublicElsewhere(bytes.slice(12).join("."));
}

describe("judgeAddress", () => {
  it("lets no address pass that ipaddr.js takes for special", () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (address) => {
        if (judgeAddress(address, []).outcome === "ok")
          expect([address, isPublicElsewhere(address)]).toEqual([address, true]);
      }),
      { numRuns },
    );
  });

  it("refuses no IPv4 address that ipaddr.js takes for unicast, but the metadata host of Azure", () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const isRefused = judgeAddress(address, []).outcome === "refused";
        if (isRefused && address !== "168.63.129.16")
          expect([address, isPublicElsewhere(address)]).toEqual([address, false]);
      }),
      { numRuns },
    );
  });
});
