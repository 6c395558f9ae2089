import type { z } from "zod";

/** Examples of a schema by name. They stand in docs/openapi.json and run as tests. */
export interface SchemaExamples {
  readonly [schemaName: string]: {
    readonly schema: z.ZodType;
    readonly valid: Readonly<Record<string, unknown>>;
    /** `fault` is the pointer of the refused field, a space, and its message. */
    readonly invalid: Readonly<Record<string, { readonly value: unknown; readonly fault: string }>>;
  };
}
