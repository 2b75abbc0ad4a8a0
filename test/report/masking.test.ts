import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Redactor } from '../../src/core/secret.js';
import { jsonReporter } from '../../src/report/json.js';
import { change, changed, failed, Scene, task, told } from './scene.js';

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

/** A run that says a text wherever a run can say one. */
function leaking(text: string): readonly Event[] {
  const [debug, copy, bad] = [task(3, `name ${text}`), task(4, 'copy'), task(5, 'bad')];
  return new Scene(['w1', 'w2'])
    .say(debug, 'w1', `it is ${text}`)
    .all(debug, { kind: 'ok', result: { msg: text, stdout: `a\n${text}\n`, stderr: text, other: [text] } })
    .item(copy, 'w1', text, changed(change(text, `a\n${text}\n`, `b\n${text}\n`)))
    .all(copy, changed(change(text, `a\n${text}\n`, `b\n${text}\n`), change('x', text, { y: text })))
    .all(bad, failed({ reason: 'act-failed', what: text, output: { stdout: text, stderr: text, status: 1 } }))
    .tell({ kind: 'warned', diagnostic: { code: 'x', message: text, hint: text } })
    .tell({ kind: 'stand-in', host: 'w1' as never, what: text })
    .end().events;
}

describe.each(Object.entries(FORMS))('a secret as %s', (_name, form) => {
  it('is masked wherever a reader could see it', () => {
    const text = redactor.mask(told(leaking(form), { diff: true, verbosity: 2 }));
    for (const hidden of Object.values(FORMS)) expect(text).not.toContain(hidden);
    expect(text.match(/«secret»/g)!.length).toBeGreaterThan(12);
  });

  it('is masked in the event stream, which stays JSON', () => {
    let text = '';
    const reporter = jsonReporter(line => {
      text += redactor.mask(line);
    });
    for (const event of leaking(form)) reporter.on(event);
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
});
