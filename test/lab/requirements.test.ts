import { describe, expect, it } from 'vitest';
import { missing, requirements } from '../../src/lab/requirements.js';

describe('requirements', () => {
  it('names what is missing and each package once', () => {
    const all = [
      { what: 'root', met: false },
      { what: 'ip', package: 'iproute2', met: false },
      { what: 'bridge', package: 'iproute2', met: false },
      { what: 'git', package: 'git', met: true },
    ];
    expect(missing(all)).toEqual({ what: ['root', 'ip', 'bridge'], packages: ['iproute2'] });
  });
  it('sees programs wherever PATH or sbin has them, and misses them elsewhere', async () => {
    const git = (all: Awaited<ReturnType<typeof requirements>>) => all.find(({ what }) => what === 'git')?.met;
    const ip = (all: Awaited<ReturnType<typeof requirements>>) => all.find(({ what }) => what === 'unshare')?.met;
    const path = process.env.PATH;
    try {
      expect(ip(await requirements())).toBe(true);
      process.env.PATH = '/nowhere';
      expect(git(await requirements())).toBe(false);
    } finally {
      process.env.PATH = path;
    }
  });
});
