import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Credential, hasScope } from "../domain/credential.ts";
import { TriggersError } from "../domain/errors.ts";
import type { Flow } from "../flow/flow.ts";
import { type Caller, OPERATOR } from "./caller.ts";
import type { Access } from "./route.ts";

/** The caller behind the headers of a request, at once where the credential is known from memory. Refused: `unauthenticated`. */
export type Authenticate = (headers: IncomingHttpHeaders) => Caller | Promise<Caller>;

export function makeAuthenticate(
  flow: Pick<Flow, "findCredential">,
  operatorKey: string | null,
): Authenticate {
  const operatorBytes = operatorKey === null ? null : Buffer.from(operatorKey);
  return (headers) => {
    const token = readToken(headers);
    if (operatorBytes !== null && isSame(token, operatorBytes)) return OPERATOR;
    const found = flow.findCredential(token);
    return found instanceof Promise ? found.then(callerOf) : callerOf(found);
  };
}

/** Refuses a caller who may not do what needs `access`. */
export function checkAccess(caller: Caller, access: Access): void {
  if (access === "public") return;
  const isOperator = caller === OPERATOR;
  if (access === "operator") {
    if (isOperator) return;
    throw new TriggersError("forbidden", "Use the operator key of this installation, if it has one.");
  }
  if (isOperator) {
    throw new TriggersError(
      "forbidden",
      "Use a key of a project; the operator key is for projects and metrics.",
    );
  }
  if (access === "key" || hasScope(caller.scopes, access)) return;
  throw new TriggersError("forbidden", `Use a key with the scope \`${access}\`.`);
}

function readToken(headers: IncomingHttpHeaders): string {
  const bearer = headers.authorization;
  const apiKey = headers["x-api-key"];
  if (bearer === undefined) {
    if (typeof apiKey === "string" && apiKey !== "") return apiKey;
    throw unauthenticated("Send `Authorization: Bearer <key>` or `X-API-Key: <key>`.");
  }
  const token = /^bearer +(\S+) *$/i.exec(bearer)?.[1];
  if (token === undefined) throw unauthenticated("Send the key as `Authorization: Bearer <key>`.");
  if (apiKey !== undefined && apiKey !== token) {
    throw unauthenticated("Send one key only: `Authorization` and `X-API-Key` differ.");
  }
  return token;
}

function callerOf(credential: Credential | null): Caller {
  if (credential === null) throw unauthenticated("Use a key that exists and is neither revoked nor expired.");
  return { projectId: credential.projectId, credentialId: credential.id, scopes: credential.scopes };
}

/** Takes as long whatever differs; only the length shows. */
function isSame(token: string, operatorBytes: Buffer): boolean {
  if (token.length !== operatorBytes.length) return false;
  const bytes = Buffer.from(token);
  return bytes.length === operatorBytes.length && timingSafeEqual(bytes, operatorBytes);
}

function unauthenticated(detail: string): TriggersError {
  return new TriggersError("unauthenticated", detail);
}
