import { describeStore } from "../contract/describe-store.ts";
import { openMemoryStore } from "./open-memory-store.ts";

describeStore("memory", { open: openMemoryStore });
