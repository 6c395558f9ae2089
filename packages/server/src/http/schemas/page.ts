import { z } from "zod";

/** A page of a list as it is answered. */
export function pageOutput<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: "Cursor of the next page; null: this is the last one." }),
  });
}
