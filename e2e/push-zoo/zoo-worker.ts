import { parentPort } from "node:worker_threads";
import { OK, openReceiver } from "../../packages/server/src/push/testing/open-receiver.ts";
import { ANIMALS } from "./animals.ts";
import type { ZooWish } from "./open-zoo.ts";

// A thread of its own: what the animals do must not delay the measuring of others.
let isHealed = false;
const receivers = await Promise.all(
  ANIMALS.map(({ receiver: { respond, ...receiver } }) =>
    openReceiver({
      ...receiver,
      respond: (socket, request, count) => (isHealed ? OK : respond)(socket, request, count),
    }),
  ),
);

parentPort?.on("message", (wish: ZooWish) => {
  if (wish === "heal") isHealed = true;
  parentPort?.postMessage(receivers.reduce((sum, receiver) => sum + receiver.open(), 0));
});
parentPort?.postMessage(receivers.map(({ url }) => url));
