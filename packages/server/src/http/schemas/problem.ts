import { z } from "zod";
import { ERRORS, type ErrorCode } from "../../domain/errors.ts";

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** A problem document (RFC 9457). */
export const problemOutput = z
  .object({
    type: z.string().meta({ format: "uri-reference", description: "What the code means and what to do." }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "One sentence that says what to do." }),
    code: z.enum(codes).meta({ description: "Stable; more may come." }),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ description: "JSON pointer (RFC 6901) into the request body." }),
          detail: z.string(),
        }),
      )
      .optional()
      .meta({ description: "The faulty fields, where fields are to blame." }),
  })
  .meta({
    id: "Problem",
    description: "Why a request was refused.",
    examples: [
      {
        type: "/docs/errors.md#invalid_request",
        title: ERRORS.invalid_request.title,
        status: 422,
        detail: "Correct the fields listed in `errors`.",
        code: "invalid_request",
        request_id: "Zq1r8x3LkM2p-1",
        errors: [{ pointer: "/payload", detail: "must be an object" }],
      },
    ],
  });
