import { expect, test } from "vitest";
import { makeReadyLines } from "./ready-lines.ts";

/** Lines, the turns and timers that they asked for, and who was served. */
function openLines() {
  const turns: (() => void)[] = [];
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const served: string[] = [];
  const held = new Set<string>();
  let room = Number.POSITIVE_INFINITY;
  const lines = makeReadyLines({
    clock: {
      soon: (run) => turns.push(run),
      after(ms, run) {
        timers.push({ ms, run });
        return () => {};
      },
    },
    hasRoom: () => served.length < room,
    mayGo: (id) => !held.has(id),
    serve: (id) => served.push(id),
    afterTurn: () => {},
  });
  return {
    ...{ lines, turns, timers, served, held },
    setRoom(most: number) {
      room = most;
    },
    turn: () => turns.shift()?.(),
    wait: () => timers.shift()?.run(),
  };
}

test("of those that answer well four are served in a turn, until nobody waits", () => {
  const { lines, turns, turn, served } = openLines();
  for (let n = 0; n < 6; n += 1) lines.add(`w${n}`, "well");
  turn();
  expect(served).toEqual(["w0", "w1", "w2", "w3"]);
  turn();
  expect(served).toEqual(["w0", "w1", "w2", "w3", "w4", "w5"]);
  expect(turns).toEqual([]);
});

test("of the others one is served every millisecond, and nobody waits behind them", () => {
  const { lines, timers, turn, wait, served } = openLines();
  lines.add("ill", "ill");
  lines.add("new", "unknown");
  lines.add("w", "well");
  turn();
  expect(served).toEqual(["w"]);
  expect(timers.map(({ ms }) => ms)).toEqual([1]);
  wait();
  expect(served).toEqual(["w", "ill"]);
  expect(timers.map(({ ms }) => ms)).toEqual([1]);
  wait();
  wait();
  expect(served).toEqual(["w", "ill", "new"]);
  expect(timers).toEqual([]);
});

test("who waits is served once, where it came first, or among the others that answer well", () => {
  const { lines, turn, wait, served } = openLines();
  for (const id of ["a", "b", "a"]) lines.add(id, "ill");
  lines.add("b", "well");
  lines.add("b", "ill");
  turn();
  wait();
  wait();
  expect(served).toEqual(["b", "a"]);
});

test("who may not go keeps its place until the next pump", () => {
  const { lines, turn, served, held } = openLines();
  held.add("a");
  for (const id of ["a", "b"]) lines.add(id, "well");
  turn();
  expect(served).toEqual(["b"]);
  held.delete("a");
  lines.pump();
  turn();
  expect(served).toEqual(["b", "a"]);
});

test("without room nobody is served, with room again those who waited longest", () => {
  const { lines, turn, turns, served, setRoom } = openLines();
  setRoom(1);
  for (const id of ["a", "b", "c"]) lines.add(id, "well");
  turn();
  expect([served, turns]).toEqual([["a"], []]);
  setRoom(2);
  lines.pump();
  turn();
  expect(served).toEqual(["a", "b"]);
});
