import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const PASSWORD = "s3cret-pa55word";

test.each([
  `postgres://triggers:${PASSWORD}@db.example:5432/triggers`,
  `postgresql://triggers@db.example/triggers?sslmode=verify-full`,
  "postgres:///triggers?host=/run/postgresql",
  "sqlite",
  "memory",
])("the store may be %s", (store) => {
  expect(readConfig({ TRIGGERS_STORE: store }).store).toBe(store);
});

test.each([
  `postgres://triggers:${PASSWORD}@db.example:5432/`,
  `postgres://triggers:${PASSWORD}@one,two:5432/triggers`,
  `mysql://triggers:${PASSWORD}@db.example/triggers`,
])("a store that cannot be used is refused without a word of its URL: %s", (store) => {
  const read = () => readConfig({ TRIGGERS_STORE: store });
  expect(read).toThrow("TRIGGERS_STORE must be `sqlite`, `memory` or a URL such as postgres://");
  expect(read).not.toThrow(PASSWORD);
});

test("networks that push may reach are given as CIDRs", () => {
  const given = "10.0.0.0/8, fd00::/8";
  expect(readConfig({ TRIGGERS_ALLOW_NETWORKS: given }).allowNetworks).toEqual(["10.0.0.0/8", "fd00::/8"]);
});

test.each([
  "10.0.0.0",
  "10.0.0.0/33",
  "10.0.0.0/08",
  "10.0.0.0/8/9",
  "fe80::1%eth0/64",
  "::ffff:10.0.0.0/104",
])("what push could not read as a network stops the start: %s", (given) => {
  expect(() => readConfig({ TRIGGERS_ALLOW_NETWORKS: given })).toThrow(
    "TRIGGERS_ALLOW_NETWORKS must be networks such as 10.0.0.0/8, separated by commas",
  );
});
