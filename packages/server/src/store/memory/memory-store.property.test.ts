import { describeModel } from "../contract/model.property.ts";
import { openMemoryStore } from "./open-memory-store.ts";

describeModel("memory", { open: openMemoryStore });
