import { expect, test } from "vitest";
import { WEBHOOK_DEFAULTS, WEBHOOK_FORMATS, WEBHOOK_LIMITS } from "./webhook.ts";

test("what a webhook is by default lies within what it may be", () => {
  expect(WEBHOOK_FORMATS).toContain(WEBHOOK_DEFAULTS.format);
  expect(WEBHOOK_DEFAULTS.timeoutSeconds).toBeLessThanOrEqual(WEBHOOK_LIMITS.timeoutSeconds);
  expect(WEBHOOK_DEFAULTS.maxInFlight).toBeLessThanOrEqual(WEBHOOK_LIMITS.maxInFlight);
});
