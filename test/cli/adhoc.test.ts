import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './rig.js';

const desk = new Desk();
beforeAll(() => {
  desk.write({
    hosts: 'localhost ansible_connection=local\n',
    'down.ini': 'gone ansible_host=127.0.0.1 ansible_port=1 ansible_password=nothing\n',
  });
});
afterAll(() => desk.remove());

describe('exec', () => {
  it('runs a command and says what it said', async () => {
    const { code, out } = await desk.ringmaster('exec', 'localhost', 'command', 'echo hi', '-i', 'hosts');
    expect(code).toBe(0);
    expect(out).toMatch(/~ command: echo hi +localhost.*\n {6}localhost │ hi\n/);
  });

  it.each([
    ['words without quotes', ['command', 'echo', 'a', 'b'], '│ a b'],
    ['k=v', ['stat', 'path=/'], '"isdir":true'],
    ['JSON', ['stat', '{"path": "/"}'], '"isdir":true'],
    ['nothing', ['ping'], '✓ ping'],
    ["a shell's words", ['shell', 'echo $((1+1)) | cat'], '│ 2'],
  ] as const)('takes %s, and needs no inventory', async (_name, args, said) => {
    const { code, out, err } = await desk.ringmaster('exec', 'localhost', ...args);
    expect(out, err).toContain(said);
    expect(code).toBe(0);
  });

  it('shows a dry run, and ends as the task does', async () => {
    const file = `${desk.folder}/x`;
    const { code, out } = await desk.ringmaster('exec', 'localhost', 'copy', `dest=${file} content=x`, '-CD');
    expect(code).toBe(0);
    expect(out).toContain('Nothing was changed');
    expect((await desk.ringmaster('exec', 'localhost', 'command', 'test -e x')).code).toBe(2);
  });
});

describe('ping', () => {
  it('says what was found', async () => {
    const { code, out } = await desk.ringmaster('ping', '-i', 'hosts');
    expect(code).toBe(0);
    expect(out).toMatch(/✓ ping +localhost[\s\S]*\w+ [\w.]+, \S+, as \w+\n/);
  });

  it('says which host cannot be reached, and why', async () => {
    const { code, out } = await desk.ringmaster('ping', '-i', 'down.ini');
    expect(code).toBe(4);
    expect(out).toMatch(/✗ ping +gone[\s\S]*unreachable\[refused\]/);
    expect(out).toMatch(/gone +: ok=0 +changed=0 +unreachable=1 /);
  });
});

describe('facts', () => {
  const facts = async (...args: readonly string[]) =>
    JSON.parse((await desk.ringmaster('facts', '-i', 'hosts', ...args)).out) as Record<string, Record<string, unknown>>;

  it('are one JSON object, by host', async () => {
    const all = await facts();
    expect(Object.keys(all)).toEqual(['localhost']);
    expect(all.localhost).toMatchObject({
      system: 'Linux',
      kernel: expect.any(String),
      hostname: expect.any(String),
    });
  });

  it('are filtered by a glob of names, with or without the prefix', async () => {
    for (const filter of ['distribution*', 'ansible_distribution*']) {
      const names = Object.keys((await facts('--filter', filter)).localhost!);
      expect(names).toContain('distribution_version');
      expect(names.filter(name => !name.startsWith('distribution'))).toEqual([]);
    }
    expect(await facts('--filter', 'kernel')).toEqual({ localhost: { kernel: expect.any(String) } });
    expect(await facts('--filter', 'k.*')).toEqual({ localhost: {} });
  });

  it('say of a host that cannot be reached that it could not', async () => {
    const { code, out } = await desk.ringmaster('facts', '-i', 'down.ini');
    expect(code).toBe(4);
    expect(JSON.parse(out)).toEqual({ gone: { failed: expect.stringMatching(/refuses connections/) } });
  });
});
