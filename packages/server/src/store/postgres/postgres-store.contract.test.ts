import { afterAll } from "vitest";
import { describeCopies } from "../contract/copies.contract.ts";
import { describeStore } from "../contract/describe-store.ts";
import { closeTestStores, openTestStore, reopenTestStore } from "./testing/open-test-store.ts";

afterAll(closeTestStores);

describeStore("postgres", { open: openTestStore, reopen: reopenTestStore });

describeCopies("postgres", { open: openTestStore });
