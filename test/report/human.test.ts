import { describe, expect, it } from 'vitest';
import type { Failure, TaskLabel } from '../../src/core/outcome.js';
import { Unknown } from '../../src/core/value.js';
import { paintOf } from '../../src/report/paint.js';
import {
  body,
  change,
  changed,
  condition,
  failed,
  ignored,
  ok,
  place,
  Scene,
  skipped,
  task,
  told,
  unsure,
} from './scene.js';

const FOUR = ['mgr', 'prx', 'w1', 'w2'];

describe('a run', () => {
  it('is told by play, role and task, and ends with the recap', () => {
    const scene = new Scene(FOUR)
      .all(task(3, 'package zeek', { role: 'sensor' }), changed(), 11_234)
      .finish(task(4, 'user zeek', { role: 'sensor' }), { w2: ok(), w1: ok(), mgr: changed(), prx: ok() })
      .all(task(5, 'after the roles'), ok())
      .all(task(9, 'restart', { role: 'sensor', isHandler: true }), changed())
      .tell({ kind: 'play-skipped', play: 'nobody', why: 'no host matches `absent`' })
      .end();
    expect(told(scene.events)).toMatchInlineSnapshot(`
      "
      PLAY site  mgr prx w1 w2
      sensor
        ~ package zeek                                   mgr prx w1 w2  11.2 s
        ~ user zeek                                      ~ mgr  ✓ prx w1 w2
      tasks
        ✓ after the roles                                mgr prx w1 w2
      sensor, handlers
        ~ restart                                        mgr prx w1 w2

      PLAY nobody  skipped: no host matches \`absent\`

      PLAY RECAP
      mgr                        : ok=4    changed=3    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unsure=0    trips=0
      prx                        : ok=4    changed=2    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unsure=0    trips=0
      w1                         : ok=4    changed=2    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unsure=0    trips=0
      w2                         : ok=4    changed=2    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unsure=0    trips=0

      ✓ 4 hosts, 9 changed, 1.2 s
      "
    `);
  });

  it('says so if no host took part', () => {
    const scene = new Scene([]);
    scene.events.length = 1;
    expect(told(scene.end().events)).toMatchInlineSnapshot(`
      "
      PLAY RECAP

      ! no host took part, 1.2 s
      "
    `);
  });

  it('says which play could not start, and that the run failed with it', () => {
    const failure: Failure = {
      reason: 'template',
      diagnostics: [{ code: 'undefined-variable', message: '`x` is undefined', place: place(9) }],
    };
    const scene = new Scene(['w1'])
      .all(task(3, 'a'), ok())
      .tell({ kind: 'play-failed', play: 'second', failure })
      .end();
    expect(told(scene.events)).toMatchInlineSnapshot(`
      "
      PLAY site  w1
        ✓ a                                              w1

      PLAY second  could not start
        error[undefined-variable]: \`x\` is undefined
          ┌─ site.yml:9:7

      PLAY RECAP
      w1                         : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unsure=0    trips=0

      ✗ the play second could not start, 1 host, 0 changed, 1.2 s
      "
    `);
  });

  it('of a check mode says what would be, and that nothing was done', () => {
    const scene = new Scene(['w1'], 'check')
      .all(task(3, 'a'), changed())
      .all(task(4, 'b'), unsure('task:site.yml:3', 'fact:os', 'task:x.yml:9', 'gate:'))
      .end();
    expect(told(scene.events)).toMatchInlineSnapshot(`
      "
      PLAY site  w1
        ~ a                                              w1
        ? b                                              w1
            depends on a (site.yml:3), facts (os), x.yml:9 and 1 more

      PLAY RECAP
      w1                         : ok=1    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unsure=1    trips=0

      ✓ 1 host, 1 to change, 1 unsure, 1.2 s
      Nothing was changed: this was a dry run.
      "
    `);
  });

  it('names what stood in for the real part, once', () => {
    const scene = new Scene(['w1']);
    for (const host of ['w1', 'w1'])
      scene.tell({ kind: 'stand-in', host: host as never, what: 'pf_ring.ko \u001b[31m' });
    expect(told(scene.all(task(3, 'a'), ok()).end().events)).toContain(
      'Stand-ins took the place of the real part:\n  pf_ring.ko \\x1b[31m\n',
    );
  });

  it('has colours in a terminal and the same words', () => {
    const scene = new Scene(FOUR)
      .finish(task(3, 'a'), { mgr: ok(), prx: changed(), w1: skipped(), w2: failed(condition('no')) })
      .end();
    const coloured = told(scene.events, { paint: paintOf(true) });
    expect(coloured).toContain('\u001b[31m✗\u001b[39m');
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(told(scene.events));
    expect(coloured).not.toMatch(/\u001b\[\d*[A-HJK]|\r/);
  });
});

describe('hosts', () => {
  it('are grouped by outcome, the worst first; who skipped is left out where others did not', () => {
    const scene = new Scene(FOUR)
      .finish(task(3, 'ring buffer'), { mgr: skipped(), prx: ok(), w1: changed(), w2: ok() }, 700)
      .end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ~ ring buffer                                    ~ w1  ✓ prx w2  0.7 s
      "
    `);
    expect(body(told(scene.events, { verbosity: 1 }))).toMatchInlineSnapshot(`
      "  ~ ring buffer                                    ~ w1  ✓ prx w2  – mgr  0.7 s
            mgr  when is false
      "
    `);
  });

  it('are named up to eight, then counted; those that failed are always named', () => {
    const many = Array.from({ length: 30 }, (_, i) => `w${i + 1}`);
    const outcomes = Object.fromEntries(
      many.map((host, i) => [host, i < 9 ? failed(condition('no')) : i < 17 ? changed() : ok()]),
    );
    expect(body(told(new Scene(many).finish(task(3, 'a'), outcomes).end().events))).toMatchInlineSnapshot(`
      "  ✗ a                                              ✗ w1 w2 w3 w4 w5 w6 w7 w8 w9  ~ w10 w11 w12 w13 w14 w15 w16 w17  ✓ 13 hosts
            w1 w2 w3 w4 w5 w6 w7 w8 w9  site.yml:3:7
              no
      "
    `);
  });

  it('are in the order of the play, whoever was first', () => {
    const scene = new Scene(FOUR).finish(task(3, 'a'), { w2: ok(), mgr: ok(), w1: ok(), prx: ok() }).end();
    expect(body(told(scene.events))).toContain('mgr prx w1 w2');
  });

  it('have names that cannot break the line, and wide characters do not move the column', () => {
    const scene = new Scene(['w1'])
      .all(task(3, 'a\nb\u001b]0;title\u0007'), ok())
      .all(task(4, '日本語'), ok())
      .all(task(5, 'plain'), ok())
      .end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ✓ a b\\x1b]0;title\\x07                            w1
        ✓ 日本語                                         w1
        ✓ plain                                          w1
      "
    `);
  });
});

describe('when a task is told', () => {
  /** What has been told before the run's end. */
  const soFar = (scene: Scene): string => body(told(scene.events));

  it('is when the last host has done it', () => {
    const scene = new Scene(['w1', 'w2']).finish(task(3, 'a'), { w1: ok() });
    expect(soFar(scene)).toBe('');
    expect(soFar(scene.finish(task(3, 'a'), { w2: ok() }))).toMatch(/✓ a +w1 w2/);
  });

  it('is not held up by a host that failed, or was lost', () => {
    const scene = new Scene(['w1', 'w2', 'w3'])
      .finish(task(3, 'a'), { w1: failed(condition('no')), w2: ok() })
      .tell({ kind: 'host-lost', host: 'w3' as never, why: 'gone' })
      .finish(task(4, 'b'), { w2: ok() });
    expect(soFar(scene)).toMatchInlineSnapshot(`
      "  ✗ a                                              ✗ w1  ✓ w2
            w1  site.yml:3:7
              no
        ✗ w3: gone
        ✓ b                                              w2
      "
    `);
  });

  it('is not held up by hosts that take another way', () => {
    const scene = new Scene(['deb', 'red'])
      .finish(task(3, 'first'), { deb: ok(), red: ok() })
      .finish(task(10, 'deb only'), { deb: ok() })
      .finish(task(5, 'last'), { deb: ok() })
      .finish(task(20, 'red only'), { red: ok() })
      .finish(task(5, 'last'), { red: ok() });
    expect(soFar(scene)).toMatchInlineSnapshot(`
      "  ✓ first                                          deb red
        ✓ red only                                       red
        ✓ deb only                                       deb
        ✓ last                                           deb red
      "
    `);
  });

  it('is soon for run_once, which one host does for all', () => {
    const scene = new Scene(FOUR).finish(task(3, 'once'), { mgr: changed() });
    expect(soFar(scene)).toBe('');
    expect(soFar(scene.all(task(4, 'b'), ok()))).toMatch(/~ once +mgr\n.*✓ b/);
  });

  it('is with the rescue of a block that failed on one host', () => {
    const scene = new Scene(['w1', 'w2'])
      .finish(task(3, 'try'), { w1: failed(condition('no')), w2: ok() })
      .finish(task(4, 'more of it'), { w2: ok() })
      .tell({ kind: 'task-started', task: task(8, 'mend'), host: 'w1' as never })
      .finish(task(8, 'mend'), { w1: changed() })
      .tell({ kind: 'host-rescued', host: 'w1' as never })
      .finish(task(9, 'after'), { w2: ok() });
    const text = soFar(scene.finish(task(9, 'after'), { w1: ok() }).finish(task(10, 'last'), { w1: ok(), w2: ok() }));
    expect(text).toMatchInlineSnapshot(`
      "  ✗ try                                            ✗ w1  ✓ w2
            w1  site.yml:3:7
              no
        ✓ more of it                                     w2
        ✓ after                                          w2
        ~ mend                                           w1
        ✓ after                                          w1
        ✓ last                                           w1 w2
      "
    `);
  });

  it('is each time that it is done again', () => {
    const scene = new Scene(['w1', 'w2'])
      .all(task(3, 'again'), ok())
      .all(task(3, 'again'), changed())
      .finish(task(3, 'again'), { w1: ok() })
      .finish(task(4, 'b'), { w1: ok() });
    expect(soFar(scene).match(/again/g)).toHaveLength(2);
    expect(body(told(scene.end().events)).match(/again/g)).toHaveLength(3);
  });

  it('is at last when the others take too long', () => {
    const scene = new Scene(['w1', 'w2'])
      .finish(task(3, 'a'), { w1: ok() })
      .later(60_000)
      .tell({ kind: 'host-connected', host: 'w2' as never, ms: 60_000 });
    expect(soFar(scene)).toMatch(/✓ a +w1\n/);
    expect(soFar(scene.finish(task(3, 'a'), { w2: ok() }).finish(task(4, 'b'), { w1: ok() }))).toMatch(
      /✓ a +w1\n.*✓ a +w2\n/,
    );
  });

  it('is not kept from the reader when it never ends', () => {
    expect(body(told(new Scene(['w1']).say(task(3, 'a'), 'w1', 'hello').end().events))).toContain('hello');
  });
});

describe('what is below a task', () => {
  it('is what debug says, of whom if not of all', () => {
    const scene = new Scene(['w1', 'w2', 'w3']);
    for (const host of scene.hosts) scene.say(task(3, 'same'), host, 'hello\u001b[2J');
    scene.all(task(3, 'same'), ok());
    for (const host of scene.hosts) scene.say(task(4, 'differs'), host, host === 'w2' ? 'two\nlines' : 'one');
    scene.all(task(4, 'differs'), ok()).end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ✓ same                                           w1 w2 w3
            hello\\x1b[2J
        ✓ differs                                        w1 w2 w3
            one  w1 w3
            w2
              two
              lines
      "
    `);
  });

  it('is a diff, once for all hosts that share it', () => {
    const motd = (host: string) => change('/etc/motd', 'a\nb\nc\n', `a\n${host}\nc\n`);
    const scene = new Scene(FOUR)
      .finish(task(3, 'motd'), { mgr: changed(motd('x')), prx: changed(motd('y')), w1: changed(motd('x')), w2: ok() })
      .all(
        task(4, 'attributes'),
        changed(
          change('mode', '0644', '0600'),
          change('/etc/x', null, 'directory'),
          change('run', null, new Unknown([])),
        ),
      )
      .end();
    expect(body(told(scene.events, { diff: true }))).toMatchInlineSnapshot(`
      "  ~ motd                                           ~ mgr prx w1  ✓ w2
            mgr w1
              /etc/motd
              @@ -1,3 +1,3 @@
               a
              -b
              +x
               c
            prx
              /etc/motd
              @@ -1,3 +1,3 @@
               a
              -b
              +y
               c
        ~ attributes                                     mgr prx w1 w2
            mode: 0644 → 0600
            /etc/x: (absent) → directory
            run
      "
    `);
    expect(body(told(scene.events))).not.toContain('@@');
  });

  it('is each item that failed, and the others with -v', () => {
    const label = task(3, 'each');
    const scene = new Scene(['w1', 'w2']);
    for (const host of scene.hosts)
      scene
        .item(label, host, 'a', ok())
        .item(label, host, 'b', host === 'w1' ? failed(condition('b is no good')) : changed());
    scene.finish(label, { w1: failed(condition('b is no good')), w2: changed() }).end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ✗ each                                           ✗ w1  ~ w2
            ✗ item b  w1
              b is no good
      "
    `);
    expect(body(told(scene.events, { verbosity: 1 }))).toMatchInlineSnapshot(`
      "  ✗ each                                           ✗ w1  ~ w2
            ✓ item a  w1 w2
            ✗ item b  w1
              b is no good
            ~ item b  w2
      "
    `);
  });

  it('is a failure that a loop suffered as a whole, though items of another host failed', () => {
    const label = task(3, 'each');
    const scene = new Scene(['w1', 'w2'])
      .item(label, 'w1', 'a', failed(condition('item')))
      .finish(label, { w1: failed(condition('item')), w2: failed(condition('all of it')) })
      .end();
    expect(body(told(scene.events))).toContain('all of it');
  });

  it('is an ignored failure, with its own sign', () => {
    const label = task(4, 'loop');
    const scene = new Scene(['w1'])
      .all(task(3, 'try'), ignored(condition('no matter')))
      .item(label, 'w1', 'a', failed(condition('nor this')))
      .all(label, ignored(condition('nor this')))
      .end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ! try                                            w1
            w1 (ignored)  site.yml:3:7
              no matter
        ! loop                                           w1
            ! item a  w1
              nor this
      "
    `);
  });

  it('is with -v what was said and answered, with -vv as it comes', () => {
    const result = {
      changed: false,
      stdout: 'out\u0007\nmore\n',
      stderr: 'err',
      rc: 0,
      stdout_lines: ['out'],
      mode: '0644',
      size: 6,
      src: null,
      stat: { exists: true },
    };
    const label = task(3, 'a');
    const scene = new Scene(['w1'])
      .tell({ kind: 'task-retried', task: label, host: 'w1' as never, attempt: 1, retries: 3 })
      .tell({ kind: 'task-output', task: label, host: 'w1' as never, text: '10%\r20%\r\n' })
      .all(label, ok(result))
      .all(task(4, 'b'), skipped('when is false: x == 1'))
      .end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ✓ a                                              w1
        – b                                              w1
      "
    `);
    expect(body(told(scene.events, { verbosity: 1 }))).toMatchInlineSnapshot(`
      "    w1: try 1 of 4 failed: a
        ✓ a                                              w1
            w1 │ out\\x07
            w1 │ more
            w1 ! err
            w1  mode: 0644, size: 6, stat: {"exists":true}
        – b                                              w1
            w1  when is false: x == 1
      "
    `);
    expect(body(told(scene.events, { verbosity: 2 }))).toContain('    w1 a │ 10%\\x0d20%\n');
  });
});

describe('failures', () => {
  const output = { stdout: 'building\n', stderr: 'no space left on device\n', status: 1 };
  const failures: Readonly<Record<string, Failure>> = {
    'bad args': {
      reason: 'bad-args',
      diagnostics: [
        {
          code: 'missing-parameter',
          message: 'copy needs `dest`',
          place: { file: 'site.yml', line: 3, column: 7, length: 4 },
          hint: 'give it',
        },
      ],
    },
    template: {
      reason: 'template',
      diagnostics: [
        { code: 'undefined', message: '`x` is not defined' },
        { code: 'undefined', message: '`y` is not defined' },
      ],
    },
    blocked: { reason: 'blocked', why: 'no unit called bro' },
    'act failed': { reason: 'act-failed', what: 'install zeek', output },
    killed: { reason: 'act-failed', what: 'make', output: { stdout: '', stderr: '', status: 137 } },
    condition: { reason: 'condition', why: 'Assertion failed: a == b\nsecond line' },
    'not converged': { reason: 'not-converged', left: ['mode', 'owner'] },
    unreachable: {
      reason: 'unreachable',
      code: 'hostkey-unknown',
      why: 'the key of w1 is not known',
      hint: 'ssh-keyscan w1\nand compare',
    },
    lost: { reason: 'lost', why: 'reset by peer' },
    timeout: { reason: 'timeout', seconds: 5, why: 'the act did not end within 5 s' },
    become: { reason: 'become', code: 'password-wrong', why: 'sudo did not take the password', hint: '-K asks for it' },
    ended: { reason: 'ended', why: 'w2 failed' },
    interrupted: { reason: 'interrupted', why: 'interrupted before this task began' },
    internal: { reason: 'internal', why: 'x is not a function\n    at y.ts:3' },
  };
  it.each(Object.keys(failures))('are told in full: %s', name => {
    const scene = new Scene(['w1', 'w2']).finish(task(3, name), { w1: failed(failures[name]!), w2: ok() }).end();
    const text = body(told(scene.events, { sources: () => 'one\ntwo\n      copy: {}' }));
    expect(text.split('\n').slice(1).join('\n')).toMatchSnapshot();
  });

  it('that many hosts share are told once', () => {
    const scene = new Scene(FOUR).all(task(3, 'a'), failed(condition('the same'))).end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ✗ a                                              mgr prx w1 w2
            mgr prx w1 w2  site.yml:3:7
              the same
      "
    `);
  });

  it('show the end of a long output, and of a huge line its beginning', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n');
    const scene = new Scene(['w1'])
      .all(
        task(3, 'a'),
        failed({
          reason: 'act-failed',
          what: 'make',
          output: { stdout: lines, stderr: 'x'.repeat(5_000_000), status: 2 },
        }),
      )
      .end();
    const text = body(told(scene.events, { verbosity: 1 }));
    expect(text).toContain('        │ … 70 lines before\n        │ line 70\n');
    expect(text).toContain('4998000 characters more');
    expect(text.length).toBeLessThan(5_000);
    expect(text.match(/line 99/g)).toHaveLength(1);
  });

  it('outside of any task are told, too', () => {
    const scene = new Scene(['w1', 'w2'])
      .tell({ kind: 'host-lost', host: 'w1' as never, why: 'no vars file secret.yml' })
      .finish(task(3, 'a'), { w2: ok() })
      .end();
    const text = told(scene.events);
    expect(text).toContain('✗ w1: no vars file secret.yml\n');
    expect(text).toMatch(/w1 +: ok=0 .*failed=1/);
  });

  it('warn once, however many hosts it concerns', () => {
    const scene = new Scene(FOUR);
    for (const host of FOUR)
      scene.tell({
        kind: 'warned',
        diagnostic: { code: 'deprecated', message: 'old', hint: 'use new' },
        host: host as never,
      });
    expect(body(told(scene.end().events))).toBe('warning[deprecated]: old\n  = use new\n');
  });

  it('of a module stand with its task, once for all hosts and once in a run', () => {
    const scene = new Scene(FOUR);
    const [mount, later] = [task(3, 'mount'), task(9, 'again')];
    const warn = (label: TaskLabel, host: string, line: number, code = 'module-warning') =>
      scene.tell({
        ...{ kind: 'warned', host: host as never, task: label },
        diagnostic: { code, message: 'a file is old', place: place(line) },
      });
    for (const host of ['mgr', 'w1', 'w2']) warn(mount, host, 3);
    warn(mount, 'w2', 3, 'deprecated');
    scene.all(mount, ok());
    for (const host of FOUR) warn(later, host, 3);
    scene.all(later, ok()).end();
    expect(body(told(scene.events))).toMatchInlineSnapshot(`
      "  ✓ mount                                          mgr prx w1 w2
            warning: a file is old  site.yml:3:7  3 hosts
            deprecated: a file is old  site.yml:3:7  1 host
        ✓ again                                          mgr prx w1 w2
      "
    `);
  });
});
