export interface Asked {
  readonly input: unknown;
}

export type Answered = { readonly output: unknown } | { readonly error: string };

/** Answers what the parent asks, one after another, and ends with it. */
export function answerParent<Input>(answer: (input: Input) => Promise<unknown>): void {
  process.on("message", ({ input }: Asked) => {
    answer(input as Input).then(
      (output) => process.send?.({ output } satisfies Answered),
      (error: unknown) => process.send?.({ error: String(error) } satisfies Answered),
    );
  });
  process.on("disconnect", () => process.exit(0));
}
