/** An IPv4 (4 bytes) or IPv6 (16 bytes) network. */
export interface IpNetwork {
  readonly bytes: readonly number[];
  /** How many leading bits count. */
  readonly bits: number;
}

/** No address in text form is longer: eight groups, the last two as IPv4. */
const MAX_ADDRESS_LENGTH = 45;
const DECIMAL_BYTE = /^(?:0|[1-9][0-9]{0,2})$/;
const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/;
const BITS = /^(?:0|[1-9][0-9]{0,2})$/;

/** `10.0.0.0/8` or `2001:db8::/32`; bits beyond the mask are ignored. Null when it is not one. */
export function parseNetwork(text: string): IpNetwork | null {
  const slash = text.indexOf("/");
  const bytes = slash < 0 ? null : parseAddress(text.slice(0, slash));
  const bitsText = text.slice(slash + 1);
  if (bytes === null || !BITS.test(bitsText)) return null;
  const bits = Number(bitsText);
  return bits > bytes.length * 8 ? null : { bytes, bits };
}

/** False for anything that is not an address of a network's family. An IPv4 address mapped into IPv6 is the IPv4 address. */
export function isInNetworks(networks: readonly IpNetwork[], text: string): boolean {
  const bytes = parseAddress(text);
  return bytes !== null && networks.some((network) => contains(network, bytes));
}

function contains(network: IpNetwork, bytes: readonly number[]): boolean {
  if (bytes.length !== network.bytes.length) return false;
  return network.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, network.bits - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === (Number(bytes[index]) & mask);
  });
}

function parseAddress(text: string): readonly number[] | null {
  if (text.length > MAX_ADDRESS_LENGTH) return null;
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text);
  return bytes !== null && isMappedIpv4(bytes) ? bytes.slice(12) : bytes;
}

/** `::ffff:a.b.c.d` */
function isMappedIpv4(bytes: readonly number[]): boolean {
  return bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
}

function parseIpv4(text: string): readonly number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => DECIMAL_BYTE.test(part) && Number(part) <= 255))
    return null;
  return parts.map(Number);
}

function parseIpv6(text: string): readonly number[] | null {
  const [head, tail, ...more] = text.split("::");
  const before = parseGroups(String(head), tail === undefined);
  const after = tail === undefined ? [] : parseGroups(tail, true);
  if (before === null || after === null || more.length > 0) return null;
  const gap = 16 - before.length - after.length;
  // `::` stands for at least one group of zeros; without it all eight groups are written.
  if (tail === undefined ? gap !== 0 : gap < 2) return null;
  return [...before, ...new Array<number>(gap).fill(0), ...after];
}

/** The bytes of groups joined by `:`; the last may be an IPv4 address when the text ends the whole address. */
function parseGroups(text: string, isEnd: boolean): readonly number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const embedded = isEnd && text.includes(".") ? parseIpv4(String(groups.pop())) : [];
  if (embedded === null || !groups.every((group) => HEX_GROUP.test(group))) return null;
  return [...groups.flatMap(bytesOfGroup), ...embedded];
}

function bytesOfGroup(group: string): [number, number] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
