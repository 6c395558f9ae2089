/** To whom the command speaks, without the key: for the words that a refusal is told with. */
export interface PresentConnection {
  readonly url: string;
  readonly urlFrom: string;
  readonly keyFrom: string;
}

// A process runs one command, and that has one connection.
let present: PresentConnection | null = null;

export function notePresentConnection(connection: PresentConnection): void {
  present = connection;
}

export function presentConnection(): PresentConnection | null {
  return present;
}
