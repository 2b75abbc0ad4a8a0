import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Ends, lines, numbered, Pair, type Protocol, until } from './rsyslog/daemon.js';

const LINES = 5000;
/** The role's own: what one dequeue takes at most. */
const BATCH = 128;

/** Whether this machine has a module of rsyslogd; Debian keeps them below the folder of the architecture. */
const has = (module: string): boolean =>
  readdirSync('/usr/lib').some(folder => existsSync(`/usr/lib/${folder}/rsyslog/${module}.so`)) ||
  existsSync(`/usr/lib/rsyslog/${module}.so`);
const hasRsyslog = spawnSync('rsyslogd', ['-v'], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }).status === 0;
const hasRelp = hasRsyslog && has('omrelp') && has('imrelp');

const figures: string[] = [];
const tell = (scene: string, figure: string): void => void figures.push(`  ${scene.padEnd(52)} ${figure}`);

/** Two running ends, with a first line through, so that all is connected. */
async function connected(ends: Ends): Promise<Pair> {
  const pair = await Pair.of(ends);
  mkdirSync(path.join(pair.logs, 'current'), { recursive: true });
  await pair.startReceiver();
  pair.sender.start();
  appendFileSync(pair.log, lines(['first']));
  await pair.arrived('first');
  return pair;
}

/** Until the sender has read all lines into its queue, or tried to send them. */
const taken = (pair: Pair, n: number): Promise<void> =>
  until(`${n} lines in the queue`, () => (pair.count('bro_forward', 'enqueued') ?? 0) >= n);

interface Loss {
  readonly unique: number;
  readonly twice: number;
}
function lossOf(pair: Pair, sent: readonly string[]): Loss {
  const wanted = new Set(sent);
  const came = pair.received().filter(line => wanted.has(line));
  const unique = new Set(came).size;
  return { unique, twice: came.length - unique };
}

describe.skipIf(!hasRsyslog)('what is forwarded with the receiver away', { timeout: 300_000 }, () => {
  afterAll(() => process.stdout.write(`what rsyslog forwards:\n${figures.join('\n')}\n`));

  describe.concurrent('matrix', () => {
    for (const protocol of ['tcp', 'relp'] as const)
      it.skipIf(protocol === 'relp' && !hasRelp)(`${protocol}: a sender that stays up loses nothing`, async () => {
        const pair = await connected({ protocol });
        try {
          await pair.receiver.stop();
          const sent = numbered('away', LINES);
          appendFileSync(pair.log, lines(sent));
          await taken(pair, LINES + 1);
          await pair.startReceiver();
          appendFileSync(pair.log, lines(['last']));
          await pair.arrived('last');
          await until('all lines', () => lossOf(pair, sent).unique === LINES);
          const { unique, twice } = lossOf(pair, sent);
          tell(`${protocol}, sender stays up`, `${unique} of ${LINES} unique, ${twice} of them twice`);
          expect(unique).toBe(LINES);
          if (protocol === 'relp') expect(twice).toBe(0);
        } finally {
          await pair.down();
        }
      });

    const restarts: readonly { readonly protocol: Protocol; readonly batch: number }[] = [
      { protocol: 'tcp', batch: BATCH },
      { protocol: 'relp', batch: BATCH },
      { protocol: 'tcp', batch: 1024 },
      { protocol: 'tcp', batch: 1 },
    ];
    for (const { protocol, batch } of restarts)
      it.skipIf(protocol === 'relp' && !hasRelp)(
        `${protocol}, batch ${batch}: a sender restarted while the receiver is away loses one batch at most`,
        async () => {
          const pair = await connected({ protocol, batch });
          try {
            await pair.receiver.stop();
            const sent = numbered('away', LINES);
            appendFileSync(pair.log, lines(sent));
            await taken(pair, LINES + 1);
            await pair.sender.stop();
            pair.sender.start();
            await pair.startReceiver();
            appendFileSync(pair.log, lines(['last']));
            await pair.arrived('last');
            // The queue keeps the order, so what did not come before the last line is lost; what comes twice may come later.
            await until('all but a batch', () => lossOf(pair, sent).unique >= LINES - batch);
            await new Promise(resolve => setTimeout(resolve, 1000));
            const { unique, twice } = lossOf(pair, sent);
            tell(
              `${protocol}, batch ${batch}, sender restarted`,
              `${unique} of ${LINES} unique (${LINES - unique} lost), ${twice} of them twice`,
            );
            expect(LINES - unique).toBeLessThanOrEqual(batch);
          } finally {
            await pair.down();
          }
        },
      );

    it('udp: what was sent meanwhile is gone, and nothing reports it', async () => {
      const pair = await connected({ protocol: 'udp' });
      try {
        await pair.receiver.stop();
        const sent = numbered('away', LINES);
        appendFileSync(pair.log, lines(sent));
        await until('all lines sent', () => (pair.count('bro_elsa', 'processed') ?? 0) >= LINES + 1);
        await pair.startReceiver();
        appendFileSync(pair.log, lines(['last']));
        await pair.arrived('last');
        const { unique } = lossOf(pair, sent);
        const reported = { failed: pair.count('bro_elsa', 'failed'), suspended: pair.count('bro_elsa', 'suspended') };
        tell('udp, sender stays up', `${unique} of ${LINES} unique; reported as failed: ${reported.failed}`);
        expect(unique).toBe(0);
        expect(reported).toEqual({ failed: 0, suspended: 0 });
        expect(pair.sender.said).not.toMatch(/error|suspend|omfwd/i);
      } finally {
        await pair.down();
      }
    });
  });

  describe.concurrent('files', () => {
    it('a rotated file, and one behind a link that was put elsewhere, are read on without loss', async () => {
      const pair = await Pair.of({ protocol: 'tcp' });
      const spool = (name: string): string => path.join(pair.folder, 'spool', name);
      const point = (name: string): void => {
        rmSync(path.join(pair.logs, 'current'), { force: true });
        symlinkSync(spool(name), path.join(pair.logs, 'current'));
      };
      try {
        for (const name of ['one', 'two']) mkdirSync(spool(name), { recursive: true });
        point('one');
        await pair.startReceiver();
        pair.sender.start();
        // Made only after rsyslogd has begun to watch, as after a first start of the cluster.
        await until('the sender runs', () => pair.count('bro_forward', 'enqueued') !== undefined);
        const sent: string[] = [];
        const write = (file: string, word: string): void => {
          const some = numbered(word, 500);
          appendFileSync(file, lines(some));
          sent.push(...some);
        };
        write(pair.log, 'created');
        await pair.arrived('created 499');
        write(pair.log, 'before rotation');
        renameSync(pair.log, `${pair.log}.1`);
        write(`${pair.log}.1`, 'late in the old file');
        write(pair.log, 'after rotation');
        await pair.arrived('after rotation 499');
        renameSync(pair.log, spool('ssl-old.log'));
        point('two');
        write(pair.log, 'behind the new link');
        await pair.arrived('behind the new link 499');
        point('one');
        write(pair.log, 'behind the old link again');
        await pair.arrived('behind the old link again 499');
        const { unique, twice } = lossOf(pair, sent);
        tell('rotated twice, link put elsewhere twice', `${unique} of ${sent.length} unique, ${twice} of them twice`);
        expect({ unique, twice }).toEqual({ unique: sent.length, twice: 0 });
      } finally {
        await pair.down();
      }
    });

    const long = `long ${'x'.repeat(20_000)} end`;
    const ends: readonly (Ends & { readonly whole: boolean; readonly name: string })[] = [
      { name: 'both ends say 64k', protocol: 'tcp', longest: { sender: '64k', receiver: '64k' }, whole: true },
      { name: 'only the sender says 64k', protocol: 'tcp', longest: { sender: '64k' }, whole: false },
    ];
    for (const { name, whole, ...rest } of ends)
      it(`a line of ${long.length} bytes, ${name}: ${whole ? 'whole' : 'cut'}`, async () => {
        const pair = await connected(rest);
        try {
          appendFileSync(pair.log, lines([long, 'last']));
          await pair.arrived('last');
          const came = pair.received().find(line => line.startsWith('long'));
          tell(`${long.length} bytes in a line, ${name}`, `${came?.length} bytes arrive`);
          if (whole) expect(came).toBe(long);
          else expect(came?.length).toBeLessThan(8192);
        } finally {
          await pair.down();
        }
      });

    for (const form of ['legacy', 'modern'] as const)
      it(`the ${form} form is all right by rsyslogd's own check, and arrives`, async () => {
        const pair = await connected({ protocol: 'udp', form });
        try {
          const checked = spawnSync('rsyslogd', ['-N1', '-f', path.join(pair.folder, 'sender.conf')], {
            encoding: 'utf8',
            env: { PATH: `${process.env.PATH}:/usr/sbin` },
          });
          expect([checked.status, checked.stderr.match(/error|warning|invalid/gi)], checked.stderr).toEqual([0, null]);
        } finally {
          await pair.down();
        }
      });
  });
});

describe('the configuration as rsyslogd heeds it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rsyslog-effective-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const script = readFileSync(path.join(import.meta.dirname, '../../roles/rsyslog/files/effective.sh'), 'utf8');

  /** What is left of these files, the first being the one that rsyslogd is given; `DIR` in them is their folder. */
  function effective(shell: readonly string[], files: Readonly<Record<string, string>>): readonly string[] {
    const here = mkdtempSync(path.join(folder, 'files-'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(here, name)), { recursive: true });
      writeFileSync(path.join(here, name), text.replaceAll('DIR', here));
    }
    const [program, ...args] = [
      ...shell,
      '-c',
      `set -eu\n${script}\neffective "$1"`,
      'sh',
      path.join(here, Object.keys(files)[0]!),
    ];
    const ran = spawnSync(program!, args, { encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    return ran.stdout.replaceAll(here, 'DIR').split('\n').slice(0, -1);
  }

  const scenes: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['comments and blanks go', { main: '# a\n\n  *.* /x  \n\t# b\n/* c */\n/* d\ne */\n' }, ['*.* /x']],
    [
      'what stands behind a comment stays',
      { main: '/* a */ *.* /x\n/* b\nc */ *.* /y\n' },
      ['/* a */ *.* /x', 'c */ *.* /y'],
    ],
    ['so does a # within a line', { main: '$template t,"#%msg%" # x\n' }, ['$template t,"#%msg%" # x']],
    [
      'included files come in their order',
      {
        main: '$IncludeConfig DIR/d/*.conf\nlast\n',
        'd/2.conf': 'two\n#\n',
        'd/1.conf': 'one\n',
        'd/3.off': 'three\n',
      },
      ['$IncludeConfig DIR/d/*.conf', 'last', 'one', 'two'],
    ],
    [
      'the newer word for it too, over several lines',
      {
        main: 'include(\n  file="DIR/d/*"\n  mode="optional")\n',
        'd/a': 'a\n',
        'd/b': 'include(file="DIR/e/c")\n',
        'e/c': 'c\n',
      },
      ['include(', 'file="DIR/d/*"', 'mode="optional")', 'a', 'include(file="DIR/e/c")', 'c'],
    ],
    ['nothing is there to include', { main: 'include(file="DIR/none/*.conf")\n' }, ['include(file="DIR/none/*.conf")']],
  ];
  for (const shell of [['dash'], ['busybox', 'sh'], ['bash', '--posix']])
    for (const [what, files, left] of scenes)
      it.skipIf(spawnSync(shell[0]!, ['true']).error)(`${what} (${shell.join(' ')})`, () => {
        expect(effective(shell, files)).toEqual(left);
      });

  it('files that include each other come to an end', () => {
    expect(effective(['sh'], { main: '$IncludeConfig DIR/main\n' }).length).toBeLessThan(20);
  });
});
