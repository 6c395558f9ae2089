import { expect, it } from "vitest";
import { freePort } from "../packages/server/src/store/testing/free-port.ts";
import { type Shell, startShell } from "./harness/start-shell.ts";
import { openTempFolder } from "./harness/temp-folder.ts";

const RECEIVER_PORT = "9000";
const MOST_MS = 60_000;

/** As on a machine that has an older Node of its own: it comes first, and npm's scripts and `npx` have to find ours. */
const PATH = `/usr/bin:${process.env.PATH}`;

it("leads from a fresh start to a signed webhook on this machine by the three commands of the first screen, within a minute", async () => {
  const began = performance.now();
  await using folder = await openTempFolder();
  const env = { PATH, XDG_CONFIG_HOME: folder.path };
  const [port, receiverPort] = [String(await freePort()), String(await freePort())];
  const at = (line: string | undefined) => (line ?? "exit 1").replace(RECEIVER_PORT, receiverPort);

  await using server = startShell("npm start", {
    ...env,
    TRIGGERS_PORT: port,
    TRIGGERS_DATA_DIR: `${folder.path}/data`,
  });
  await server.shows(/trigger order\.created.*\n/);
  const [receive, listen, trigger, ...others] = stepsOf(server.output());
  expect(others).toEqual([]);
  expect(receive).toMatch(/^npm run receiver -- 9000 whsec_\S+$/);

  await using receiver = startShell(at(receive), env);
  await receiver.shows(/waiting for webhooks/);
  await using listener = startShell(at(listen), env);
  await listener.shows(/Ctrl-C stops\./);
  await using sender = startShell(at(trigger), env);
  const [, eventId = ""] = await sender.shows(/^([0-9a-f-]{36}) {2}order\.created /m);
  const [, body = ""] = await receiver.shows(/^received (.*)$/m);
  const tookMs = performance.now() - began;

  expect(JSON.parse(body)).toMatchObject({ id: eventId, type: "order.created", source: "shop" });
  await listener.shows(new RegExp(`order\\.created {2}${eventId} {2}204 `));
  await expectCheckedSignature(receiver, receiverPort);
  console.log(`from the start to the webhook: ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(MOST_MS);
}, 120_000);

/** The lines to paste that stand under the words about webhooks. */
function stepsOf(screen: string): readonly string[] {
  const [, below = ""] = screen.split(/^Get events as webhooks.*\n\n/m);
  return below
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => line.trim());
}

/** Else that it took the event would show nothing. */
async function expectCheckedSignature(receiver: Shell, port: string): Promise<void> {
  expect(receiver.output()).not.toContain("refused");
  const unsigned = await fetch(`http://127.0.0.1:${port}/hook`, { method: "POST", body: "{}" });
  expect(unsigned.status).toBe(401);
  await receiver.shows(/^refused, not signed with this secret: /m);
}
