import type { Config } from "../config.ts";
import type { Flow } from "../flow/flow.ts";
import type { TestSending } from "../flow/views.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { RateLimit } from "./rate-limit.ts";

/** What the HTTP entrance stands on. */
export interface HttpContext {
  readonly flow: Flow;
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Version of this program, as people read it. */
  readonly version: string;
  readonly rateLimit: RateLimit;
  /** Sends a sample to a webhook now, by the same guards as every push; nothing is stored. */
  sendTest(projectId: string, subscriptionId: string): Promise<TestSending>;
}

/** What a handler gets: the above and what the server itself owns. */
export interface RouteContext extends HttpContext {
  /** Aborted as soon as the server begins to stop: long polls and streams end then. */
  readonly closing: AbortSignal;
  /** The text of the OpenAPI document; made when it is first asked for. */
  openApiText(): Promise<string>;
}
