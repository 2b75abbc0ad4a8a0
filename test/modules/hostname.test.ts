import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import hostname from '../../src/modules/hostname.js';
import { argsOf, SHELLS, task, whats } from './doing.js';
import { canOverlay, type Overlay, overlay } from './overlay.js';

describe.skipIf(!canOverlay())('a host name', () => {
  let on: Overlay;
  beforeAll(async () => {
    // Only this kind of root has a host name of its own.
    on = await overlay('systemd');
  });
  afterAll(() => on.close());
  it.each(SHELLS)('is set for now and for the next boot, under %s %s', (...shell) => {
    const name = `sensor-${shell[0]}.example.org`;
    const seen = task(hostname, { name }, { ...on, shell });
    expect(whats(seen.plan)).toEqual(['/etc/hostname', 'host name']);
    expect(seen.outputs.map(({ stderr, status }) => ({ stderr, status }))).toEqual([
      { stderr: '', status: 0 },
      { stderr: '', status: 0 },
    ]);
    expect(seen.again).toEqual([]);
    expect(on.set('uname -n; cat /etc/hostname')).toBe(`${name}\n${name}\n`);
    expect(seen.result).toMatchObject({
      name,
      ansible_facts: { ansible_hostname: `sensor-${shell[0]}`, ansible_domain: 'example.org', ansible_fqdn: name },
    });
  });
  it('is set again where only the running one differs', () => {
    on.set('printf %s elsewhere >/proc/sys/kernel/hostname');
    const seen = task(hostname, { name: 'sensor-bash.example.org' }, on);
    expect(whats(seen.plan)).toEqual(['host name']);
    expect(seen.again).toEqual([]);
  });
});

it.each(['-a', 'a b', 'a_b', '', 'a..b', "a'; touch /PWNED", 'x'.repeat(65)])('%j is no host name', name =>
  expect(() => argsOf(hostname, { name })).toThrow(/no host name/),
);
