import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type * as wire from "../generated/types.gen.ts";
import { endsGone } from "./ends-gone.ts";

/** Projects of the server; for the operator's key alone. */
export class Projects {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Its first API key is in the answer, this once. */
  create(input: wire.ProjectInput, options?: RequestOptions): Promise<wire.NewProject> {
    return this.#call.json<wire.CreateProjectData, wire.NewProject>({
      ...{ method: "POST", url: "/v1/projects", body: input, options },
    });
  }

  get(id: string, options?: RequestOptions): Promise<wire.Project> {
    return this.#call.json<wire.GetProjectData, wire.Project>({
      ...{ method: "GET", url: "/v1/projects/{id}", path: { id }, options },
    });
  }

  rename(id: string, name: string, options?: RequestOptions): Promise<wire.Project> {
    return this.#call.json<wire.RenameProjectData, wire.Project>({
      ...{ method: "PATCH", url: "/v1/projects/{id}", path: { id }, body: { name }, options },
    });
  }

  /** With everything in it. */
  delete(id: string, options?: RequestOptions): Promise<void> {
    return endsGone(
      this.#call.nothing<wire.DeleteProjectData>({
        ...{ method: "DELETE", url: "/v1/projects/{id}", path: { id }, options },
      }),
    );
  }
}
