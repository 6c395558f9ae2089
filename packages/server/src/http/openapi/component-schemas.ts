import { z } from "zod";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a schema takes, or what it gives. The two differ where it has defaults or reads a text into something else. */
type Side = "input" | "output";

/** The schemas of a document: each one with an `id` stands among its components once, and is pointed to from everywhere else. */
export interface ComponentSchemas {
  /** The schema, or the pointer to it. */
  add(schema: z.ZodType, side: Side): JsonSchema;
  readonly all: () => Readonly<Record<string, JsonSchema>>;
}

export function makeComponentSchemas(): ComponentSchemas {
  const components = new Map<string, string>();
  return {
    add: (schema, side) => {
      // Inside an object a schema with an id becomes a definition, which the outermost schema never does.
      const { properties, $defs } = z.toJSONSchema(z.object({ only: schema }), {
        io: side,
        unrepresentable: "any",
        override: ({ jsonSchema }) => {
          // Answers may get more fields within v1.
          if (side === "output" && jsonSchema.additionalProperties === false)
            delete jsonSchema.additionalProperties;
        },
      });
      for (const [id, definition] of Object.entries($defs ?? {})) keep(components, id, definition);
      return JSON.parse(pointToComponents(properties?.only ?? {})) as JsonSchema;
    },
    all: () => {
      const sorted = [...components].sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(sorted.map(([id, text]) => [id, JSON.parse(text) as JsonSchema]));
    },
  };
}

function keep(components: Map<string, string>, id: string, definition: object): void {
  const { id: _, ...schema } = definition as { id?: string };
  const text = pointToComponents(schema);
  if ((components.get(id) ?? text) !== text) {
    throw new Error(`${id} is one thing where it is taken and another where it is given: give the two ids`);
  }
  components.set(id, text);
}

function pointToComponents(schema: unknown): string {
  return JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
}
