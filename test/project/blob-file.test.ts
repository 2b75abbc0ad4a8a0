import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Blob, blobOf } from '../../src/core/blob.js';
import { FileBlobs } from '../../src/project/blob-file.js';

const folder = mkdtempSync(join(tmpdir(), 'blobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
async function bytesOf(blob: Blob): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.open()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
const MEBI = 1024 * 1024;

describe('files as blobs', () => {
  it('keeps small ones in memory and streams large ones', async () => {
    const blobs = new FileBlobs();
    const large = Buffer.alloc(3 * MEBI + 7, 'abc');
    const [small, streamed] = [await blobs.blob(file('small', 'text')), await blobs.blob(file('large', large))];
    expect(small.bytes).toEqual(Buffer.from('text'));
    expect(streamed).toMatchObject({ digest: blobOf(large).digest, size: large.length });
    expect(streamed.bytes).toBeUndefined();
    expect((await bytesOf(streamed)).equals(large)).toBe(true);
    expect((await bytesOf(streamed)).equals(large)).toBe(true);
  });

  it('hashes again only what changed', async () => {
    const blobs = new FileBlobs();
    const path = file('changing', 'one');
    const first = await blobs.blob(path);
    expect(await blobs.blob(path)).toBe(first);
    writeFileSync(path, 'two');
    utimesSync(path, 1, 1);
    expect((await blobs.blob(path)).digest).toBe(blobOf('two').digest);
  });

  it('hashes a large one once for all who ask at the same time', async () => {
    const blobs = new FileBlobs();
    const path = file('asked-twice', Buffer.alloc(MEBI, 3));
    const [one, other] = await Promise.all([blobs.blob(path), blobs.blob(path)]);
    expect(other).toBe(one);
  });

  it('reads again what could not be read', async () => {
    const blobs = new FileBlobs();
    const path = file('growing', Buffer.alloc(MEBI, 4));
    utimesSync(path, 1, 1);
    const asked = blobs.blob(path);
    appendFileSync(path, 'more');
    await expect(asked).rejects.toThrow('was changed while it was read');
    truncateSync(path, MEBI);
    utimesSync(path, 1, 1);
    expect((await blobs.blob(path)).digest).toBe(blobOf(Buffer.alloc(MEBI, 4)).digest);
  });

  it('does not hand over a file that is not the one it hashed', async () => {
    const path = file('replaced', Buffer.alloc(MEBI, 1));
    const blob = await new FileBlobs().blob(path);
    writeFileSync(path, Buffer.alloc(MEBI, 2));
    utimesSync(path, 1, 1);
    await expect(bytesOf(blob)).rejects.toThrow('was changed while it was read');
  });

  it('keeps no more of many small ones than a bound', async () => {
    const blobs = new FileBlobs();
    const content = Buffer.alloc(256 * 1024);
    const all: Blob[] = [];
    for (let i = 0; i < 300; i++) {
      content.writeUInt32LE(i);
      all.push(await blobs.blob(file(`many${i}`, content)));
    }
    const kept = all.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
    expect(kept).toBe(64 * MEBI);
    expect((await bytesOf(all[299]!)).equals(content)).toBe(true);
  });
});
