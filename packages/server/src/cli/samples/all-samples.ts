import { MONEY_SAMPLES } from "./money-samples.ts";
import { PEOPLE_SAMPLES } from "./people-samples.ts";
import type { Sample } from "./sample.ts";
import { SHOP_SAMPLES } from "./shop-samples.ts";
import { WORK_SAMPLES } from "./work-samples.ts";

export const SAMPLES: readonly Sample[] = [
  ...SHOP_SAMPLES,
  ...MONEY_SAMPLES,
  ...PEOPLE_SAMPLES,
  ...WORK_SAMPLES,
];
