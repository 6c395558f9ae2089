import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import type { IpNetwork } from "../domain/filter/ip-network.ts";
import { judgeAddress } from "../domain/judge-address.ts";
import { ConnectError } from "./connect-error.ts";

/** What a name resolves to now. `dns.lookup` is one. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** True for an address that push may reach. */
export function isReachable(address: string, allowed: readonly IpNetwork[]): boolean {
  return judgeAddress(address, allowed).outcome === "ok";
}

/**
 * A `lookup` for sockets that gives the addresses that push may reach and no others. The socket connects to what it is given, without resolving again, so that a name which
 * changes between check and use gains nothing. Node does not call it for literals: those the connector judges. Of a name with public and private addresses the public ones stay: `localhost` works with
 * 127.0.0.0/8 allowed alone.
 */
export function guardLookup(lookup: Lookup, allowed: readonly IpNetwork[]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true }, (error, addresses) => {
      if (error !== null) return callback(new ConnectError("dns", error), []);
      const reachable = addresses.filter(({ address }) => isReachable(address, allowed));
      const [first] = reachable;
      if (first === undefined)
        return callback(new ConnectError(addresses.length === 0 ? "dns" : "address_refused"), []);
      if (options.all === true) callback(null, reachable);
      else callback(null, first.address, first.family);
    });
  };
}
