import { describe, expect, it } from 'vitest';
import { paintOf } from '../../src/report/paint.js';
import { printRecap } from '../../src/report/recap.js';
import { Recap } from '../../src/report/summary.js';
import { changed, condition, failed, ignored, ok, Scene, skipped, task, unsure } from './scene.js';

const foldOf = (scene: Scene): Recap => {
  const recap = new Recap();
  for (const event of scene.events) recap.on(event);
  return recap;
};
const tally = (scene: Scene, host = 'w1') => foldOf(scene).summary.hosts.get(host)!;
const one = (): Scene => new Scene(['w1']);

describe('the fold of a run', () => {
  it.each([
    ['ok', ok(), { ok: 1 }],
    ['changed, which is ok, too', changed(), { ok: 1, changed: 1 }],
    ['skipped', skipped(), { skipped: 1 }],
    ['unsure', unsure('task:x'), { unsure: 1 }],
    ['failed', failed(condition('no')), { failed: 1 }],
    ['ignored, which is ok, too', ignored(condition('no')), { ok: 1, ignored: 1 }],
    ['unreachable', failed({ reason: 'unreachable', code: 'timeout', why: '' }), { unreachable: 1 }],
    ['lost, which is unreachable', failed({ reason: 'lost', why: '' }), { unreachable: 1 }],
    ['unreachable, ignored', ignored({ reason: 'unreachable', code: 'timeout', why: '' }), { ok: 1, ignored: 1 }],
    ["interrupted, which is nobody's failure", failed({ reason: 'interrupted', why: '' }), {}],
    ['ended by another host', failed({ reason: 'ended', why: '' }), {}],
  ])('counts %s', (_name, outcome, expected) => {
    const none = {
      ok: 0,
      changed: 0,
      unreachable: 0,
      failed: 0,
      skipped: 0,
      rescued: 0,
      ignored: 0,
      unsure: 0,
      trips: 0,
    };
    expect(tally(one().all(task(3, 'a'), outcome))).toEqual({ ...none, ...expected });
  });

  it('counts no meta task, unless it fails', () => {
    const meta = { ...task(3, 'a'), module: 'ansible.builtin.meta' };
    expect(tally(one().all(meta, ok()).all(meta, skipped()))).toMatchObject({ ok: 0, skipped: 0 });
    expect(tally(one().all(meta, failed(condition('no'))))).toMatchObject({ failed: 1 });
  });

  it('counts a rescued failure as rescued', () => {
    const scene = one()
      .all(task(3, 'a'), failed(condition('no')))
      .all(task(4, 'b'), ok())
      .tell({ kind: 'host-rescued', host: 'w1' as never });
    expect(tally(scene)).toMatchObject({ ok: 1, failed: 0, rescued: 1 });
  });

  it('counts a lost host once', () => {
    const lost = { kind: 'host-lost', host: 'w1' as never, why: 'x' } as const;
    expect(
      tally(
        one()
          .all(task(3, 'a'), failed({ reason: 'lost', why: 'x' }))
          .tell(lost),
      ),
    ).toMatchObject({ unreachable: 1, failed: 0 });
    expect(
      tally(
        one()
          .all(task(3, 'a'), failed({ reason: 'interrupted', why: 'x' }))
          .tell(lost),
      ),
    ).toMatchObject({ unreachable: 0, failed: 0 });
    expect(tally(one().tell(lost))).toMatchObject({ unreachable: 0, failed: 1 });
  });

  it('counts round trips by play and host', () => {
    const scene = new Scene(['w1', 'w2']);
    const trip = (host: string) =>
      scene.tell({ kind: 'round-trip', host: host as never, purpose: 'look', snippets: 1, ms: 1 });
    trip('w1');
    trip('w2');
    scene.play('second', ['w1', 'w2']);
    trip('w2');
    trip('w2');
    const { summary } = foldOf(scene);
    expect(summary.most).toEqual({ play: 'second', host: 'w2', trips: 2 });
    expect([...summary.hosts.values()].map(host => host.trips)).toEqual([1, 3]);
  });

  it('counts a task once, and hosts that did nothing', () => {
    const { summary } = foldOf(
      new Scene(['w1', 'w2']).finish(task(3, 'a'), { w1: ok() }).finish(task(3, 'a'), { w1: ok() }),
    );
    expect(summary.tasks).toBe(1);
    expect(summary.hosts.get('w2')).toMatchObject({ ok: 0, failed: 0 });
  });
});

describe('the recap', () => {
  const print = (scene: Scene, isCheck = false): string =>
    printRecap(foldOf(scene.end()).summary, paintOf(false), isCheck);

  it("is Ansible's, byte for byte, in its first columns", () => {
    // From ansible-playbook 2.14: "%-26s : " and "%s=%-4s" joined by spaces.
    const theirs =
      'w1                         : ok=2    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   ';
    const line = print(one().all(task(3, 'a'), ok()).all(task(4, 'b'), changed())).split('\n')[2]!;
    expect(line.slice(0, theirs.length)).toBe(theirs);
    expect(line.slice(theirs.length)).toBe(' unsure=0    trips=0');
  });

  it.each([
    ['nothing to change', one().all(task(3, 'a'), ok()), '✓ 1 host, 0 changed, 1.2 s'],
    [
      'failures',
      new Scene(['w1', 'w2', 'w3']).finish(task(3, 'a'), { w1: failed(condition('no')), w2: changed(), w3: ok() }),
      '✗ 1 failed of 3 hosts, 1 changed, 1.2 s',
    ],
    [
      'failures and unreachable hosts',
      new Scene(['w1', 'w2', 'w3']).finish(task(3, 'a'), {
        w1: failed(condition('no')),
        w2: failed({ reason: 'lost', why: '' }),
        w3: ok(),
      }),
      '✗ 1 failed and 1 unreachable of 3 hosts, 0 changed, 1.2 s',
    ],
    [
      'trips',
      one().tell({ kind: 'round-trip', host: 'w1' as never, purpose: 'look', snippets: 1, ms: 1 }),
      '✓ 1 host, 0 changed, 1.2 s, at most 1 round trip per play and host',
    ],
  ])('closes with one line: %s', (_name, scene, line) => {
    expect(print(scene).trimEnd().split('\n').at(-1)).toBe(line);
  });

  it('closes a dry run with the promise', () => {
    expect(print(one().all(task(3, 'a'), changed()), true)).toMatch(
      /\n✓ 1 host, 1 to change, 1\.2 s\nNothing was changed: this was a dry run\.\n$/,
    );
  });
});
