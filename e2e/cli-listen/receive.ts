// A developer's program as a process of its own: `node receive.ts PORT SECRET`. Writes `got ID` before it answers a signed event and `answered ID` after.
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Webhook } from "standardwebhooks";

const [port, secret = ""] = process.argv.slice(2);
const webhook = new Webhook(secret);
const LONGEST_ANSWER_MS = 20;

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const event = webhook.verify(Buffer.concat(chunks), request.headers as Record<string, string>);
  const { id } = event as { readonly id: string };
  console.log(`got ${id}`);
  await delay(Math.random() * LONGEST_ANSWER_MS);
  response.writeHead(204).end(() => console.log(`answered ${id}`));
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
