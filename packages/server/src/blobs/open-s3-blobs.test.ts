import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openS3Blobs } from "./open-s3-blobs.ts";

test("a bucket that takes requests and never answers is told as storage that may work again, not attempt by attempt", async () => {
  process.env.AWS_ACCESS_KEY_ID ??= "test";
  process.env.AWS_SECRET_ACCESS_KEY ??= "test";
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const blobs = openS3Blobs({ region: "eu-central-1", bucket: "b", endpoint: `http://127.0.0.1:${port}` });
  const began = performance.now();
  await expect(blobs.put("key", new Uint8Array(9))).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(performance.now() - began).toBeLessThan(10_000);
  blobs.close();
  server.closeAllConnections();
  server.close();
});
