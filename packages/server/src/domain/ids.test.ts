import { describe, expect, test } from "vitest";
import {
  deliveryId,
  firstIdAt,
  isUuid,
  makeIdSource,
  parseDeliveryId,
  timeOfId,
  uuidBytes,
  uuidText,
} from "./ids.ts";

const NOW = 1_800_000_000_123;
const EVENT = "01a31cf4-ba7b-7000-8000-0000000000ff";
const SUBSCRIPTION = "01a31cf4-ba7b-7fff-bfff-ffffffffffff";

/** Random bytes that are all ones, or counted up from a start. */
const ones = (length: number) => new Uint8Array(length).fill(0xff);
const counting = (length: number) => Uint8Array.from({ length }, (_, index) => index);

describe("an id", () => {
  test("is a UUIDv7 that carries the millisecond it was made in", () => {
    const next = makeIdSource(ones);
    for (const now of [0, 1, 255, 256, 65_535, 65_536, NOW, 0xffff_ffff_ffff]) {
      const { id, at } = next(now);
      expect(isUuid(id)).toBe(true);
      expect([id[14], id[19], timeOfId(id), at]).toEqual(["7", "b", now, now]);
    }
  });

  test("takes its random part from the bytes given, each used once", () => {
    const asked: number[] = [];
    const next = makeIdSource((length) => {
      asked.push(length);
      return counting(length);
    });
    expect(next(NOW).id.slice(19)).toBe("8001-020304050607");
    expect(next(NOW).id.slice(19)).toBe("8809-0a0b0c0d0e0f");
    for (let made = 2; made < 512; made++) next(NOW);
    expect(asked).toHaveLength(1);
    next(NOW);
    expect(asked).toHaveLength(2);
  });

  test("rises strictly within its source, in one millisecond and over a clock that steps back", () => {
    const next = makeIdSource(ones);
    let last = next(NOW).id;
    for (const now of [...Array.from({ length: 9_000 }, () => NOW), NOW - 5, NOW + 1, NOW, NOW + 2]) {
      const { id, at } = next(now);
      expect(id > last).toBe(true);
      expect(at).toBe(timeOfId(id));
      expect(at).toBeGreaterThanOrEqual(timeOfId(last));
      last = id;
    }
  });

  test("goes on in the next millisecond when one is full", () => {
    const next = makeIdSource(ones);
    const times = Array.from({ length: 4_097 }, () => next(NOW).at);
    expect(times.slice(0, 4_096).every((at) => at === NOW)).toBe(true);
    expect(times.at(-1)).toBe(NOW + 1);
  });

  test("is told from other texts", () => {
    expect(isUuid(EVENT)).toBe(true);
    const others = ["", EVENT.toUpperCase(), `${EVENT}0`, EVENT.slice(1), EVENT.replace("-7", "-0")];
    expect(others.filter(isUuid)).toEqual([]);
  });

  test("is not before the first id of its millisecond, nor that of a later one before it", () => {
    const { id } = makeIdSource(() => new Uint8Array(4_096))(NOW);
    expect(firstIdAt(NOW) <= id).toBe(true);
    expect(firstIdAt(NOW + 1) > id).toBe(true);
    expect(timeOfId(firstIdAt(NOW))).toBe(NOW);
  });

  test("has bounds for every time, however far off", () => {
    expect(firstIdAt(-1)).toBe(firstIdAt(0));
    expect(firstIdAt(Number.MAX_SAFE_INTEGER)).toBe(firstIdAt(0xffff_ffff_ffff));
    expect(firstIdAt(0)).toBe("00000000-0000-0000-0000-000000000000");
  });

  test("is 16 bytes and back", () => {
    expect(uuidBytes(EVENT)).toHaveLength(16);
    expect(uuidText(uuidBytes(EVENT))).toBe(EVENT);
    const within = new Uint8Array([9, ...uuidBytes(EVENT), 9]).subarray(1, 17);
    expect(uuidText(within)).toBe(EVENT);
  });
});

describe("a delivery's id", () => {
  const live = { eventId: EVENT, subscriptionId: SUBSCRIPTION, cause: "live" } as const;
  const replayed = { ...live, cause: "01a31cf4-ba7b-7001-8000-000000000000" };

  test("is its key and back, in 43 characters for a live one and 64 for a replay", () => {
    expect(deliveryId(live)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(deliveryId(replayed)).toMatch(/^[A-Za-z0-9_-]{64}$/);
    for (const key of [live, replayed]) expect(parseDeliveryId(deliveryId(key))).toEqual(key);
  });

  test("is not read from any other text", () => {
    const id = deliveryId(live);
    const noUuids = Buffer.alloc(32).toString("base64url");
    const noCause = Buffer.concat([Buffer.from(id, "base64url"), Buffer.alloc(16)]).toString("base64url");
    const noSubscription = Buffer.concat([uuidBytes(EVENT), Buffer.alloc(16)]).toString("base64url");
    const padded = `${id.slice(0, 42)}=`;
    const sloppy = `${id.slice(0, 42)}${id.endsWith("9") ? "-" : "9"}`;
    for (const text of [
      "",
      id.slice(1),
      `${id}A`,
      noUuids,
      noSubscription,
      noCause,
      padded,
      sloppy,
      `+${id.slice(1)}`,
    ])
      expect(parseDeliveryId(text)).toBeNull();
  });
});
