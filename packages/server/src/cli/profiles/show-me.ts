import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { fieldsOf, makeOutput } from "../output/output.ts";

/** Who the key is, what it may, and where URL and key came from. */
export async function showMe(options: ConnectionOptions): Promise<void> {
  const { triggers, origin } = await connect(options);
  const me = await triggers.me();
  const { id, project, scopes, limits } = me;
  const words = fieldsOf({
    ...{ key: id, project: `${project.name} (${project.id})`, scopes: scopes.join(", ") },
    ...limits,
  });
  makeOutput(options).row(me, `${words}\n${origin}`);
}
