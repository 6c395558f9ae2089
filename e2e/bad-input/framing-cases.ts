/** What goes over the wire, and the statuses that may come back; `closed`: the connection may end without an answer. */
export interface FramingCase {
  readonly title: string;
  readonly bytes: string | Buffer;
  readonly answers: readonly (number | "closed")[];
  /** Nothing follows the bytes: the sender's half of the connection is closed. */
  readonly ends?: true;
}

const EVENT = '{"payload":{"half":1}}';

/** `key`: a key that may do everything, so that nothing but the framing is at fault. */
export function framingCases(key: string): readonly FramingCase[] {
  const common = `Host: test\r\nAuthorization: Bearer ${key}\r\n`;
  return [...headCases(common), ...bodyCases(common)];
}

function refused(title: string, bytes: string | Buffer, ...answers: (number | "closed")[]): FramingCase {
  return { title, bytes, answers: answers.length === 0 ? [400] : answers };
}

/** Faults in the request line and the headers. `common`: the headers of a sound request. */
function headCases(common: string): readonly FramingCase[] {
  const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\n${common}${more}\r\n`;
  return [
    refused("no Host", get("/v1/me").replace(/Host.*\r\n/, "")),
    refused("two Hosts", get("/v1/me", "Host: other\r\n")),
    refused("HTTP/0.9", "GET /\r\n\r\n"),
    refused("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505, "closed"),
    refused("HTTP/9.9", `GET / HTTP/9.9\r\n${common}\r\n`, 400, 505),
    refused("a TLS hello", Buffer.from("16030100c8010000c40303", "hex"), 400, "closed"),
    refused("nothing but noise", Buffer.alloc(512, 0x80), 400, "closed"),
    refused("a header without a colon", get("/v1/me", "Nonsense\r\n")),
    refused("a space before the colon", get("/v1/me", "X-A : b\r\n")),
    refused("a header name in brackets", get("/v1/me", "X[1]: b\r\n")),
    refused("a folded header", get("/v1/me", "X-A: b\r\n c\r\n")),
    refused("NUL in a header", get("/v1/me", "X-A: b\0c\r\n")),
    refused("a lone CR in a header", get("/v1/me", "X-A: b\rc\r\n")),
    refused("lines without CR", get("/v1/me").replaceAll("\r\n", "\n")),
    refused("a header of 20 KiB", get("/v1/me", `X-A: ${"a".repeat(20_480)}\r\n`), 431),
    refused("2,000 headers of 17 KiB together", get("/v1/me", "X-A: bc\r\n".repeat(2_000)), 431),
    refused("a path of 20 KiB", get(`/v1/${"a".repeat(20_480)}`), 431),
    refused("a space in the path", get("/v1/ me")),
    refused("a control character in the path", get("/v1/\x01me")),
    refused("an unknown method", `FROB /v1/me HTTP/1.1\r\n${common}\r\n`),
    refused("a method in lower case", `get /v1/me HTTP/1.1\r\n${common}\r\n`),
    refused("CONNECT", `CONNECT example.com:443 HTTP/1.1\r\n${common}\r\n`, 400, 404, 405, "closed"),
  ];
}

/** Faults in how the body is framed. */
function bodyCases(common: string): readonly FramingCase[] {
  const post = (headers: string, body: string) =>
    `POST /v1/events HTTP/1.1\r\n${common}Content-Type: application/json\r\n${headers}\r\n${body}`;
  const chunked = (body: string, more = "") => post(`Transfer-Encoding: chunked\r\n${more}`, body);
  const chunk = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`;
  const cut = (title: string, bytes: string) =>
    ({ title, bytes, answers: [400, "closed"], ends: true }) as const;
  return [
    refused("an unknown Expect", post(`Expect: the-best\r\nContent-Length: ${EVENT.length}\r\n`, EVENT), 417),
    refused(
      "100-continue for too much",
      post("Expect: 100-continue\r\nContent-Length: 99999999\r\n", ""),
      413,
    ),
    refused("a declared length beyond the limit", post("Content-Length: 99999999\r\n", "{"), 413),
    refused("two lengths", post(`Content-Length: ${EVENT.length}\r\nContent-Length: 5\r\n`, EVENT)),
    refused("the same length twice", post(`Content-Length: ${EVENT.length}\r\n`.repeat(2), EVENT)),
    refused("a list of lengths", post(`Content-Length: ${EVENT.length}, ${EVENT.length}\r\n`, EVENT)),
    refused("a length below zero", post("Content-Length: -1\r\n", EVENT)),
    refused("a length with a plus", post(`Content-Length: +${EVENT.length}\r\n`, EVENT)),
    refused("a length in hexadecimal", post("Content-Length: 0x16\r\n", EVENT)),
    refused("a length beyond 64 bits", post("Content-Length: 99999999999999999999999\r\n", EVENT)),
    refused("an empty length", post("Content-Length: \r\n", EVENT)),
    refused("length and chunks", chunked(`${chunk}0\r\n\r\n`, `Content-Length: ${EVENT.length}\r\n`)),
    refused(
      "length before chunks",
      post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", `${chunk}0\r\n\r\n`),
    ),
    refused("chunks that are not the last coding", post("Transfer-Encoding: chunked, identity\r\n", chunk)),
    refused("an unknown coding", post("Transfer-Encoding: xchunked\r\n", chunk)),
    refused("a chunk of no number", chunked(`zz\r\n${EVENT}\r\n0\r\n\r\n`)),
    refused("a chunk of size below zero", chunked(`-5\r\n${EVENT}\r\n0\r\n\r\n`)),
    refused("a chunk beyond 64 bits", chunked(`fffffffffffffffff\r\n${EVENT}\r\n0\r\n\r\n`)),
    refused("a chunk longer than it says", chunked(`5\r\n${EVENT}\r\n0\r\n\r\n`)),
    refused("a chunk without its end", chunked(`${EVENT.length.toString(16)}\r\n${EVENT}0\r\n\r\n`)),
    refused("lines of chunks without CR", chunked(`${chunk}0\r\n\r\n`.replaceAll("\r\n", "\n"))),
    refused(
      "chunk extensions of 20 KiB",
      chunked(`${EVENT.length.toString(16)};x=${"y".repeat(20_480)}\r\n`),
      413,
    ),
    refused("chunks beyond the limit", chunked(`200000\r\n${" ".repeat(0x20_0000)}\r\n0\r\n\r\n`), 413),
    cut("half a request line", "POST /v1/ev"),
    cut("half a head", `POST /v1/events HTTP/1.1\r\n${common}Content-`),
    cut("a body cut short", post(`Content-Length: ${EVENT.length + 20}\r\n`, EVENT)),
    cut("a sound event in a body cut short", post(`Content-Length: ${EVENT.length + 1}\r\n`, EVENT)),
    cut("chunks without the last one", chunked(chunk)),
    cut("half a chunk", chunked(`ff\r\n${EVENT}`)),
    cut("half a last chunk", chunked(`${chunk}0\r\n`)),
  ];
}
