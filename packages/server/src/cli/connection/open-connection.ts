import { Triggers } from "@triggers/client";
import { readClientSettings } from "../../config.ts";
import { OperatorError } from "../../domain/errors.ts";
import { askKey } from "./ask-key.ts";
import { type Connection, type ConnectionOptions, DEFAULT_URL, type Patience } from "./connection.ts";
import { type Found, findConnection } from "./find-connection.ts";
import { notePresentConnection } from "./present-connection.ts";
import { readProfiles } from "./profiles.ts";

/** A command is repeated by whoever gave it: it waits some seconds for a server that starts, no longer. */
const BRIEF: Patience = { maxRetries: 4 };

export async function openConnection(
  options: ConnectionOptions,
  patience: Patience = BRIEF,
): Promise<Connection> {
  const settings = readClientSettings();
  const found = await findConnection(options, settings, () => readProfiles(settings.configHome));
  const { url } = found;
  const key = found.key ?? (await askKey(url.value));
  notePresentConnection({ url: url.value, urlFrom: url.from, keyFrom: key.from });
  return {
    triggers: makeTriggers(url, key, patience),
    url: url.value,
    apiKey: key.value,
    origin: `the URL ${url.value} comes from ${url.from}, the key from ${key.from}`,
  };
}

function makeTriggers(url: Found, key: Found, patience: Patience): Triggers {
  try {
    return new Triggers({ ...patience, baseUrl: url.value, apiKey: key.value });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Shown without the values: both may hold secrets.
    throw error.message.startsWith("`apiKey`")
      ? new OperatorError(`The key from ${key.from} is none: it must be printable ASCII without spaces.`)
      : new OperatorError(
          `The URL from ${url.from} must be an http or https URL without user, query and fragment, such as ${DEFAULT_URL}.`,
        );
  }
}
