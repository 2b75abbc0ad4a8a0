import pLimit from 'p-limit';

/** Runs at most `size` jobs at once; the rest wait in order. */
export type Pool = <T>(job: () => Promise<T>) => Promise<T>;
export const poolOf = (size: number): Pool => {
  const limit = pLimit(Math.max(1, size));
  return job => limit(job);
};
