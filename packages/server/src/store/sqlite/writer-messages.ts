import { type ErrorCode, TriggersError } from "../../domain/errors.ts";
import type { Answer } from "./commit-group.ts";
import { DataFolderError } from "./data-folder-error.ts";
import { type PackedLease, packLease, packSettles, unpackLease, unpackSettles } from "./pack-deliveries.ts";
import { type Packable, type PackedRecords, packRecords, unpackRecords } from "./pack-records.ts";
import { type PackedSettleRequest, packSettleRequest, unpackSettleRequest } from "./pack-settle-requests.ts";
import type { WriteArgs, WriteCall, WriteName, WriteResult } from "./writes.ts";

/** With so many calls a message, or a transaction, takes no more: the first of them waits for the last. */
export const MOST_CALLS = 256;

/** To the writer's thread: calls, or the end. */
export type ToWriter =
  | { readonly kind: "calls"; readonly calls: readonly PackedCall[] }
  | { readonly kind: "close" };

export interface PackedCall {
  readonly id: number;
  readonly name: WriteName;
  readonly args: unknown;
}

/** From the writer's thread: it is open, could not open, or has committed a group. */
export type FromWriter =
  | { readonly kind: "open" }
  | { readonly kind: "failed"; readonly error: PackedError }
  | { readonly kind: "answers"; readonly answers: readonly PackedAnswer[] };

export type PackedAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PackedError };

/** A clone keeps message and stack of an error, but not its class. */
export interface PackedError {
  readonly refusal: { readonly code: ErrorCode; readonly detail: string } | null;
  /** Message of a `DataFolderError`. */
  readonly folderFault?: string;
  readonly error: unknown;
}

export function packCall<Name extends WriteName>(
  id: number,
  name: Name,
  args: WriteArgs<Name>,
): { readonly call: PackedCall; readonly transfer: readonly ArrayBuffer[] } {
  if (name === "recordEvents") {
    const packed = packRecords((args as unknown as WriteArgs<"recordEvents">)[0]);
    return { call: { id, name, args: packed }, transfer: [packed.sealed.buffer] };
  }
  const packed =
    name === "settleDeliveries"
      ? packSettleRequest((args as unknown as WriteArgs<"settleDeliveries">)[0])
      : args;
  return { call: { id, name, args: packed }, transfer: [] };
}

export function unpackCall({ name, args }: PackedCall): WriteCall {
  switch (name) {
    case "recordEvents":
      return { name, args: [unpackRecords(args as PackedRecords)] };
    case "settleDeliveries":
      return { name, args: [unpackSettleRequest(args as PackedSettleRequest)] };
    default:
      return { name, args: args as readonly unknown[] };
  }
}

export function packAnswer({ id, name }: PackedCall, answer: Answer): PackedAnswer {
  if ("error" in answer) return { id, error: packError(answer.error) };
  switch (name) {
    case "leaseDeliveries":
      return { id, value: packLease(answer.value as WriteResult<"leaseDeliveries">) };
    case "settleDeliveries":
      return { id, value: packSettles(answer.value as WriteResult<"settleDeliveries">) };
    default:
      return { id, value: answer.value };
  }
}

export function unpackValue(name: WriteName, value: unknown): unknown {
  switch (name) {
    case "leaseDeliveries":
      return unpackLease(value as PackedLease);
    case "settleDeliveries":
      return unpackSettles(value as readonly Packable[]);
    default:
      return value;
  }
}

export function packError(error: unknown): PackedError {
  if (error instanceof DataFolderError)
    return { refusal: null, folderFault: error.message, error: error.cause };
  if (!(error instanceof TriggersError)) return { refusal: null, error };
  return { refusal: { code: error.code, detail: error.detail }, error: error.cause };
}

export function unpackError({ refusal, folderFault, error }: PackedError): unknown {
  if (folderFault !== undefined) return new DataFolderError(folderFault, error);
  return refusal === null ? error : new TriggersError(refusal.code, refusal.detail, { cause: error });
}
