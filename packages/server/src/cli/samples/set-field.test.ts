import { expect, it } from "vitest";
import { setField } from "./set-field.ts";

const payload = { amount: 1, customer: { name: "Ann", age: 7 }, items: [{ price: 1 }, { price: 2 }] };

it.each([
  ["amount=5", { ...payload, amount: 5 }],
  ["amount=", { ...payload, amount: "" }],
  ["amount=five=5", { ...payload, amount: "five=5" }],
  ['amount={"in":"EUR"}', { ...payload, amount: { in: "EUR" } }],
  ["customer.name=Bob", { ...payload, customer: { name: "Bob", age: 7 } }],
  ["customer=null", { ...payload, customer: null }],
  ["items.1.price=9", { ...payload, items: [{ price: 1 }, { price: 9 }] }],
  ["items.7.price=9", { ...payload, items: [{ price: 1 }, { price: 2 }, { price: 9 }] }],
  ["note.of.mine=true", { ...payload, note: { of: { mine: true } } }],
  ["amount.value=3", { ...payload, amount: { value: 3 } }],
])("sets a field by %s and nothing else", (assignment, expected) => {
  const before = structuredClone(payload);
  expect(setField(payload, assignment)).toEqual(expected);
  expect(payload).toEqual(before);
});

it("keeps the order of the fields", () => {
  expect(JSON.stringify(setField(payload, "amount=2"))).toBe(JSON.stringify({ ...payload, amount: 2 }));
});

it("takes `__proto__` for a name like others", () => {
  expect(JSON.stringify(setField({}, "__proto__.a=1"))).toBe('{"__proto__":{"a":1}}');
  expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
});

it.each(["amount", "=5", ""])("refuses %j", (assignment) => {
  expect(() => setField(payload, assignment)).toThrow("--set takes name=value");
});
