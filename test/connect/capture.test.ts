import { describe, expect, it } from 'vitest';
import { Capture } from '../../src/connect/capture.js';

const captured = (...chunks: readonly (string | Buffer)[]) => {
  const capture = new Capture();
  for (const chunk of chunks) capture.add(Buffer.from(chunk as string));
  return capture;
};

describe('Capture', () => {
  it.each([
    ['nothing', [], ''],
    ['UTF-8 cut in two', [Buffer.from([0xc3]), Buffer.from([0xa4])], 'ä'],
    ['bytes that are no text, beside UTF-8', [Buffer.from([0xe4, 0xff, 0xc3]), Buffer.from([0xa4])], '\udce4\udcffä'],
    ['a byte order mark', ['\ufeffa'], '\ufeffa'],
    ['NUL', ['a\0b'], 'a\0b'],
  ] as const)('gives %s', (_name, chunks, text) => {
    expect(captured(...chunks).text()).toBe(text);
  });

  it('keeps the two ends of what is too long, in whole characters, and counts all', () => {
    const chunk = Buffer.from('äöü€'.repeat(10_000));
    const capture = new Capture();
    for (let i = 0; i < 1000; i++) capture.add(chunk);
    expect(capture.size).toBe(chunk.length * 1000);
    const [head, notice, tail] = capture.text().split('\n');
    expect(head).toMatch(/^[äöü€]+$/);
    expect(tail).toMatch(/^[äöü€]+$/);
    const kept = Buffer.byteLength(head!) + Buffer.byteLength(tail!);
    expect(kept).toBeGreaterThan(2 * 64 * 1024 - 8);
    expect(Number(/\d+/.exec(notice!)?.[0])).toBe(capture.gone);
    expect(capture.gone).toBeGreaterThanOrEqual(chunk.length * 1000 - 2 * 64 * 1024);
  });
});
