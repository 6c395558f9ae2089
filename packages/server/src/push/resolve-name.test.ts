import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import type { Lookup } from "./guard-address.ts";
import { makeResolver } from "./resolve-name.ts";

/** A system resolver whose answers and clock are in the test's hands. */
function makeSystem() {
  const open = new Map<string, Parameters<Lookup>[2]>();
  const asked: string[] = [];
  let now = 0;
  const lookup: Lookup = (hostname, _options, callback) => {
    asked.push(hostname);
    open.set(hostname, callback);
  };
  return {
    asked,
    lookup,
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    answer: (hostname: string, error: NodeJS.ErrnoException | null = null, address = "8.8.8.8") =>
      open.get(hostname)?.(error, error === null ? [{ address, family: 4 }] : []),
  };
}

type System = ReturnType<typeof makeSystem>;

function open(system: System, slowAtOnce = 1) {
  const resolver = makeResolver({ ...system, quickMs: 1_000, slowAtOnce, waitMs: 5_000 });
  const answers: [string, string][] = [];
  const ask = (hostname: string): void =>
    resolver(hostname, { all: true }, (error, addresses: readonly LookupAddress[]) => {
      answers.push([hostname, error === null ? String(addresses[0]?.address) : String(error.code)]);
    });
  return { ask, answers };
}

describe("the resolver", () => {
  it("asks once for a name that several want at the same time, and again afterwards", () => {
    const system = makeSystem();
    const { ask, answers } = open(system);
    ask("a.example");
    ask("a.example");
    system.answer("a.example");
    ask("a.example");
    system.answer("a.example", null, "9.9.9.9");
    expect(system.asked).toEqual(["a.example", "a.example"]);
    expect(answers).toEqual([
      ["a.example", "8.8.8.8"],
      ["a.example", "8.8.8.8"],
      ["a.example", "9.9.9.9"],
    ]);
  });

  it("lets names that it does not know wait for one another, but not those that were quick", () => {
    const system = makeSystem();
    const { ask } = open(system);
    ask("quick.example");
    system.answer("quick.example");
    ask("silent1.example");
    ask("silent2.example");
    ask("quick.example");
    expect(system.asked).toEqual(["quick.example", "silent1.example", "quick.example"]);
    system.answer("silent1.example");
    expect(system.asked.at(-1)).toBe("silent2.example");
  });

  it("lets a name that was slow or failed wait again", () => {
    const system = makeSystem();
    const { ask } = open(system);
    ask("slow.example");
    system.pass(1_001);
    system.answer("slow.example");
    ask("failed.example");
    system.answer("failed.example", Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    ask("silent.example");
    ask("slow.example");
    ask("failed.example");
    expect(system.asked.slice(2)).toEqual(["silent.example"]);
  });

  it("asks for as many unknown names at once as it is told", () => {
    const system = makeSystem();
    const { ask } = open(system, 2);
    for (const name of ["a", "b", "c"]) ask(name);
    expect(system.asked).toEqual(["a", "b"]);
    system.answer("b");
    expect(system.asked).toEqual(["a", "b", "c"]);
  });

  it("does not ask any more for a name whose turn comes too late", () => {
    const system = makeSystem();
    const { ask, answers } = open(system);
    ask("silent.example");
    ask("late.example");
    system.pass(5_001);
    ask("next.example");
    system.answer("silent.example");
    expect(system.asked).toEqual(["silent.example", "next.example"]);
    expect(answers).toContainEqual(["late.example", "EAI_AGAIN"]);
  });

  it("hands on the error of the system", () => {
    const system = makeSystem();
    const { ask, answers } = open(system);
    ask("none.example");
    system.answer("none.example", Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    expect(answers).toEqual([["none.example", "ENOTFOUND"]]);
  });
});
