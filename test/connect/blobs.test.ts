import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sorted } from '../../src/connect/blobs.js';
import { type Blob, blobOf, staged } from '../../src/core/blob.js';
import type { Connection } from '../../src/core/connection.js';
import { formatOf } from '../../src/core/printf.js';
import { type Sh, sh } from '../../src/core/sh.js';
import { until } from './processes.js';
import { proxyTo } from './proxy.js';
import { type Account, ask, canServe, lostBy, outputs, Rig, type Sshd, scripts } from './rig.js';
import { localBy, SHELLS } from './shells.js';

const everyByte = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 7) % 256));
const digest = (blob: Blob) => sh`sha256sum <${staged(blob)} | cut -c1-64`;

/** A blob that is not in memory. */
const streamed = (size: number, piece = 65536): Blob => {
  const block = randomBytes(piece);
  const whole = Buffer.concat(Array.from({ length: Math.ceil(size / piece) }, () => block)).subarray(0, size);
  const { digest } = blobOf(whole);
  return {
    digest,
    size,
    async *open() {
      for (let at = 0; at < size; at += piece) yield block.subarray(0, Math.min(piece, size - at));
    },
  };
};

describe('the format of printf', () => {
  it('spells any byte so that printf gives it back', () => {
    expect(formatOf(Buffer.from("a%\\'\n-"))).toBe('a\\045\\134\\047\n-');
    expect(formatOf(Buffer.from('-n'))).toBe('\\055n');
    expect(formatOf(Buffer.from([0, 255, 0x31]))).toBe('\\000\\3771');
  });
});

describe('sorted', () => {
  it('sends twins once, and small ones together only up to a limit', () => {
    const small = blobOf('a');
    const files = Array.from({ length: 20 }, (_, i) => blobOf(Buffer.alloc(60 * 1024, i + 1)));
    const big = blobOf(Buffer.alloc(64 * 1024 + 1));
    const { small: inline, large } = sorted([small, blobOf('a'), big, ...files]);
    expect(inline).toHaveLength(18);
    expect(large).toHaveLength(4);
    expect(large[0]).toBe(big);
  });
});

describe.each(SHELLS)('blobs through %s', (_name, shell) => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await localBy(shell);
  });
  afterAll(() => connection.close());

  it('brings small ones in the same write, byte for byte, private, and once', async () => {
    const blobs = [
      everyByte,
      Buffer.from(''),
      Buffer.from('-n hällo %s'),
      randomBytes(64 * 1024),
      Buffer.from('line\n'),
    ].map(blobOf);
    const before = connection.trips;
    const answers = outputs(await connection.ask(undefined, { how: 'each', blobs, snippets: blobs.map(digest) }));
    expect(answers.map(({ stdout }) => stdout.trim())).toEqual(blobs.map(blob => blob.digest));
    expect(connection.trips).toBe(before + 1);
    const [modes] = await ask(connection, 'stat -c %a "$RM_BLOBS" "$RM_BLOBS"/* | sort -u');
    expect(modes?.stdout).toBe('600\n700\n');
    const again = outputs(await connection.ask(undefined, { how: 'chain', blobs, snippets: blobs.map(digest) }));
    expect(again).toHaveLength(5);
  });

  it('brings large ones by a trip of their own, and once', async () => {
    const blobs = [streamed(3_000_001), streamed(200_000, 777), blobOf(randomBytes(100_000)), blobOf('small')];
    const before = connection.trips;
    const ask = () => connection.ask(undefined, { how: 'each', blobs, snippets: blobs.map(digest) });
    expect(outputs(await ask()).map(({ stdout }) => stdout.trim())).toEqual(blobs.map(blob => blob.digest));
    expect(connection.trips).toBe(before + 4);
    expect(outputs(await ask())).toHaveLength(4);
    expect(connection.trips).toBe(before + 5);
  });

  it('tells how much of the large ones the link has taken, all in one account', async () => {
    const blobs = [streamed(3_000_000), blobOf(randomBytes(100_000)), blobOf('small')];
    const told: (readonly [number, number])[] = [];
    await connection.ask(undefined, {
      how: 'each',
      blobs,
      snippets: scripts(['true']),
      sent: (bytes, size) => told.push([bytes, size]),
    });
    expect(told.length).toBeGreaterThan(10);
    expect(told).toEqual([...told].sort(([a], [b]) => a - b));
    expect(told.at(-1)).toEqual([3_100_000, 3_100_000]);
    expect(new Set(told.map(([, size]) => size))).toEqual(new Set([3_100_000]));
  });

  it('counts to the byte what it takes in blocks, however it arrives, and where dd knows no whole blocks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rmtest-'));
    const posix = 'case "$*" in *flag=*|*status=*) echo "dd: bad operand" >&2; exit 1;; esac; exec /usr/bin/dd "$@"';
    writeFileSync(join(folder, 'dd'), `#!/bin/sh\n${posix}\n`, { mode: 0o755 });
    const without = await localBy(['env', `PATH=${folder}:${process.env.PATH}`, ...shell]);
    const block = 128 * 1024;
    for (const by of [connection, without]) {
      const blobs = [2 * block - 1, 2 * block, 2 * block + 1].map(size => streamed(size, 777));
      const answers = outputs(await by.ask(undefined, { how: 'each', blobs, snippets: blobs.map(digest) }));
      expect(answers.map(({ stdout }) => stdout.trim())).toEqual(blobs.map(blob => blob.digest));
    }
    await without.close();
    rmSync(folder, { recursive: true });
  });

  it('removes its directory when it is closed, and those of the dead when it makes one', async () => {
    const other = await localBy(shell);
    const where = async () => {
      const batch = { how: 'each', blobs: [blobOf('x')], snippets: scripts(['echo $RM_BLOBS']) } as const;
      return outputs(await other.ask(undefined, batch))[0]!.stdout.trim();
    };
    const left = await where();
    await other.ask(undefined, { how: 'each', snippets: scripts(['kill -9 $$']) });
    expect(readdirSync(left)).toHaveLength(1);
    const next = await where();
    expect(() => readdirSync(left)).toThrow('ENOENT');
    await other.close();
    expect(() => readdirSync(next)).toThrow('ENOENT');
  });

  it('receives what is wanted beside its goal there, and the lane removes what nobody took', async () => {
    const goal = mkdtempSync(join(tmpdir(), 'rmtest goal-'));
    const wanted = { ...streamed(3_000_001), beside: sh`echo noise; d=${goal}` };
    const other = await localBy(shell);
    const take = sh`[ -L ${staged(wanted)} ] && mv "$(readlink ${staged(wanted)})" ${join(goal, 'taken')}`;
    const ask = (snippet: Sh) => other.ask(undefined, { how: 'chain', blobs: [wanted], snippets: [snippet] });
    expect(outputs(await ask(digest(wanted)))[0]?.stdout.trim()).toBe(wanted.digest);
    expect(readdirSync(goal)).toEqual([expect.stringMatching(/^\.ringmaster-arrival\.\d+\./)]);
    const before = other.trips;
    expect(outputs(await ask(take))[0]?.status).toBe(0);
    // It was there already: asked, but not sent again.
    expect(other.trips).toBe(before + 2);
    expect(readdirSync(goal)).toEqual(['taken']);
    expect(blobOf(readFileSync(join(goal, 'taken'))).digest).toBe(wanted.digest);
    // Taken away: it comes again, and goes with the lane.
    expect(outputs(await ask(digest(wanted)))[0]?.stdout.trim()).toBe(wanted.digest);
    expect(readdirSync(goal)).toHaveLength(2);
    await other.close();
    expect(readdirSync(goal)).toEqual(['taken']);
    rmSync(goal, { recursive: true });
  });

  it('receives it in the private directory where there is no place beside the goal yet', async () => {
    const wanted = { ...streamed(300_001), beside: sh`d=/no/such/directory` };
    const batch = { how: 'each', blobs: [wanted], snippets: [digest(wanted), sh`[ ! -L ${staged(wanted)} ]`] } as const;
    const answers = outputs(await connection.ask(undefined, batch));
    expect(answers.map(({ stdout, status }) => [stdout.trim(), status])).toEqual([
      [wanted.digest, 0],
      ['', 0],
    ]);
  });

  it('removes beside a goal what a killed lane left there', async () => {
    const goal = mkdtempSync(join(tmpdir(), 'rmtest-'));
    writeFileSync(join(goal, '.ringmaster-arrival.999999999.x'), 'half');
    const wanted = { ...streamed(300_001), beside: sh`d=${goal}` };
    outputs(await connection.ask(undefined, { how: 'each', blobs: [wanted], snippets: [digest(wanted)] }));
    expect(readdirSync(goal)).not.toContain('.ringmaster-arrival.999999999.x');
    rmSync(goal, { recursive: true });
  });

  it('takes what is put together as it travels by its size alone', async () => {
    const made: Blob = { ...streamed(300_001), digest: blobOf('a list of parts').digest, isMade: true };
    const asked = { how: 'each', blobs: [made], snippets: [sh`wc -c <${staged(made)}`] } as const;
    expect(outputs(await connection.ask(undefined, asked))[0]?.stdout.trim()).toBe('300001');
  });

  it('runs nothing where the content does not arrive whole', async () => {
    const before = await ask(connection, 'echo $RM_BLOBS');
    const wrong: Blob = { ...streamed(300_000), digest: blobOf('another').digest };
    const short: Blob = {
      ...streamed(300_000),
      async *open() {
        yield randomBytes(10);
      },
    };
    const broken: Blob = {
      ...streamed(300_000),
      async *open() {
        yield randomBytes(10);
        throw new Error('EIO');
      },
    };
    for (const [blob, why] of [
      [wrong, /not arrive whole/],
      [short, /changed its size/],
      [broken, /EIO/],
    ] as const) {
      const answer = await connection.ask(undefined, { how: 'each', blobs: [blob], snippets: scripts(['echo ran']) });
      expect(answer.outputs).toEqual([]);
      expect(lostBy(answer)).toMatchObject({ reason: 'blocked', why: expect.stringMatching(why) });
    }
    const partial = () => readdirSync(before[0]!.stdout.trim()).filter(name => name.startsWith('.'));
    expect(await until(() => partial().length === 0)).toBe(true);
  });
});

describe.skipIf(!canServe)('blobs over ssh', () => {
  let rig: Rig;
  let sshd: Sshd;
  let alice: Account;
  beforeAll(async () => {
    rig = new Rig();
    alice = rig.account();
    sshd = await rig.sshd();
  });
  afterAll(() => rig.end());

  it('100 MiB in flat memory', async () => {
    const blob = streamed(100 * 2 ** 20);
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    await ask(connection, 'echo warm');
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const started = performance.now();
    const [answer] = outputs(await connection.ask(undefined, { how: 'each', blobs: [blob], snippets: [digest(blob)] }));
    const seconds = (performance.now() - started) / 1000;
    clearInterval(timer);
    expect(answer?.stdout.trim()).toBe(blob.digest);
    expect((peak - before) / 2 ** 20).toBeLessThan(64);
    console.info(`100 MiB sent and checked in ${seconds.toFixed(2)} s`);
  });

  it('an upload that is cut leaves nothing behind and is lost', async () => {
    const proxy = await proxyTo(rig, sshd.port);
    const connection = await rig.connect({ port: proxy.port, user: alice.name, checkHostKey: false });
    await ask(connection, 'echo warm');
    const left = () => readdirSync('/tmp').filter(name => name.startsWith('ringmaster.'));
    const before = left();
    proxy.cutAfter(4_000_000);
    const blobs = [streamed(10_000_000)];
    const answer = await connection.ask(undefined, { how: 'each', blobs, snippets: scripts(['echo ran']) });
    expect(answer.outputs).toEqual([]);
    expect(lostBy(answer)).toMatchObject({ reason: 'lost', why: expect.stringContaining('while a file was sent') });
    expect(await until(() => left().every(name => before.includes(name)))).toBe(true);
  });

  it('a slow link is not a silent one', async () => {
    const proxy = await proxyTo(rig, sshd.port);
    const options = { keepalive: { seconds: 0.3, count: 3 } };
    const connection = await rig.connect({ port: proxy.port, user: alice.name, checkHostKey: false }, options);
    await ask(connection, 'echo warm');
    proxy.throttle(400_000);
    const blob = streamed(1_000_000);
    const batch = { how: 'each', blobs: [blob], snippets: [digest(blob)], timeout: 2 } as const;
    expect(outputs(await connection.ask(undefined, batch))[0]?.stdout.trim()).toBe(blob.digest);
  });

  it('a stalled upload ends by its own limit', async () => {
    const proxy = await proxyTo(rig, sshd.port);
    const connection = await rig.connect({ port: proxy.port, user: alice.name, checkHostKey: false });
    await ask(connection, 'echo warm');
    const blob = streamed(20_000_000);
    const asked = connection.ask(undefined, { how: 'each', blobs: [blob], snippets: [digest(blob)], timeout: 1 });
    proxy.throttle(8_000_000);
    await new Promise(resolve => setTimeout(resolve, 600));
    proxy.stall();
    const failure = lostBy(await asked);
    expect(failure).toMatchObject({ reason: 'timeout', seconds: 1 });
  });
});

describe.skipIf(!canServe)('a full disk', () => {
  const room = mkdtempSync(join(tmpdir(), 'rmtest-'));
  const mounted = (() => {
    try {
      execFileSync('unshare', ['-m', 'true'], { stdio: 'pipe' });
      return true;
    } catch {
      console.warn('SKIPPED: no mount name spaces here');
      return false;
    }
  })();
  afterAll(() => rmSync(room, { recursive: true, force: true }));

  // A shell whose every private place is a file system of 300 KiB.
  const cramped = (shell: readonly string[]): readonly [string, ...string[]] => {
    const script = join(room, `${shell[0]}.sh`);
    mkdirSync(room, { recursive: true });
    writeFileSync(
      script,
      `for d in /run /tmp /var/tmp; do mount -t tmpfs -o size=300k none $d; done; unset XDG_RUNTIME_DIR; export HOME=/tmp; exec ${shell.join(' ')}\n`,
    );
    return ['unshare', '-m', 'sh', script];
  };

  it.skipIf(!mounted).each(SHELLS)('is told by %s, and nothing runs', async (_name, shell) => {
    const connection = await localBy(cramped(shell));
    try {
      const small = Array.from({ length: 8 }, (_, i) => blobOf(Buffer.alloc(60_000, i + 65)));
      const answer = await connection.ask(undefined, { how: 'each', blobs: small, snippets: scripts(['echo ran']) });
      expect(answer.outputs).toEqual([]);
      expect(lostBy(answer)).toMatchObject({ reason: 'blocked', why: expect.stringMatching(/KiB are left in/) });
      const large = await connection.ask(undefined, {
        how: 'each',
        blobs: [streamed(600_000)],
        snippets: scripts(['echo ran']),
      });
      expect(lostBy(large)).toMatchObject({ reason: 'blocked', why: expect.stringMatching(/586 KiB of room|space/) });
      expect(
        outputs(
          await connection.ask(undefined, { how: 'each', blobs: small.slice(0, 2), snippets: scripts(['echo ran']) }),
        ),
      ).toHaveLength(1);
    } finally {
      await connection.close();
    }
  });
});
