import { describe, expect, it } from "vitest";
import type { Health } from "./breaker.ts";
import { makeOpenSlots, type OpenSlots } from "./open-slots.ts";

/** Endpoints of a project that take one slot each and do not give it back; gives how many got one. */
function hang(
  slots: OpenSlots,
  health: Health,
  of: readonly [endpoints: number, projectId?: string],
): number {
  const [endpoints, projectId = "p"] = of;
  let got = 0;
  for (let i = 0; i < endpoints; i++)
    got += slots.take({ projectId, shard: 7, health }, { wanted: 1, held: 0 });
  return got;
}

const take = (slots: OpenSlots, projectId: string, wish: { wanted?: number; held?: number } = {}) =>
  slots.take({ projectId, shard: 7, health: "well" }, { wanted: 100, held: 0, ...wish });

describe("the slots of a process", () => {
  it("are not used up by endpoints that do not answer, however many of however many projects", () => {
    const slots = makeOpenSlots();
    for (let project = 0; project < 1_000; project++) {
      hang(slots, "ill", [10, `ill ${project}`]);
      hang(slots, "unknown", [10, `new ${project}`]);
    }
    expect(slots.running()).toBe(1_000);
    expect(take(slots, "healthy")).toBe(100);
  });

  it("leave room for new endpoints beside all that failed", () => {
    const slots = makeOpenSlots();
    for (let project = 0; project < 1_000; project++) hang(slots, "ill", [10, `${project}`]);
    expect(slots.running()).toBe(500);
    expect(hang(slots, "unknown", [10, "new"])).toBe(10);
  });

  it("are left to others in part by one project, whatever it has", () => {
    const slots = makeOpenSlots();
    expect(hang(slots, "ill", [5_000])).toBe(400);
    expect(hang(slots, "unknown", [5_000])).toBe(400);
    expect(hang(slots, "well", [5_000])).toBe(800);
    expect(take(slots, "another")).toBe(100);
    expect(hang(slots, "ill", [50, "another"])).toBeGreaterThan(10);
  });

  it("are left to others in part by one endpoint", () => {
    const slots = makeOpenSlots();
    let held = 0;
    for (let taken = -1; taken !== 0; held += taken) taken = take(slots, "p", { held });
    expect(held).toBe(1_000);
    expect(take(slots, "p")).toBe(100);
  });

  it("go to a project that has none while one is free", () => {
    const slots = makeOpenSlots();
    const got: number[] = [];
    for (let project = 0; project < 3_000; project++) got.push(take(slots, String(project), { wanted: 1 }));
    expect(got.indexOf(0)).toBe(2_000);
    expect(got.lastIndexOf(1)).toBe(1_999);
  });

  it("come back as they were taken", () => {
    const slots = makeOpenSlots();
    expect(hang(slots, "ill", [5_000])).toBe(400);
    slots.giveBack({ projectId: "p", shard: 7, health: "ill" }, 400);
    expect([slots.running(), hang(slots, "ill", [5_000])]).toEqual([0, 400]);
  });

  it("are known by shard, so that one is handed over when nothing is under way", () => {
    const slots = makeOpenSlots();
    hang(slots, "well", [2]);
    expect([slots.isIdle(7), slots.isIdle(8)]).toEqual([false, true]);
    slots.giveBack({ projectId: "p", shard: 7, health: "well" }, 2);
    expect(slots.isIdle(7)).toBe(true);
  });
});

describe("who waits for a slot of the process", () => {
  it("is woken when there is one, who has waited longest first, endpoints that work before others", () => {
    const slots = makeOpenSlots();
    for (const id of ["a", "b", "c", "d", "e", "a"])
      slots.wait({ projectId: "p", shard: 7, health: "well" }, id);
    slots.wait({ projectId: "p", shard: 7, health: "unknown" }, "f");
    slots.wait({ projectId: "p", shard: 7, health: "ill" }, "g");
    expect(slots.next()).toEqual(["a", "b", "c", "d", "f", "g"]);
    expect([slots.next(), slots.next()]).toEqual([["e"], []]);
  });

  it("is not woken while its own kind has none", () => {
    const slots = makeOpenSlots();
    for (let project = 0; project < 1_000; project++) hang(slots, "ill", [1, `${project}`]);
    slots.wait({ projectId: "0", shard: 7, health: "ill" }, "a");
    slots.wait({ projectId: "0", shard: 7, health: "unknown" }, "b");
    expect(slots.next()).toEqual(["b"]);
    slots.giveBack({ projectId: "0", shard: 7, health: "ill" }, 1);
    expect(slots.next()).toEqual(["a"]);
  });

  it("waits on behind the others while its project has its share", () => {
    const slots = makeOpenSlots();
    hang(slots, "ill", [5_000, "large"]);
    for (const id of ["a", "b", "c", "d", "e"])
      slots.wait({ projectId: "large", shard: 7, health: "ill" }, id);
    slots.wait({ projectId: "small", shard: 7, health: "ill" }, "f");
    expect(slots.next()).toEqual([]);
    expect(slots.next()).toEqual(["f"]);
  });
});
