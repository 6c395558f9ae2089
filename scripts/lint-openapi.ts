import { fileURLToPath } from "node:url";
import { createConfig, lint } from "@redocly/openapi-core";

/** Looks docs/openapi.json over by the recommended rules of Redocly and a few more. A warning counts as a fault. */
const DOCUMENT = fileURLToPath(new URL("../docs/openapi.json", import.meta.url));

/** Besides the recommended ones: what makes the reference and generated clients better to read. */
const ALSO = [
  "parameter-description",
  "operation-singular-tag",
  "operation-tag-defined",
  "paths-kebab-case",
  "component-name-unique",
  "array-parameter-serialization",
];

interface Exception {
  readonly rule: string;
  readonly at: RegExp;
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    rule: "no-ambiguous-paths",
    at: /subscriptions~1/,
    reason: "`by-name` is no id: ids are UUIDs, and OpenAPI lets the path with the literal go first",
  },
  {
    rule: "operation-4xx-response",
    at: /^#\/paths\/~1(healthz|readyz|openapi\.json|docs|docs~1js~1scalar\.js|docs~1errors\.md)?\/get\//,
    reason: "takes no credential, no parameter and no body: nothing in it can be refused",
  },
];

const rules = Object.fromEntries(ALSO.map((rule) => [rule, "error" as const]));
const config = await createConfig({ extends: ["recommended"], rules });
const problems = (await lint({ ref: DOCUMENT, config })).map(({ ruleId, message, location }) => ({
  ...{ ruleId, message },
  pointer: location[0]?.pointer ?? "",
}));

const used = new Set<Exception>();
const faults = problems.filter(({ ruleId, pointer }) => {
  const exception = EXCEPTIONS.find(({ rule, at }) => rule === ruleId && at.test(pointer));
  if (exception !== undefined) used.add(exception);
  return exception === undefined;
});
for (const { ruleId, message, pointer } of faults) console.error(`${pointer}: ${ruleId}: ${message}`);
const idle = EXCEPTIONS.filter((exception) => !used.has(exception));
for (const { rule } of idle)
  console.error(`scripts/lint-openapi.ts: nothing needs the exception from ${rule}`);
console.log(`docs/openapi.json: ${faults.length} faults`);
process.exitCode = faults.length + idle.length > 0 ? 1 : 0;
