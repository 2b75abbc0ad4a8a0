import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import type { Connection } from '../../src/core/connection.js';
import { type Draft, flush, MOST_DRAFTS } from '../../src/core/draft.js';
import { type Sh, sh } from '../../src/core/sh.js';
import { writeFile } from '../../src/modules/atomic.js';
import { until } from './processes.js';
import { outputs } from './rig.js';
import { localBy, SHELLS } from './shells.js';

const isRoot = userInfo().uid === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drafts-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What writes a new file, with the draft it may take. */
function writing(
  name: string,
  bytes: Buffer,
  [uid, gid, mode]: readonly [number, number, (number | undefined)?] = [0, 0, 0o644],
) {
  const attributes = { owner: String(uid), group: String(gid), uid, gid, mode };
  const write = writeFile({ path: join(folder, name), content: blobOf(bytes), attributes, seen: 'nothing' });
  return { apply: write.apply, draft: write.draft! };
}
const temporaries = (): readonly string[] => readdirSync(folder).filter(name => name.startsWith('.ringmaster-'));
const listed = () => sh`for f in ${folder}/.ringmaster-*; do [ ! -e "$f" ] || ls -i "$f"; done`;

describe.runIf(isRoot).each(SHELLS)('drafts in a lane of %s', (_name, shell) => {
  let connection: Connection;
  beforeEach(async () => {
    connection = await localBy(shell);
  });
  afterEach(() => connection.close());

  /** Drafts before a first snippet that lists them, then the rest. */
  const chain = async (drafts: readonly Draft[], acts: readonly Sh[]) =>
    outputs(
      await connection.ask(undefined, { how: 'chain', snippets: [listed(), ...acts], drafts: new Map([[0, drafts]]) }),
    );

  it('are the files that the acts only name', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const wishes = [
      [0, 0, 0o644],
      [1, 0, 0o640],
      [1, 2, 0o640],
      [1, 2, undefined],
      [0, 2, 0o750],
      [0, 0, 0],
      [2, 2, 0o666],
    ] as const;
    expect(wishes.length).toBe(MOST_DRAFTS);
    const writings = wishes.map((wish, i) => writing(`f${i}`, i === 0 ? Buffer.alloc(0) : every.subarray(i), wish));
    const answers = await chain(
      writings.map(({ draft }) => draft),
      writings.map(({ apply }) => apply),
    );
    expect(answers.map(({ status, stderr }) => [status, stderr])).toEqual(answers.map(() => [0, '']));
    const drafted = answers[0]!.stdout.match(/^ *\d+/gm)!.map(Number);
    const found = wishes.map((_, i) => lstatSync(join(folder, `f${i}`)));
    expect(found.map(({ ino }) => ino)).toEqual(
      drafted.length === wishes.length ? expect.arrayContaining(drafted) : [],
    );
    expect(found.map(({ uid, gid, mode }) => [uid, gid, mode & 0o7777])).toEqual(
      wishes.map(([uid, gid, mode]) => [uid, gid, mode ?? 0o666 & ~process.umask()]),
    );
    for (const [i, { size }] of found.entries()) {
      expect(size).toBe(i === 0 ? 0 : 256 - i);
      expect(readFileSync(join(folder, `f${i}`)).equals(i === 0 ? Buffer.alloc(0) : every.subarray(i))).toBe(true);
    }
    expect(temporaries()).toEqual([]);
  });

  it('that are not taken are gone when the chain ends early', async () => {
    const writings = ['a', 'b', 'c'].map(name => writing(name, Buffer.from(name)));
    const answers = await chain(
      writings.map(({ draft }) => draft),
      [writings[0]!.apply, sh`exit 3`, writings[1]!.apply],
    );
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 3]);
    expect(answers[0]!.stdout.match(/ringmaster/g)).toHaveLength(3);
    expect(readdirSync(folder)).toEqual(['a']);
    expect(
      outputs(await connection.ask(undefined, { how: 'chain', snippets: [sh`echo "\${RM_DRAFT-unset}"`] }))[0]!.stdout,
    ).toBe('unset\n');
  });

  it('are gone with the lane that is cut off', async () => {
    const { draft } = writing('f', Buffer.from('x'));
    const other = writing('g', Buffer.from('x')).draft;
    const began = connection.ask(undefined, {
      how: 'chain',
      snippets: [sh`sleep 600`],
      drafts: new Map([[0, [draft, other]]]),
    });
    await until(() => temporaries().length === 2);
    await connection.close();
    await began;
    await until(() => temporaries().length === 0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are not made where a file is, where no directory is, and in the directory of another', async () => {
    writeFileSync(join(folder, 'there'), 'old');
    mkdirSync(join(folder, 'theirs'));
    chownSync(join(folder, 'theirs'), 1, 1);
    const writings = ['there', 'no/where', 'theirs/f', 'new'].map(name => writing(name, Buffer.from('new')));
    const answers = await chain(
      writings.map(({ draft }) => draft),
      [0, 2, 3].map(i => writings[i]!.apply),
    );
    expect(answers[0]!.stdout.match(/ringmaster/g)).toHaveLength(1);
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    for (const name of ['there', 'theirs/f', 'new']) expect(readFileSync(join(folder, name), 'utf8')).toBe('new');
    expect(readdirSync(join(folder, 'theirs'))).toEqual(['f']);
  });

  it('that cannot be as wished are not made at all, and the act says why', async () => {
    const [good, bad] = [
      writing('good', Buffer.from('x')),
      writing('bad', Buffer.from('x'), [4_294_967_296, 0, 0o644]),
    ];
    const answers = await chain([good.draft, bad.draft], [good.apply, bad.apply]);
    expect(answers[0]!.stdout).toBe('');
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 1]);
    expect(answers[2]!.stderr).toMatch(/4294967296/);
    expect(readdirSync(folder)).toEqual(['good']);
  });

  it('are swept behind the chain if a dead lane left them, but not those of a living one', async () => {
    const writings = ['a', 'b'].map(name => writing(name, Buffer.from(name)));
    const key = /\.ringmaster-[0-9a-f]{8}/.exec(writings[0]!.apply.text)![0];
    const [dead, alive] = [`${key}.999999999.0`, `${key}.${process.pid}.0`];
    for (const name of [dead, alive]) writeFileSync(join(folder, name), 'half');
    await chain(
      writings.map(({ draft }) => draft),
      [...writings.map(({ apply }) => apply), flush([sh`${folder}`])],
    );
    expect(readdirSync(folder).sort()).toEqual([alive, 'a', 'b'].sort());
    expect(statSync(join(folder, alive)).size).toBe(4);
  });
});

describe('a draft', () => {
  it('is offered only where the plan knows all of it', () => {
    const numbers = { owner: 'root', group: 'root', uid: 0, gid: 0, mode: 0o644 };
    const offered = (writing: Partial<Parameters<typeof writeFile>[0]>) =>
      writeFile({ path: '/etc/f', content: blobOf('x'), attributes: numbers, seen: 'nothing', ...writing }).draft !==
      undefined;
    expect(offered({})).toBe(true);
    expect(offered({ attributes: { mode: 0o600 } })).toBe(true);
    expect(offered({ seen: undefined })).toBe(false);
    expect(offered({ path: '/etc/a file' })).toBe(false);
    expect(offered({ link: 'through' })).toBe(false);
    expect(offered({ attributes: {} })).toBe(true);
    expect(offered({ attributes: { ...numbers, mode: 0o4755 } })).toBe(false);
    expect(offered({ attributes: { ...numbers, uid: undefined } })).toBe(false);
    expect(offered({ content: blobOf('x'.repeat(3000)) })).toBe(false);
    expect(offered({ content: { copyOf: '/etc/g' } })).toBe(false);
  });
});
