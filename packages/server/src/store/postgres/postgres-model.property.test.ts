import { afterAll } from "vitest";
import { describeModel } from "../contract/model.property.ts";
import { closeTestStores, openTestStore } from "./testing/open-test-store.ts";

afterAll(closeTestStores);

describeModel("postgres", { open: openTestStore });
