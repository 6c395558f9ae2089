import type { Plant } from "./plant.ts";
import { PLANTS_OF_ACCEPTANCE } from "./plants-of-acceptance.ts";
import { PLANTS_OF_DELIVERY } from "./plants-of-delivery.ts";

export const PLANTS: readonly Plant[] = [...PLANTS_OF_ACCEPTANCE, ...PLANTS_OF_DELIVERY];
