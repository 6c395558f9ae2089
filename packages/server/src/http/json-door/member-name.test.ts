import { describe, expect, it } from "vitest";
import { memberName, slotOf, USUAL_NAMES } from "./member-name.ts";

const nameOf = (content: string) => {
  const bytes = Buffer.from(`"${content}":`);
  return memberName(bytes, 1, bytes.length - 2);
};

describe("memberName", () => {
  it("has a slot for each usual name", () => {
    const slots = USUAL_NAMES.map((name) => slotOf(Buffer.from(name), 0, name.length));
    expect(new Set(slots).size).toBe(USUAL_NAMES.length);
  });

  it.each(USUAL_NAMES)("reads %s, and tells it from its neighbours", (name) => {
    expect(nameOf(name)).toBe(name);
    for (let at = 0; at < name.length; at++) {
      const other = `${name.slice(0, at)}X${name.slice(at + 1)}`;
      expect(nameOf(other)).toBe(other);
    }
    expect(nameOf(`${name}s`)).toBe(`${name}s`);
    expect(nameOf(name.slice(1))).toBe(name.slice(1));
  });

  it.each(["", "a", "é", "日本", "\\u0074ype", "a\\nb", "\\ud83d\\ude00"])("reads %j", (content) => {
    expect(nameOf(content)).toBe(JSON.parse(`"${content}"`));
  });
});
