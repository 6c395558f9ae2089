import { expect, it } from "vitest";
import { inboxNameFor } from "./inbox-name.ts";

it("is the same for the same URL, and another for another", () => {
  const urls = [
    "http://127.0.0.1:9000/hook",
    "http://127.0.0.1:9000/hook?a=1",
    "http://127.0.0.1:9000/Hook",
    "http://[::1]/",
  ];
  expect(urls.map(inboxNameFor)).toEqual(urls.map(inboxNameFor));
  expect(new Set(urls.map(inboxNameFor)).size).toBe(urls.length);
  expect(inboxNameFor("http://127.0.0.1:80/hook")).toBe(inboxNameFor("http://127.0.0.1/hook"));
});

it("begins with what people know of it, and is short enough for a name", () => {
  expect(inboxNameFor("http://127.0.0.1:9000/hook")).toMatch(/^listen-127\.0\.0\.1-9000-hook-[0-9a-f]{8}$/);
  expect(inboxNameFor(`http://localhost/${"é/".repeat(500)}`).length).toBeLessThan(128);
});
