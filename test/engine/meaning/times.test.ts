import { describe, expect, it } from 'vitest';
import { timesOf } from '../../../src/engine/meaning/task/times.js';

/** As Python's `str` has a datetime and a timedelta. */
describe('the times of a command', () => {
  const at = (...parts: readonly [number, number, number, number, number, number, number]): number =>
    new Date(...parts).getTime();
  it.each([
    [at(2026, 0, 5, 3, 4, 5, 6), 32.945, '2026-01-05 03:04:05.006000', '2026-01-05 03:04:05.038945', '0:00:00.032945'],
    [at(2026, 11, 31, 23, 59, 59, 0), 1000, '2026-12-31 23:59:59', '2027-01-01 00:00:00', '0:00:01'],
    [
      at(2026, 5, 1, 0, 0, 0, 500),
      86_400_000 + 3_723_500,
      '2026-06-01 00:00:00.500000',
      '2026-06-02 01:02:04',
      '1 day, 1:02:03.500000',
    ],
  ])('%s for %s ms', (began, ms, start, end, delta) => {
    const times = timesOf({ began, ended: began + ms });
    expect(times).toEqual({ start, end: expect.stringContaining(end.slice(0, 19)), delta });
  });
});
