import { ERRORS, type ErrorCode } from "../domain/errors.ts";
import { STATUS } from "./problem.ts";

/** docs/errors.md: every code with its status, what it means and what to do. */
export function makeErrorsPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const sections = codes.map((code) => {
    const { title, help } = ERRORS[code];
    return `## ${code}\n\n**${STATUS[code]}** ${title}.\n\n${help}\n`;
  });
  return `# Errors

Every refusal is a problem document (RFC 9457, \`application/problem+json\`). Its \`type\` links to a code on this page,
\`detail\` says what to do about this one, and \`errors\` lists the faulty fields by JSON pointer.

${sections.join("\n")}`;
}
