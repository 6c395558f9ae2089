import { expect, test } from "vitest";
import { EVENT_TYPE } from "./event.ts";

test("a type is dotted parts of letters, digits, underscores and hyphens", () => {
  for (const type of ["order", "order.created", "a.b.c", "Order_v2.line-item.3"])
    expect(type).toMatch(EVENT_TYPE);
});

test("a type has no empty part and no other character", () => {
  for (const type of ["", ".", "order.", ".order", "a..b", "a b", "a/b", "a*", "ä", "a.b\n"])
    expect(type).not.toMatch(EVENT_TYPE);
});
