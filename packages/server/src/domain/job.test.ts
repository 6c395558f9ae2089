import { expect, test } from "vitest";
import { JOB_KINDS } from "./job.ts";

test("each kind of job has a name of its own", () => {
  expect(new Set(JOB_KINDS).size).toBe(JOB_KINDS.length);
});
