import { z } from "zod";
import { timeInput } from "./time.ts";

const PAGE_LIMIT = 1_000;
const PAGE_DEFAULT = 50;

/** The parameters of every list. */
export const pageQuery = {
  limit: wholeQuery(1, PAGE_LIMIT)
    .default(PAGE_DEFAULT)
    .meta({ default: PAGE_DEFAULT, description: "Items in a page, at most." }),
  cursor: z
    .string()
    .max(4_096)
    .optional()
    .meta({ description: "`next_cursor` of the page before, as it was answered." }),
};

/** A whole number in a query. */
function wholeQuery(least: number, most: number) {
  return z
    .string()
    .refine((text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      message: `must be a whole number from ${least} to ${most}`,
    })
    .transform(Number)
    .meta({ type: "integer", minimum: least, maximum: most });
}

/** A time in a query; gives ms since the epoch. */
export const timeQuery = timeInput;
