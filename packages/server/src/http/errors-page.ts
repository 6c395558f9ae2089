import { ERRORS, type ErrorCode } from "../domain/errors.ts";
import { STATUS } from "./problem.ts";

/** docs/errors.md: every code with its status, what it means and what to do. */
export function makeErrorsPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const sections = codes.map((code) => {
    const { title, help } = ERRORS[code];
    return `## ${code}\n\n**${STATUS[code]}** ${title}.\n\n${help}\n`;
  });
  const byStatus = [...Map.groupBy(codes, (code) => STATUS[code])].sort(([a], [b]) => a - b);
  const rows = byStatus.map(
    ([status, ofStatus]) => `| ${status} | ${ofStatus.map((code) => `[${code}](#${code})`).join(", ")} |`,
  );
  return `# Errors

Every refusal is a problem document (RFC 9457, \`application/problem+json\`). Its \`type\` links to a code on this page,
\`detail\` says what to do about this one, and \`errors\` lists the faulty fields by JSON pointer. After 408, 429 and 503 the same
request may be sent again, not before \`Retry-After\` if that is there; after the others something has to change first.

| status | codes |
|---|---|
${rows.join("\n")}

${sections.join("\n")}`;
}
