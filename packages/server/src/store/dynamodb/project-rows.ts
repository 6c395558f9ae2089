import type { WrappedKey } from "../../domain/project.ts";
import type { Condition } from "./connection.ts";
import { bytesOf, type ItemKey, type KeyedItem, numberOf, textOf } from "./item.ts";
import { padTime, projectKey } from "./keys.ts";
import type { Write } from "./write-items.ts";

/** The partition of the settings. */
export const SETTINGS = "settings";
/** The partition that lists all open projects. */
export const PROJECTS = "projects";

export function pointerOf(projectId: string): ItemKey {
  return { pk: PROJECTS, sk: projectId };
}

/** Of a project's row: it is there and was not deleted. */
export const IS_OPEN: Condition = { expression: "attribute_exists(pk) AND attribute_not_exists(da)" };

/** The part of a transaction that goes through only while the project is open. */
export function openProjectCheck(projectId: string): Write {
  return { table: "control", check: projectKey(projectId), condition: IS_OPEN };
}

/** The write that keeps the number of projects. `exactly`: on the condition that there are so many. */
export function countWrite(change: number, exactly: 0 | null): Write {
  const condition =
    exactly === null
      ? null
      : { expression: "attribute_not_exists(pc) OR pc = :exactly", values: { exactly } };
  // Before all ids in the order of texts.
  const key = { pk: PROJECTS, sk: "#count" };
  return { table: "control", update: { key, set: "ADD pc :change", values: { change }, condition } };
}

/** Keys of a project lie oldest first. */
export function keyItem(projectId: string, { id, kind, wrapped, createdAt }: WrappedKey): KeyedItem {
  return {
    pk: projectKey(projectId).pk,
    sk: `k#${padTime(createdAt)}#${id}`,
    id,
    kd: kind,
    b: wrapped,
    ca: createdAt,
  };
}

export function keyRow(item: KeyedItem): WrappedKey {
  return {
    id: textOf(item, "id") ?? "",
    kind: textOf(item, "kd") === "index" ? "index" : "data",
    wrapped: bytesOf(item, "b") ?? new Uint8Array(),
    createdAt: numberOf(item, "ca") ?? 0,
  };
}
