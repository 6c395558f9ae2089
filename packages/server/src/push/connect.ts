import { isIP, type LookupFunction, connect as openTcp, type Socket } from "node:net";
import { createSecureContext, connect as openTls, type SecureContext } from "node:tls";
import type { buildConnector } from "undici";
import type { IpNetwork } from "../domain/filter/ip-network.ts";
import { ConnectError } from "./connect-error.ts";
import { guardLookup, isReachable, type Lookup } from "./guard-address.ts";

export interface ConnectorOptions {
  /** Networks besides the public internet. */
  readonly allowed: readonly IpNetwork[];
  readonly lookup: Lookup;
  /** For name, TCP and TLS together. */
  readonly timeoutMs: number;
  /** PEM; besides nothing else when given. Absent: what Node trusts. */
  readonly ca?: string;
}

/** Of several addresses the next one is tried after so long. Node's own 250 ms gives up on hosts at the other end of the world. */
const NEXT_ADDRESS_MS = 500;

/**
 * Opens connections for undici, each to an address that was judged just before: names through the guarded lookup, literals here, as Node does not look those up. HTTP/1.1 only,
 * certificates always verified. Faults are `ConnectError`s.
 */
export function makeConnector(options: ConnectorOptions): buildConnector.connector {
  const lookup = guardLookup(options.lookup, options.allowed);
  let made: SecureContext | null = null;
  /** One for all connections: each takes 0.5 ms to make. */
  const trust = (): SecureContext => {
    made ??= createSecureContext({
      minVersion: "TLSv1.2",
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    return made;
  };
  return (target, callback) => {
    if (isIP(target.hostname) !== 0 && !isReachable(target.hostname, options.allowed)) {
      queueMicrotask(() => callback(new ConnectError("address_refused"), null));
      return;
    }
    const socket = openSocket(target, lookup, trust);
    settle(socket, target.protocol === "https:", { callback, timeoutMs: options.timeoutMs });
  };
}

function openSocket(
  target: buildConnector.Options,
  lookup: LookupFunction,
  trust: () => SecureContext,
): Socket {
  const isTls = target.protocol === "https:";
  const tcp = {
    host: target.hostname,
    port: target.port === "" ? (isTls ? 443 : 80) : Number(target.port),
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
  if (!isTls) return openTcp(tcp);
  return openTls({
    ...tcp,
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
    secureContext: trust(),
    // RFC 6066 §3: an address is no server name, and a name has no dot at its end.
    ...(isIP(target.hostname) === 0 ? { servername: target.hostname.replace(/\.$/, "") } : {}),
  });
}

/** Calls back once, with the connected socket or with why there is none. */
function settle(
  socket: Socket,
  isTls: boolean,
  { callback, timeoutMs }: { readonly callback: buildConnector.Callback; readonly timeoutMs: number },
): void {
  let isResolved = false;
  let isConnected = false;
  let isSettled = false;
  const timer = setTimeout(() => fail(isResolved ? "connect_timeout" : "dns"), timeoutMs);

  function finish(): boolean {
    if (isSettled) return false;
    isSettled = true;
    clearTimeout(timer);
    return true;
  }

  function fail(errorCode: ConnectError["errorCode"], cause?: unknown): void {
    if (!finish()) return;
    socket.destroy();
    callback(cause instanceof ConnectError ? cause : new ConnectError(errorCode, cause), null);
  }

  socket.once("connectionAttempt", () => {
    isResolved = true;
  });
  socket.once("connect", () => {
    isConnected = true;
  });
  socket.once(isTls ? "secureConnect" : "connect", () => {
    if (!finish()) return;
    callback(null, socket);
  });
  // Stays on: a socket must never have an error that nobody hears.
  socket.on("error", (error) => fail(isConnected ? "tls" : codeOf(error), error));
  socket.once("close", () => fail(isConnected ? "tls" : "reset"));
}

/** Why no connection came about, from the error of the socket; with several addresses the first one tells. */
function codeOf(error: NodeJS.ErrnoException): ConnectError["errorCode"] {
  switch (error.code) {
    case "ECONNREFUSED":
      return "refused";
    case "ETIMEDOUT":
      return "connect_timeout";
    case "ECONNRESET":
      return "reset";
    default:
      return "unreachable";
  }
}
