import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { LiveOutput } from '../../src/report/live.js';

const said = (text: string) =>
  ({ kind: 'task-output', host: 'h', task: { id: 't' }, text }) as Event & { kind: 'task-output' };
const finished = { kind: 'task-finished', host: 'h', task: { id: 't' } } as Event & { kind: 'task-finished' };

describe('live output', () => {
  it('comes line by line, however it is cut', () => {
    const live = new LiveOutput();
    expect([live.add(said('a')), live.add(said('b\nc')), live.end(finished), live.end(finished)]).toEqual([
      [],
      ['ab'],
      ['c'],
      [],
    ]);
  });

  it('without a line end comes in parts that do not grow', () => {
    const live = new LiveOutput();
    const parts = Array.from({ length: 100 }, () => live.add(said('z'.repeat(10_000)))).flat();
    const lengths = [...parts, ...live.end(finished)].map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThan(80_000);
    expect(lengths.reduce((a, b) => a + b)).toBe(1_000_000);
  });
});
