import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Redactor } from '../../src/core/secret.js';
import { EventStream } from '../../src/engine/event-stream.js';
import { jsonReporter } from '../../src/report/json.js';
import { change, changed, failed, place, Scene, task, told } from './scene.js';

const SECRET = 'p@ss "wörd\' 42/+?';
const bytes = Buffer.from(SECRET);
const FORMS = {
  plain: SECRET,
  base64: bytes.toString('base64'),
  base64url: bytes.toString('base64url'),
  hex: bytes.toString('hex'),
  url: encodeURIComponent(SECRET),
  json: JSON.stringify(SECRET).slice(1, -1),
  shell: SECRET.replaceAll("'", `'\\''`),
};
const redactor = new Redactor();
redactor.learn(SECRET);

/** What leaves the engine of a run that says a text wherever a run can say one. */
function masked(text: string): readonly Event[] {
  const events: Event[] = [];
  const stream = new EventStream(redactor, event => void events.push(event));
  for (const event of leaking(text)) stream.tell(event);
  return events;
}

function leaking(text: string): readonly Event[] {
  const [debug, copy, bad] = [task(3, `name ${text}`), task(4, 'copy'), task(5, 'bad')];
  return new Scene(['w1', 'w2'])
    .say(debug, 'w1', `it is ${text}`)
    .all(debug, { kind: 'ok', result: { msg: text, stdout: `a\n${text}\n`, stderr: text, other: [text] } })
    .item(copy, 'w1', text, changed(change(text, `a\n${text}\n`, `b\n${text}\n`)))
    .all(copy, changed(change(text, `a\n${text}\n`, `b\n${text}\n`), change('x', text, { y: text })))
    .all(bad, failed({ reason: 'act-failed', what: text, output: { stdout: text, stderr: text, status: 1 } }))
    .tell({ kind: 'warned', host: 'w1' as never, diagnostic: { code: 'x', message: text, hint: text } })
    .tell({ kind: 'stand-in', host: 'w1' as never, what: text })
    .all(bad, { kind: 'skipped', why: text, result: {} })
    .all(bad, { kind: 'unsure', because: [text], result: {} })
    .tell({ kind: 'task-started', host: 'w1' as never, task: debug })
    .tell({ kind: 'task-retried', host: 'w1' as never, task: debug, attempt: 1, retries: 2 })
    .tell({ kind: 'task-output', host: 'w1' as never, task: debug, text: `${text}\n` })
    .tell({ kind: 'task-upload', host: 'w1' as never, task: debug, bytes: 1, size: 2 })
    .tell({ kind: 'host-lost', host: 'w1' as never, why: text })
    .tell({ kind: 'host-rescued', host: 'w1' as never })
    .tell({ kind: 'host-ended', host: 'w1' as never, fate: { kind: 'nothing ran' } })
    .tell({ kind: 'host-connected', host: 'w1' as never, ms: 1 })
    .tell({ kind: 'round-trip', host: 'w1' as never, purpose: 'look', snippets: 1, ms: 1 })
    .tell({ kind: 'play-skipped', play: text, why: text })
    .tell({ kind: 'play-failed', play: text, failure: { reason: 'lost', why: text } })
    .end().events;
}

const KINDS: Readonly<Record<Event['kind'], true>> = {
  ...{ 'run-started': true, 'play-started': true, 'play-skipped': true, 'play-failed': true, 'host-connected': true },
  ...{ 'task-started': true, 'item-finished': true, 'task-finished': true, 'task-retried': true, 'task-output': true },
  ...{
    message: true,
    'task-upload': true,
    'round-trip': true,
    'host-rescued': true,
    'host-lost': true,
    'host-ended': true,
    warned: true,
    'stand-in': true,
  },
  ...{ 'run-finished': true },
};

it('every kind of event is among them', () => {
  expect(new Set(leaking('x').map(({ kind }) => kind))).toEqual(new Set(Object.keys(KINDS)));
});

it('every kind of event is documented', () => {
  const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.*?) \|/gm)];
  expect(new Set(rows.map(([, kind]) => kind))).toEqual(new Set(Object.keys(KINDS)));
  const events = masked('x');
  for (const [, kind, members] of rows) {
    const told = new Set(events.filter(event => event.kind === kind).flatMap(event => Object.keys(event)));
    for (const name of told) if (name !== 'at' && name !== 'kind') expect(members, kind).toContain(`\`${name}\``);
  }
});

describe.each(Object.entries(FORMS))('a secret as %s', (_name, form) => {
  it('is masked wherever a reader could see it', () => {
    const text = told(masked(form), { diff: true, verbosity: 2 });
    for (const hidden of Object.values(FORMS)) expect(text).not.toContain(hidden);
    expect(text.match(/«secret»/g)!.length).toBeGreaterThan(12);
  });

  it('is masked in the event stream, which stays JSON', () => {
    let text = '';
    const reporter = jsonReporter(line => {
      text += line;
    });
    for (const event of masked(form)) reporter.on(event);
    for (const hidden of Object.values(FORMS)) expect(text).not.toContain(hidden);
    for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('the redactor', () => {
  it('masks a key of several lines though its lines are indented one by one', () => {
    const one = new Redactor();
    one.learn('-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\nQQ==\n-----END KEY-----\n');
    const text = one.mask(
      told(
        new Scene(['w1'])
          .all(task(3, 'a'), { kind: 'ok', result: { stdout: '-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\n' } })
          .end().events,
        { verbosity: 1 },
      ),
    );
    expect(text).not.toContain('AAAAB3NzaC1yc2E');
  });

  it('refuses what is too short to be hidden without hiding everything, and says so', () => {
    const one = new Redactor();
    expect(['', 'a', 'yes', 'abc'].map(secret => one.learn(secret))).toEqual([false, false, false, false]);
    expect(one.mask('yes, a cat')).toBe('yes, a cat');
    expect(one.learn('abcd')).toBe(true);
    expect(one.mask('xabcdx')).toBe('x«secret»x');
  });

  it('masks the longer of two secrets that share a beginning, and text that looks like a pattern', () => {
    const one = new Redactor();
    for (const secret of ['abcd', 'abcdefgh', 'a.*b(c']) one.learn(secret);
    expect(one.mask('abcdefgh abcd a.*b(c axxb')).toBe('«secret» «secret» «secret» axxb');
  });

  it('masks secrets that overlap as one, and what is masked already not again', () => {
    const one = new Redactor();
    for (const secret of ['abcdef', 'defghi', 'secret']) one.learn(secret);
    expect(one.mask('-abcdefghi-')).toBe('-«secret»-');
    expect(one.mask(one.mask('-abcdef- -secret-'))).toBe('-«secret»- -«secret»-');
  });

  it('finds a secret inside a longer text in base64, wherever it begins', () => {
    const one = new Redactor();
    one.learn('correct-horse-battery');
    for (const user of ['a', 'ab', 'abc']) {
      const header = Buffer.from(`${user}:correct-horse-battery!`).toString('base64');
      expect(one.mask(header)).toContain('«secret»');
      const rest = Buffer.from(one.mask(header).replace('«secret»', ''), 'base64').toString('latin1');
      expect(rest).not.toContain('horse');
    }
  });

  it('finds one of many secrets that begin alike in a long text', () => {
    const one = new Redactor();
    for (let i = 0; i < 5000; i++) one.learn(`secret number ${i} of many`);
    expect(one.mask(`${'x'.repeat(200_000)}secret number 4999 of many`)).toBe(`${'x'.repeat(200_000)}«secret»`);
  });
});

describe('output that comes in pieces', () => {
  const label = task(3, 'a');
  const pieces = (...texts: readonly string[]): string => {
    const one = new Redactor();
    for (const secret of ['hunter2-the-second', 'hunter2']) one.learn(secret);
    let text = '';
    const stream = new EventStream(one, event => {
      if (event.kind === 'task-output') text += event.text;
    });
    for (const piece of texts)
      stream.tell({ kind: 'task-output', at: 1, host: 'w1' as never, task: label, text: piece });
    stream.tell({
      ...{ kind: 'task-finished', at: 2, host: 'w1' as never, task: label, outcome: { kind: 'ok', result: {} } },
      ...{ place: place(3), start: 1, end: 2, ms: 1, noLog: false },
    });
    return text;
  };

  it('never shows a secret that is cut, wherever it is cut', () => {
    const whole = 'the password is hunter2-the-second, mind';
    for (let at = 1; at < whole.length; at++)
      expect(pieces(whole.slice(0, at), whole.slice(at)), String(at)).toBe('the password is «secret», mind');
    expect(pieces(...whole)).toBe('the password is «secret», mind');
  });

  it('keeps nothing back for good', () => {
    expect(pieces('is it hunter2-the')).toBe('is it «secret»-the');
    expect(pieces('a', ' hun')).toBe('a hun');
  });
});
