import { expect, it } from "vitest";
import { listenSecret } from "./listen/listen-secret.ts";
import { welcome } from "./welcome.ts";

const at = { url: "http://127.0.0.1:8080", store: "sqlite in ./data", version: "1.2.3" };
const key = "tk_live_1_secret";
const own = "a-key-that-the-operator-has-set-himself";

function stepsOf(screen: string): readonly string[] {
  return screen.split("\n").filter((line) => /^ {2}(np[mx]|TRIGGERS_API_KEY)/.test(line));
}

it("shows the first key in lines to paste, and the secret that `listen` signs with under it", () => {
  const screen = welcome({ ...at, firstKey: key, config: { bootstrapApiKey: null } });
  expect(stepsOf(screen)).toEqual([
    `  npm run receiver -- 9000 ${listenSecret(key)}`,
    `  TRIGGERS_API_KEY=${key} npx triggers listen --forward http://127.0.0.1:9000/hook`,
    `  TRIGGERS_API_KEY=${key} npx triggers trigger order.created`,
  ]);
  expect(screen).toContain(`-H "Authorization: Bearer ${key}"`);
});

it("asks for the key, which it does not know any more, and shows no secret", () => {
  const screen = welcome({ ...at, firstKey: null, config: { bootstrapApiKey: null } });
  expect(stepsOf(screen)).toEqual([
    "  npm run receiver",
    "  npx triggers listen --forward http://127.0.0.1:9000/hook",
    "  npx triggers trigger order.created",
  ]);
  expect(screen).toContain("put it into TRIGGERS_API_KEY");
  expect(screen).toContain(`-H "Authorization: Bearer $TRIGGERS_API_KEY"`);
  expect(screen).not.toContain("whsec_");
});

it("shows neither a key that the operator has set, also at the first start, nor what is made of it", () => {
  for (const firstKey of [own, null]) {
    const screen = welcome({ ...at, firstKey, config: { bootstrapApiKey: own } });
    expect(screen).not.toContain(own);
    expect(screen).not.toContain("whsec_");
    expect(stepsOf(screen)).toContain(
      "  TRIGGERS_API_KEY=$TRIGGERS_BOOTSTRAP_API_KEY npx triggers trigger order.created",
    );
  }
});

it("names the server in the commands where it is not the usual one", () => {
  const url = "http://127.0.0.1:18080";
  const screen = welcome({ ...at, url, firstKey: key, config: { bootstrapApiKey: null } });
  expect(
    stepsOf(screen)
      .slice(1)
      .every((line) => line.endsWith(` --url ${url}`)),
  ).toBe(true);
});
