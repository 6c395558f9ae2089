/** Columns of a table, by their headings. */
export type Columns<T> = Readonly<Record<string, (value: T) => string>>;
