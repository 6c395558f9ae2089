import { expect, test } from "vitest";
import { makeStartGate } from "./start-gate.ts";

/** A gate, the turns that it asked for, and who has begun. */
function openGate() {
  const turns: (() => void)[] = [];
  const begun: string[] = [];
  const gate = makeStartGate({ soon: (run) => turns.push(run) });
  return {
    begun,
    turns,
    enter: (name: string, health: "well" | "ill") => void gate.pass(health).then(() => begun.push(name)),
    /** Runs the next turn and what it set free. */
    async turn() {
      turns.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("four begin at once, the others in turns of four, and the gate rests when nobody waits", async () => {
  const { begun, turns, enter, turn } = openGate();
  for (let n = 0; n < 10; n++) enter(String(n), "well");
  await turn();
  expect(begun.length).toBe(8);
  await turn();
  expect(begun).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  await turn();
  expect(turns).toEqual([]);
  enter("late", "well");
  await turn();
  expect(begun.at(-1)).toBe("late");
});

test("a request to an endpoint that answers does not wait behind those to many that do not", async () => {
  const { begun, enter, turn } = openGate();
  for (let n = 0; n < 50; n++) enter(`ill ${n}`, "ill");
  enter("well", "well");
  await turn();
  expect(begun.indexOf("well")).toBe(4);
});
