import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type * as wire from "../generated/types.gen.ts";
import { type List, listPages, type Page, type PageQuery } from "./list-pages.ts";

/** API keys of the project. */
export class Keys {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** The key itself is in the answer, this once. It has no more scopes than the one that makes it. */
  create(input: wire.KeyInput, options?: RequestOptions): Promise<wire.IssuedKey> {
    return this.#call.json<wire.CreateKeyData, wire.IssuedKey>({
      ...{ method: "POST", url: "/v1/keys", body: input, options },
    });
  }

  list(query: PageQuery = {}, options?: RequestOptions): List<wire.Key> {
    return listPages({
      cursor: query.cursor,
      load: (cursor) =>
        this.#call.json<wire.ListKeysData, Page<wire.Key>>({
          ...{ method: "GET", url: "/v1/keys", options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        }),
    });
  }

  /** The old key goes on working for `overlap_hours`. */
  rotate(id: string, rotation: wire.KeyRotation = {}, options?: RequestOptions): Promise<wire.IssuedKey> {
    return this.#call.json<wire.RotateKeyData, wire.IssuedKey>({
      ...{ method: "POST", url: "/v1/keys/{id}/rotate", path: { id }, body: rotation, options },
    });
  }

  /** It opens nothing any more, everywhere within 5 s. */
  revoke(id: string, options?: RequestOptions): Promise<void> {
    return this.#call.nothing<wire.RevokeKeyData>({
      ...{ method: "DELETE", url: "/v1/keys/{id}", path: { id }, options },
    });
  }
}
