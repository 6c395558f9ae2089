import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { type Checksum, readCursor, writeCursor } from "./cursor.ts";

const checksum: Checksum = (text) => createHmac("sha256", "key").update(text).digest("base64url");

test("a cursor reads as the position it was written with", () => {
  for (const position of ["01a3", "12:34:5", "päß 🙂", "a.b\nc"])
    expect(readCursor(writeCursor(position, "events", checksum), "events", checksum)).toBe(position);
});

test("a cursor of another scope or another key does not read", () => {
  const cursor = writeCursor("12", "events?status=dead", checksum);
  expect(readCursor(cursor, "events", checksum)).toBeNull();
  expect(readCursor(cursor, "events?status=dead", (text) => checksum(`${text} `))).toBeNull();
});

test("an altered or made-up cursor does not read", () => {
  const cursor = writeCursor("12", "events", checksum);
  const [position = "", sum = ""] = cursor.split(".");
  const altered = [
    `${position}.`,
    `.${sum}`,
    position,
    "",
    `${position}A.${sum}`,
    `${position}=.${sum}`,
    `${cursor}x`,
    `MTM.${sum}`,
  ];
  for (const text of altered) expect(readCursor(text, "events", checksum)).toBeNull();
});
