import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterEach, expect, test } from "vitest";
import { makeFakeClock } from "../flow/testing/fake-clock.ts";
import { makeSendAlert } from "./send-alert.ts";
import { openSender } from "./send-webhook.ts";
import { OK, openReceiver, type Respond } from "./testing/open-receiver.ts";
import { until } from "./testing/open-test-push.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(respond: Respond) {
  const receiver = await openReceiver({ respond });
  const sender = openSender({ allowNetworks: ["127.0.0.0/8"] });
  opened.push(sender, receiver);
  const clock = makeFakeClock(Date.now());
  const errors: unknown[] = [];
  const parts = { sender, clock, url: receiver.url, secret: SECRET, userAgent: "test" };
  const random = { number: Math.random, bytes: randomBytes };
  const alert = makeSendAlert({ ...parts, random, onError: (error) => errors.push(error) });
  return { alert, clock, receiver, errors };
}

test("a dead letter is told of with a signature that standardwebhooks verifies", async () => {
  const { alert, clock, receiver } = await open(OK);
  alert("p1", "delivery.dead", { event_id: "e1" });
  alert("p1", "delivery.expired", { event_id: "e2" });
  await clock.advance(0);
  await until(() => receiver.requests.length === 1);
  const [request] = receiver.requests;
  const headers = Object.fromEntries(
    (request?.head ?? "").split("\r\n").flatMap((line) => {
      const [name = "", ...value] = line.split(": ");
      return value.length === 0 ? [] : [[name.toLowerCase(), value.join(": ")]];
    }),
  );
  const notice = new Webhook(SECRET).verify(request?.body.toString() ?? "", headers);
  expect(notice).toMatchObject({ type: "delivery.dead", project_id: "p1", data: { event_id: "e1" } });
});

test("a notice that is not taken is sent again, then given up and reported", async () => {
  const { alert, clock, receiver, errors } = await open((socket) =>
    socket.write("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"),
  );
  alert("p1", "subscription.disabled", {});
  await until(async () => {
    await clock.advance(30_000);
    return errors.length === 1;
  });
  expect(receiver.requests).toHaveLength(3);
});
