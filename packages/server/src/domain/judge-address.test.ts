import { describe, expect, it } from "vitest";
import { judgeAddress, parseNetworks } from "./judge-address.ts";

const nothing = parseNetworks([]);

describe("judgeAddress", () => {
  it.each([
    ["10.0.0.1", "a private"],
    ["127.0.0.1", "a loopback"],
    ["169.254.169.254", "a link-local"],
    ["100.64.0.1", "a carrier-grade NAT"],
    ["::ffff:127.0.0.1", "a loopback"],
    ["64:ff9b::10.0.0.1", "a private"],
    ["::1", "a loopback"],
    ["2002:7f00:1::", "a 6to4"],
    ["2001::1", "a Teredo"],
    ["4000::1", "a reserved"],
    ["fe80::1%eth0", "a link-local"],
    ["example.com", "no IP"],
    ["127.1", "no IP"],
    ["", "no IP"],
  ])("refuses %s as %s address", (address, kind) => {
    expect(judgeAddress(address, nothing)).toEqual({
      outcome: "refused",
      detail: `The host is ${kind} address; webhooks reach public addresses only, and networks that the operator allows.`,
    });
  });

  it.each(["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111"])("lets %s pass", (address) => {
    expect(judgeAddress(address, nothing)).toEqual({ outcome: "ok" });
  });

  it("lets pass what is in an allowed network, mapped IPv4 and zones included, and nothing beside it", () => {
    const allowed = parseNetworks(["10.1.0.0/16", "fe80::/10", "fd00:1::/33"]);
    const judged = ["10.1.255.255", "::ffff:10.1.0.0", "fe80::1%eth0", "fd00:1:7fff::1"].map(
      (address) => judgeAddress(address, allowed).outcome,
    );
    expect(new Set(judged)).toEqual(new Set(["ok"]));
    const refused = ["10.2.0.0", "10.0.255.255", "::1", "fd00:1:8000::1", "64:ff9b::10.1.0.1"].map(
      (address) => judgeAddress(address, allowed).outcome,
    );
    expect(new Set(refused)).toEqual(new Set(["refused"]));
  });

  it("takes no text for a network that is none", () => {
    expect(() => parseNetworks(["10.0.0.0"])).toThrow("10.0.0.0 is not a network in CIDR form");
  });
});
