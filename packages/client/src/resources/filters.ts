import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type * as wire from "../generated/types.gen.ts";

/** An EventBridge event pattern; null: everything. */
export type Filter = wire.FilterTest["filter"];

/** A sample as it would be sent, or an event that is stored. */
export type FilterSample = { readonly event: wire.SampleEvent } | { readonly event_id: string };

/** Try filters before they decide. */
export class Filters {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Whether the filter matches; if not, the first clause that fails, and the value seen. */
  test(filter: Filter, sample: FilterSample, options?: RequestOptions): Promise<wire.FilterJudgement> {
    return this.#test<wire.FilterJudgement>({ filter, ...sample }, options);
  }

  /** The same for the newest events, 100 at most. */
  async testOnLast(
    filter: Filter,
    last: number,
    options?: RequestOptions,
  ): Promise<wire.FilterJudgements["data"]> {
    return (await this.#test<wire.FilterJudgements>({ filter, last }, options)).data;
  }

  #test<R>(body: wire.FilterTest, options: RequestOptions | undefined): Promise<R> {
    return this.#call.json<wire.TestFilterData, R>({
      ...{ method: "POST", url: "/v1/filters/test", body, isRepeatable: true, options },
    });
  }
}
