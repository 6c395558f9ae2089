/** Remembers the last values that were added. */
export interface RecentSet {
  /** False if it was there already. */
  add(value: string): boolean;
}

export function makeRecentSet(most: number): RecentSet {
  const values = new Set<string>();
  return {
    add: (value) => {
      if (values.has(value)) return false;
      values.add(value);
      const [oldest] = values.size > most ? values : [];
      if (oldest !== undefined) values.delete(oldest);
      return true;
    },
  };
}
