import { type IpNetwork, parseNetwork } from "./filter/ip-network.ts";

/** Whether push may reach an address or URL. `detail` is a sentence for the caller that does not repeat what was sent. */
export type Judgement = { readonly outcome: "ok" } | { readonly outcome: "refused"; readonly detail: string };

type Range = readonly [network: string, kind: string];
type ParsedRange = readonly [network: IpNetwork, kind: string];

/**
 * IPv4 addresses that are no public unicast: https://www.iana.org/assignments/iana-ipv4-special-registry, multicast and what was class E. 168.63.129.16 is public in
 * form only: it is the host of each virtual machine on Azure.
 */
const SPECIAL_IPV4: readonly Range[] = [
  ["0.0.0.0/8", "an unspecified"],
  ["10.0.0.0/8", "a private"],
  ["100.64.0.0/10", "a carrier-grade NAT"],
  ["127.0.0.0/8", "a loopback"],
  ["168.63.129.16/32", "a metadata"],
  ["169.254.0.0/16", "a link-local"],
  ["172.16.0.0/12", "a private"],
  ["192.0.0.0/24", "a reserved"],
  ["192.0.2.0/24", "a documentation"],
  ["192.31.196.0/24", "a reserved"],
  ["192.52.193.0/24", "a reserved"],
  ["192.88.99.0/24", "a reserved"],
  ["192.168.0.0/16", "a private"],
  ["192.175.48.0/24", "a reserved"],
  ["198.18.0.0/15", "a benchmarking"],
  ["198.51.100.0/24", "a documentation"],
  ["203.0.113.0/24", "a documentation"],
  ["224.0.0.0/4", "a multicast"],
  ["240.0.0.0/4", "a reserved"],
];

/** Of IPv6 only 2000::/3 is global unicast, see https://www.iana.org/assignments/ipv6-address-space. The kinds outside of it are named for the sake of the message. */
const GLOBAL_IPV6 = parsed(["2000::/3", "a global"]);
const SPECIAL_IPV6: readonly Range[] = [
  ["::1/128", "a loopback"],
  ["::/128", "an unspecified"],
  ["::/96", "an IPv4-compatible"],
  ["64:ff9b:1::/48", "a local NAT64"],
  ["100::/64", "a discard"],
  ["2001::/32", "a Teredo"],
  ["2001:2::/48", "a benchmarking"],
  ["2001::/23", "a reserved"],
  ["2001:db8::/32", "a documentation"],
  ["2002::/16", "a 6to4"],
  ["2620:4f:8000::/48", "a reserved"],
  ["3fff::/20", "a documentation"],
  ["fc00::/7", "a private"],
  ["fe80::/10", "a link-local"],
  ["fec0::/10", "a private"],
  ["ff00::/8", "a multicast"],
];

/** RFC 6052: the address of an IPv4 host as a network without IPv4 of its own sees it, such as one with DNS64. */
const NAT64 = parsed(["64:ff9b::/96", "a NAT64"]);

const IPV4_RANGES = SPECIAL_IPV4.map(parsed);
const IPV6_RANGES = SPECIAL_IPV6.map(parsed);
const IPV4_BYTES = 4;

/** The operator's networks. Throws for a text that is none. */
export function parseNetworks(cidrs: readonly string[]): readonly IpNetwork[] {
  return cidrs.map(networkOf);
}

function networkOf(cidr: string): IpNetwork {
  const network = parseNetwork(cidr);
  if (network === null) throw new TypeError(`${cidr} is not a network in CIDR form`);
  return network;
}

/**
 * Judges one address, a literal or one that a name resolved to: push reaches public unicast addresses and `allowed` networks, nothing else. An IPv4 address
 * mapped into IPv6 is that IPv4 address, and one under 64:ff9b::/96 is as public as it; all other ways to carry IPv4 in IPv6 are refused.
 */
export function judgeAddress(address: string, allowed: readonly IpNetwork[]): Judgement {
  const bytes = bytesOf(address);
  if (bytes === null) return refuse("no IP");
  if (allowed.some((network) => contains(network, bytes))) return { outcome: "ok" };
  const kind = bytes.length === IPV4_BYTES ? kindOfIpv4(bytes) : kindOfIpv6(bytes);
  return kind === null ? { outcome: "ok" } : refuse(kind);
}

function refuse(kind: string): Judgement {
  return {
    outcome: "refused",
    detail: `The host is ${kind} address; webhooks reach public addresses only, and networks that the operator allows.`,
  };
}

/** The zone of a link-local address says nothing about where it leads. */
function bytesOf(address: string): readonly number[] | null {
  const [bare = ""] = address.split("%", 1);
  return parseNetwork(`${bare}/0`)?.bytes ?? null;
}

/** What is special about an address, or null for public unicast. */
function kindOfIpv4(bytes: readonly number[]): string | null {
  return IPV4_RANGES.find(([network]) => contains(network, bytes))?.[1] ?? null;
}

function kindOfIpv6(bytes: readonly number[]): string | null {
  if (contains(NAT64[0], bytes)) return kindOfIpv4(bytes.slice(12));
  const special = IPV6_RANGES.find(([network]) => contains(network, bytes));
  if (special !== undefined) return special[1];
  return contains(GLOBAL_IPV6[0], bytes) ? null : "a reserved";
}

function contains(network: IpNetwork, bytes: readonly number[]): boolean {
  if (bytes.length !== network.bytes.length) return false;
  return network.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, network.bits - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === (Number(bytes[index]) & mask);
  });
}

function parsed([network, kind]: Range): ParsedRange {
  return [networkOf(network), kind];
}
