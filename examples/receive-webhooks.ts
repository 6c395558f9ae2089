// A webhook receiver with nothing but Node: checks the signature (https://www.standardwebhooks.com) and prints what comes.
//   node examples/receive-webhooks.ts [port] [whsec_…]
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";

const port = Number(process.argv[2] ?? 9000);
const secret = process.argv[3];

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const isSigned = secret === undefined || isGenuine(request.headers, body, secret);
  console.log(`${isSigned ? "received" : "refused, not signed with this secret:"} ${body.toString("utf8")}`);
  response.writeHead(isSigned ? 204 : 401).end();
});

/** The signature is over id, time and the exact bytes; five minutes is how far the clocks may be apart. */
function isGenuine(headers: IncomingHttpHeaders, body: Buffer, whsec: string): boolean {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(whsec.replace("whsec_", ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return (signatures ?? "").split(" ").some((one) => {
    const given = Buffer.from(one.replace("v1,", ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

server.listen(port, "127.0.0.1", () => console.log(`waiting for webhooks on http://127.0.0.1:${port}`));
