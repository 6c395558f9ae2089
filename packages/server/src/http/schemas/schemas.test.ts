import { describe, expect, it } from "vitest";
import { TriggersError } from "../../domain/errors.ts";
import { checkShape } from "../faults.ts";
import { EXAMPLES } from "./all-examples.ts";
import { projectInput } from "./project.ts";

/** The faults of a value, as examples write them. */
function faultsOf(schema: Parameters<typeof checkShape>[0], value: unknown): string[] {
  try {
    checkShape(schema, value);
    return [];
  } catch (error) {
    if (!(error instanceof TriggersError)) throw error;
    return error.fields.map(({ pointer, detail }) => `${pointer} ${detail}`);
  }
}

describe.each(Object.entries(EXAMPLES))("%s", (_, { schema, valid, invalid }) => {
  it.each(Object.entries(valid))("takes %s", (_name, value) => {
    expect(faultsOf(schema, value)).toEqual([]);
  });

  it.each(Object.entries(invalid))("refuses %s, for the reason stated", (_name, { value, fault }) => {
    expect(faultsOf(schema, value)).toEqual([fault]);
  });
});

it("`__proto__` is refused like any field that is not known", () => {
  expect(faultsOf(projectInput, JSON.parse('{"name":"Acme","__proto__":{}}'))).toEqual([
    "/__proto__ is not a field here",
  ]);
});

describe("messages", () => {
  const faults = Object.values(EXAMPLES).flatMap(({ invalid }) => Object.values(invalid));

  it("say what a field must be or is, in plain words", () => {
    for (const { fault } of faults) {
      const message = fault.slice(fault.indexOf(" ") + 1);
      expect(message).toMatch(/^(must|is|has|cannot) /);
      expect(message).not.toMatch(/undefined|NaN|expected|received|Invalid|regex/i);
    }
  });
});
