import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import apt_repository from '../../src/modules/apt_repository.js';
import debconf from '../../src/modules/debconf.js';
import package_facts from '../../src/modules/package_facts.js';
import service_facts from '../../src/modules/service_facts.js';
import timezone from '../../src/modules/timezone.js';
import { argsOf, SHELLS, task, whats } from './doing.js';
import { canOverlay, type Overlay, overlay } from './overlay.js';

describe.skipIf(!canOverlay())('a Debian of its own', () => {
  let on: Overlay;
  beforeAll(async () => {
    on = await overlay();
    on.set(
      'rm -f /etc/apt/sources.list.d/*; printf "# mine\\n# deb http://off.example.org/x  stable main\\ndeb   http://on.example.org/x stable main # why\\n" >/etc/apt/sources.list',
    );
  });
  afterAll(() => on.close());
  const repository = (given: object) => task(apt_repository, { update_cache: false, ...given }, on);

  it('knows a source however it is written', () => {
    expect(repository({ repo: 'deb http://on.example.org/x stable  main' }).plan).toEqual([]);
  });
  it('adds a source in a file named after it, and takes it away with the file', () => {
    const repo = 'deb [arch=amd64 signed-by=/x.gpg] https://me:pw@new.example.org/debian/ stable main';
    const seen = repository({ repo });
    expect(whats(seen.plan)).toEqual(['/etc/apt/sources.list.d/new_example_org_debian.list']);
    expect(seen.again).toEqual([]);
    expect(on.set('cat /etc/apt/sources.list.d/*')).toBe(`${repo}\n`);
    expect(repository({ repo, state: 'absent' }).again).toEqual([]);
    expect(on.set('ls /etc/apt/sources.list.d')).toBe('');
  });
  it('turns on what was commented out, where it stands', () => {
    expect(repository({ repo: 'deb http://off.example.org/x stable main' }).again).toEqual([]);
    expect(on.set('cat /etc/apt/sources.list')).toBe(
      '# mine\ndeb http://off.example.org/x stable main\ndeb   http://on.example.org/x stable main # why\n',
    );
  });
  it('fetches the lists after a change only', () => {
    on.set('rm /etc/apt/sources.list; rm -rf /var/lib/apt/lists/*; mkdir -p /srv/r; : >/srv/r/Packages');
    const seen = task(apt_repository, { repo: 'deb [trusted=yes] file:/srv/r ./', filename: 'mine' }, on);
    expect(whats(seen.plan)).toEqual(['/etc/apt/sources.list.d/mine.list', 'package lists']);
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
  });
  it.each([['ppa:x/y'], ['deb x\ndeb y'], ['x']])('refuses %j', repo =>
    expect(() => argsOf(apt_repository, { repo })).toThrow(/one line/),
  );

  it.each(SHELLS)('answers debconf, under %s %s', (...shell) => {
    const answer = (given: object) => task(debconf, { name: 'tzdata', ...given }, { ...on, shell });
    const value = `Et${shell[0]}`;
    const seen = answer({ question: 'tzdata/Areas', vtype: 'select', value });
    expect(whats(seen.plan)).toEqual(['tzdata: tzdata/Areas']);
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
    expect(answer({ question: 'rm/flag', vtype: 'boolean', value: true }).again).toEqual([]);
    expect(answer({ question: 'rm/text', vtype: 'string', value: "it's; $(touch /PWNED) \\x" }).again).toEqual([]);
    const secret = answer({ question: `rm/pw${shell[0]}`, vtype: 'password', value: 's3cr3t value' });
    expect(secret.again).toEqual([]);
    expect(JSON.stringify(secret.plan)).not.toMatch(/shown.{0,40}s3cr3t/);
    expect(answer({}).result.current['tzdata/Areas']).toBe(value);
    expect(on.set('ls / | grep -c PWNED || :').trim()).toBe('0');
  });

  it.each(SHELLS)('sets the time zone, under %s %s', (...shell) => {
    on.set(
      'ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime; echo Etc/UTC >/etc/timezone; mkdir -p /usr/share/zoneinfo/Europe; [ -e /usr/share/zoneinfo/Europe/Berlin ] || : >/usr/share/zoneinfo/Europe/Berlin',
    );
    const seen = task(timezone, { name: 'Europe/Berlin' }, { ...on, shell });
    expect(seen.plan).toMatchObject([{ before: 'Etc/UTC', after: 'Europe/Berlin' }]);
    expect(seen.again).toEqual([]);
    expect(on.set('readlink /etc/localtime; cat /etc/timezone')).toBe(
      '/usr/share/zoneinfo/Europe/Berlin\nEurope/Berlin\n',
    );
    const { plan } = task(timezone, { name: 'Europe/Nowhere' }, { ...on, shell });
    expect(isBlocked(plan) && plan.blocked).toMatch(/tzdata/);
    expect(() => argsOf(timezone, { name: '../../etc/passwd' })).toThrow(/time zone/);
  });

  it.each(SHELLS)('lists packages, under %s %s', (...shell) => {
    const { packages } = task(package_facts, {}, { ...on, shell }).result.ansible_facts;
    expect(packages.dash).toEqual([
      { name: 'dash', version: expect.stringMatching(/^0\.5/), arch: expect.any(String), source: 'apt' },
    ]);
  });
  it('lists services of a root that is not booted', () => {
    const { services } = task(service_facts, {}, on).result.ansible_facts;
    expect(services['dbus.service']).toMatchObject({ status: 'static', state: 'inactive', source: 'systemd' });
  });
});

it('reads services of a running systemd', () => {
  const stdout = `file ssh.service enabled enabled
file x.service masked enabled
unit ssh.service loaded active running OpenBSD Secure Shell server
unit bad.service loaded failed failed Broken
unit gone.service not-found inactive dead gone.service`;
  const args = argsOf(service_facts, {});
  const { services } = service_facts.result!(
    args,
    service_facts.probe(args, { found: [] }).parse({ stdout, stderr: '', status: 0 }),
    { kind: 'nothing' },
    { found: [] },
  ).ansible_facts as any;
  expect(Object.fromEntries(Object.values<any>(services).map(one => [one.name, `${one.state} ${one.status}`]))).toEqual(
    {
      'ssh.service': 'running enabled',
      'x.service': 'inactive masked',
      'bad.service': 'failed unknown',
      'gone.service': 'stopped not-found',
    },
  );
});
