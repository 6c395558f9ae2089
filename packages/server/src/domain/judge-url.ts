import type { IpNetwork } from "./filter/ip-network.ts";
import { type Judgement, judgeAddress } from "./judge-address.ts";

/** Longest URL of a webhook, in characters. */
export const TARGET_URL_LENGTH = 2_048;

/** Ports that speak something else: none, SSH, SMTP, PostgreSQL, Redis. */
const REFUSED_PORTS: readonly number[] = [0, 22, 25, 5432, 6379];

/** Names that every machine resolves to itself (RFC 6761, and /etc/hosts of common systems). */
const LOCALHOST =
  /^(?:(?:.+\.)?localhost|(?:.+\.)?localhost\.localdomain|localhost[46]|localhost6\.localdomain6|ip6-localhost|ip6-loopback)$/;

/**
 * Judges the target of a webhook when it is set. A host that is an address, in any spelling that the WHATWG URL standard reads as one (decimal, octal, hex, short), is judged at once,
 * and so are names of the machine itself; any other name is judged at every attempt, by the addresses it has then.
 */
export function judgeUrl(text: string, allowed: readonly IpNetwork[]): Judgement {
  if (text.length > TARGET_URL_LENGTH) return refuse(`must have at most ${TARGET_URL_LENGTH} characters`);
  // The standard drops tabs and line breaks anywhere in a URL: it would not be the one that was meant.
  if (/[^\x21-\u{10ffff}]/u.test(text)) return refuse("must not contain spaces or control characters");
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse("must be an http or https URL");
  if (url.username !== "" || url.password !== "")
    return refuse("must not contain credentials; send them in a header");
  if (url.port !== "" && REFUSED_PORTS.includes(Number(url.port)))
    return refuse(`must not have one of the ports ${REFUSED_PORTS.join(", ")}`);
  return judgeHost(url.hostname, allowed);
}

function judgeHost(hostname: string, allowed: readonly IpNetwork[]): Judgement {
  if (hostname.startsWith("[")) return judgeAddress(hostname.slice(1, -1), allowed);
  if (/^[0-9.]+$/.test(hostname)) return judgeAddress(hostname, allowed);
  if (!LOCALHOST.test(hostname.replace(/\.+$/, ""))) return { outcome: "ok" };
  const verdict = judgeAddress("127.0.0.1", allowed);
  return verdict.outcome === "ok" ? verdict : judgeAddress("::1", allowed);
}

function refuse(detail: string): Judgement {
  return { outcome: "refused", detail: `The URL ${detail}.` };
}
