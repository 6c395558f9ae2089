import { expect, it } from "vitest";
import { renderAttempts } from "./render-delivery.ts";

const attempt = (number: number, excerpt: Uint8Array | null) => ({
  ...{ number, startedAt: 0, durationMs: 5, statusCode: 200, errorCode: null, excerpt },
});

it("an answer that is no text is shown as far as it is", () => {
  const excerpt = Buffer.from([0x61, 0xff, 0x00, 0xf0, 0x9f, 0x92]);
  expect(renderAttempts([attempt(1, excerpt), attempt(2, null)])).toMatchObject([
    { number: 1, response_excerpt: "a\ufffd\u0000\ufffd" },
    { number: 2, response_excerpt: null },
  ]);
});

it("of more attempts than an answer has room for, the newest are shown, first to last", () => {
  const controls = Buffer.alloc(4_096);
  const shown = renderAttempts(Array.from({ length: 1_000 }, (_, index) => attempt(index + 1, controls)));
  const bytes = Buffer.byteLength(JSON.stringify(shown));
  expect(bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(bytes).toBeGreaterThan(3 * 1024 * 1024);
  expect(shown.at(-1)?.number).toBe(1_000);
  expect(shown[0]?.number).toBe(1_001 - shown.length);
});
