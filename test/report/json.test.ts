import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Float, Lazy, Secret, Unknown, type Value } from '../../src/core/value.js';
import { jsonReporter } from '../../src/report/json.js';
import { change, changed, ok, Scene, task } from './scene.js';

class Members extends Lazy {
  get(): Value {
    throw new Error('nobody asked');
  }
  keys(): readonly string[] {
    return ['a', 'b'];
  }
}

function lines(events: readonly Event[]): readonly string[] {
  const told: string[] = [];
  const reporter = jsonReporter(line => void told.push(line));
  for (const event of events) reporter.on(event);
  return told;
}
/** What a reader gets of one result. */
const read = (result: Record<string, Value>): Record<string, unknown> =>
  JSON.parse(lines(new Scene(['w1']).all(task(3, 'a'), ok(result)).events).at(-1)!).outcome.result;

describe('the event stream', () => {
  it('is one JSON object a line', () => {
    const told = lines(new Scene(['w1', 'w2'], 'check').all(task(3, 'a\nb'), ok()).end().events);
    expect(told.map(line => (JSON.parse(line) as Event).kind)).toEqual([
      'run-started',
      'play-started',
      'task-finished',
      'task-finished',
      'run-finished',
    ]);
    for (const line of told) expect(line).toMatch(/^\{.*\}\n$/);
  });

  it('says values that JSON has no word for', () => {
    expect(
      read({
        unknown: new Unknown(['task:x']),
        lazy: new Members(),
        big: 2n ** 70n,
        float: new Float(1.5),
        secret: new Secret('hunter22'),
        list: [new Unknown([]), 1n],
      }),
    ).toEqual({
      unknown: '(known after it is run)',
      lazy: '(2 members, looked up when asked for)',
      big: '1180591620717411303424',
      float: 1.5,
      secret: '«secret»',
      list: ['(known after it is run)', '1'],
    });
  });

  it('keeps text byte for byte, and shows a terminal nothing that it would obey', () => {
    const text = '\u0000\u001b]0;title\u0007\u007f\u009b31m\u2028\u202e\ufeff \u{e0041}日本 "\\';
    const [line] = lines(new Scene(['w1']).all(task(3, 'a'), ok({ text })).events).slice(-1);
    expect((JSON.parse(line!) as { outcome: { result: { text: string } } }).outcome.result.text).toBe(text);
    expect(line!.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e\ufeff\udb40]/);
    expect(line).toContain('日本');
  });

  it('shows changes without their scripts, and leaves results of such names alone', () => {
    const scene = new Scene(['w1'])
      .all(task(3, 'a'), changed(change('mode', '0644', new Unknown([]))))
      .item(task(3, 'a'), 'w1', 'x', changed(change('mode', '0644', '0600')));
    const [task1, item] = lines(scene.events)
      .slice(-2)
      .map(line => JSON.parse(line).outcome.changes);
    expect(task1).toEqual([{ what: 'mode', before: '0644', after: '(known after it is run)' }]);
    expect(item).toEqual([{ what: 'mode', before: '0644', after: '0600' }]);
    expect(read({ apply: 'yes', needs: ['a'] })).toEqual({ apply: 'yes', needs: ['a'] });
  });
});
