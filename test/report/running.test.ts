import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Human } from '../../src/report/human.js';
import { paintOf } from '../../src/report/paint.js';
import { body, ok, Scene, task, told } from './scene.js';

/** Time that only the test moves on. */
class Time {
  #now = 1_000;
  #alarms: { readonly at: number; readonly call: () => void }[] = [];

  readonly now = (): number => this.#now;
  readonly after = (ms: number, call: () => void): (() => void) => {
    const alarm = { at: this.#now + ms, call };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter(one => one !== alarm);
    };
  };

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#alarms = this.#alarms.filter(one => one !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = until;
  }

  get isIdle(): boolean {
    return this.#alarms.length === 0;
  }
}

/** A report that is written while time passes. */
class Live {
  readonly time = new Time();
  readonly #human: Human;
  #text = '';

  constructor(hosts: readonly string[], verbosity = 0) {
    this.#human = new Human({
      paint: paintOf(false),
      sources: () => undefined,
      diff: false,
      verbosity,
      write: text => {
        this.#text += text;
      },
      timing: this.time,
    });
    for (const event of new Scene(hosts).events) this.tell(event);
    this.said();
  }

  tell(...events: readonly Event[]): this {
    for (const event of events) this.#human.on({ ...event, at: this.time.now() });
    return this;
  }

  /** What was written since it was asked last. */
  said(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  close(): Promise<void> {
    return this.#human.close();
  }
}

const [make, get] = [task(3, 'make'), task(4, 'get')];
const events = (build: (scene: Scene) => Scene): readonly Event[] => build(new Scene([])).events.slice(2);
const start = (label: typeof make, host: string): readonly Event[] =>
  events(scene => scene.tell({ kind: 'task-started', task: label, host: host as never }));
const say = (label: typeof make, host: string, text: string): readonly Event[] =>
  events(scene => scene.tell({ kind: 'task-output', task: label, host: host as never, text }));
const end = (label: typeof make, host: string): readonly Event[] =>
  events(scene => scene.finish(label, { [host]: ok() }));

describe('ten seconds of silence', () => {
  it('are broken: what runs where, for how long, and what it said last', () => {
    const live = new Live(['w1', 'w2', 'w3']).tell(...start(make, 'w1'), ...start(make, 'w2'));
    live.time.pass(4_000);
    live.tell(...start(get, 'w3'), ...say(get, 'w3', 'a\n10%\r20%'), ...say(make, 'w1', 'cc -o x\n\n'));
    expect(live.said()).toBe('');
    live.time.pass(5_999);
    expect(live.said()).toBe('');
    live.time.pass(1);
    expect(live.said()).toBe('  … make  w1  10 s │ cc -o x\n  … make  w2  10 s\n  … get  w3  6 s │ 20%\n');
    live.tell(...say(make, 'w2', 'cc -o '), ...say(make, 'w2', 'x'));
    live.time.pass(60_000);
    expect(live.said().split('\n').slice(-3, -1)).toEqual([
      '  … make  w1 w2  1 min 10 s │ cc -o x',
      '  … get  w3  1 min 6 s │ 20%',
    ]);
  });

  it('tell how much of a large file was sent', () => {
    const live = new Live(['w1']).tell(...start(make, 'w1'));
    const sent = (bytes: number) =>
      events(scene =>
        scene.tell({ kind: 'task-upload', task: make, host: 'w1' as never, bytes, size: 64 * 1024 * 1024 }),
      );
    live.time.pass(9_000);
    live.tell(...sent(1024), ...sent(12.34 * 1024 * 1024));
    live.time.pass(1_000);
    expect(live.said()).toBe('  … make  w1  10 s │ sent 12.3 of 64.0 MiB\n');
    const loud = new Live(['w1'], 2).tell(...start(make, 'w1'), ...sent(32 * 1024 * 1024));
    expect(loud.said()).toBe('    w1 make │ sent 32.0 of 64.0 MiB\n');
  });

  it('begin anew with whatever is written', () => {
    const live = new Live(['w1']).tell(...start(make, 'w1'));
    live.time.pass(9_000);
    live.tell(...end(make, 'w1'), ...start(get, 'w1'));
    expect(live.said()).toContain('make');
    live.time.pass(9_000);
    expect(live.said()).toBe('');
    live.time.pass(1_000);
    expect(live.said()).toBe('  … get  w1  10 s\n');
  });

  it('name who is waited for where nothing runs, and no include for its tasks', () => {
    const live = new Live(['w1', 'w2']);
    live.time.pass(10_000);
    expect(live.said()).toBe('  … waiting for w1 w2\n');
    live.tell(...start(task(5, 'more', { module: 'include_tasks' }), 'w1'), ...start(make, 'w1'));
    live.time.pass(10_000);
    expect(live.said()).toBe('  … make  w1  10 s\n');
  });

  it('show eight lines and count the other hosts, and only the end of a long line', () => {
    const hosts = Array.from({ length: 40 }, (_, i) => `n${i}`);
    const live = new Live(hosts);
    for (const host of hosts) live.tell(...start(make, host), ...say(make, host, `${'x'.repeat(500)} ${host}\n`));
    live.time.pass(10_000);
    const lines = live.said().trimEnd().split('\n');
    expect(lines).toHaveLength(9);
    expect(lines[8]).toBe('  … and 32 more');
    expect(Math.max(...lines.map(line => line.length))).toBeLessThan(150);
    const alike = new Live(hosts).tell(...hosts.flatMap(host => start(make, host)));
    alike.time.pass(10_000);
    expect(alike.said()).toBe('  … make  40 hosts  10 s\n');
  });

  it('show what a host said, and let nobody draw on the terminal', () => {
    const live = new Live(['w1']).tell(...start(make, 'w1'), ...say(make, 'w1', 'red \u001b[31m\n'));
    live.time.pass(10_000);
    expect(live.said()).toBe('  … make  w1  10 s │ red \\x1b[31m\n');
  });

  it('are no matter behind the end of the run, or of the program', async () => {
    const live = new Live(['w1']).tell(...events(scene => scene.end()));
    expect(live.time.isIdle).toBe(true);
    const broken = new Live(['w1']);
    expect(broken.time.isIdle).toBe(false);
    await broken.close();
    expect(broken.time.isIdle).toBe(true);
  });
});

describe('live output at -vv', () => {
  it('stands behind its host and task, line by line, however it was cut', () => {
    const scene = new Scene(['w1', 'w2']);
    const out = (host: string, text: string) =>
      scene.tell({ kind: 'task-output', task: make, host: host as never, text });
    out('w1', 'one\ntw');
    out('w2', 'other\n');
    out('w1', 'o\nthr');
    out('w1', 'ee');
    scene.all(make, ok()).end();
    expect(body(told(scene.events, { verbosity: 2 }))).toBe(
      [
        '    w1 make │ one',
        '    w2 make │ other',
        '    w1 make │ two',
        '    w1 make │ three',
        '  ✓ make                                           w1 w2',
        '',
      ].join('\n'),
    );
    expect(body(told(scene.events, { verbosity: 1 }))).not.toContain('│');
  });
});
