import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobOf, staged } from '../../src/core/blob.js';
import { decode, encode } from '../../src/core/bytes.js';
import type { Connection } from '../../src/core/connection.js';
import { sh } from '../../src/core/sh.js';
import { ask, outputs } from './rig.js';
import { localBy, SHELLS } from './shells.js';

/** Every byte but NUL, which no word of a shell can hold. */
const ALL = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1));
const text = decode(ALL);

describe.each(SHELLS)('bytes through %s', (_name, shell) => {
  let connection: Connection;
  let folder: string;
  beforeAll(async () => {
    connection = await localBy(shell);
    folder = mkdtempSync(join(tmpdir(), 'rmtest-'));
  });
  afterAll(async () => {
    await connection.close();
    rmSync(folder, { recursive: true });
  });

  it('come as they are, and go as they came: in words, in both streams', async () => {
    const [said] = await ask(connection, sh`printf %s ${text}; printf %s ${text} >&2`);
    expect([said?.stdout, said?.stderr]).toEqual([text, text]);
    await ask(connection, sh`printf %s ${said!.stdout} >${`${folder}/word`}`);
    expect(readFileSync(`${folder}/word`)).toEqual(ALL);
  });

  it('stay in the content of files, NUL too', async () => {
    const all = Buffer.concat([ALL, Buffer.of(0), ALL]);
    const blob = blobOf(decode(all));
    const answer = await connection.ask(undefined, {
      how: 'chain',
      snippets: [sh`cat ${staged(blob)} >${`${folder}/blob`}; cat ${`${folder}/blob`}`],
      blobs: [blob],
    });
    expect(readFileSync(`${folder}/blob`)).toEqual(all);
    expect(encode(outputs(answer)[0]!.stdout)).toEqual(all);
  });

  it('stay in names', async () => {
    const name = decode(Buffer.from(ALL.filter(byte => byte !== 0x2f).subarray(0, 254)));
    const half = name.slice(127);
    const [listed] = await ask(
      connection,
      sh`mkdir ${`${folder}/names`} && cd ${`${folder}/names`} && true >./${half} && printf %s *`,
    );
    expect(listed).toEqual({ stdout: half, stderr: '', status: 0 });
    expect(readdirSync(Buffer.from(`${folder}/names`), { encoding: 'buffer' })).toEqual([encode(half)]);
    const [gone] = await ask(connection, sh`rm ${`${folder}/names/`}${half}`);
    expect([gone?.status, existsSync(`${folder}/names`)]).toEqual([0, true]);
    expect(readdirSync(`${folder}/names`)).toEqual([]);
  });

  it('make a character, however late its parts come', async () => {
    const [said] = await ask(
      connection,
      "printf '\\342'; sleep 0.2; printf '\\202'; sleep 0.2; printf '\\254\\303'; sleep 0.2; printf x",
    );
    expect(said?.stdout).toBe('€\udcc3x');
  });
});
