import { BROKEN_ENDPOINTS } from "./broken-endpoints.ts";
import { ODD_ANSWERS } from "./odd-answers.ts";
import type { OddEndpoint } from "./odd-endpoint.ts";

export const ZOO: readonly OddEndpoint[] = [...BROKEN_ENDPOINTS, ...ODD_ANSWERS];
