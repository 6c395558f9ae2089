import { z } from "zod";
import { SCOPES } from "../../domain/credential.ts";
import type { SchemaExamples } from "./examples.ts";
import { idOutput } from "./id.ts";
import { textInput } from "./text.ts";
import { timeOutput } from "./time.ts";

const NAME_LENGTH = 128;

export const projectInput = z
  .strictObject({ name: textInput(NAME_LENGTH).meta({ description: "For people; need not be unique." }) })
  .meta({ id: "ProjectInput" });

export const projectOutput = z
  .object({ id: idOutput, name: z.string(), created_at: timeOutput })
  .meta({ id: "Project" });

export const newProjectOutput = projectOutput
  .extend({
    api_key: z.string().meta({ description: "Its first key (`project:admin`). It is shown this once." }),
  })
  .meta({ id: "NewProject" });

export const meOutput = z
  .object({
    id: idOutput.meta({ description: "Id of the key." }),
    project: z.object({ id: idOutput, name: z.string() }),
    scopes: z.array(z.enum(SCOPES)),
    limits: z.object({
      event_bytes: z.int().meta({ description: "Largest body of a single event." }),
      batch_bytes: z.int().meta({ description: "Largest body of a batch." }),
      answer_bytes: z.int().meta({ description: "No JSON answer is larger." }),
      wait_seconds: z.int().meta({ description: "Longest wait of a lease." }),
      stream_seconds: z
        .int()
        .nullable()
        .meta({ description: "When a stream is ended to be resumed; null: never." }),
    }),
  })
  .meta({ id: "Me" });

export const projectExamples: SchemaExamples = {
  ProjectInput: {
    schema: projectInput,
    valid: { "a project": { name: "Acme" } },
    invalid: {
      "an empty name": { value: { name: "" }, fault: "/name must not be empty" },
      "a name too long": {
        value: { name: "n".repeat(129) },
        fault: "/name must be at most 128 characters long",
      },
      "a line break": { value: { name: "a\nb" }, fault: "/name must not contain control characters" },
      "not an object": { value: [], fault: " must be an object" },
    },
  },
};
