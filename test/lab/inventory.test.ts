import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_HOSTS, fillInventory, writeInventories } from '../../src/lab/inventory.js';
import { sshFiles } from '../../src/lab/keys.js';
import { hostAddress } from '../../src/lab/network.js';

const folder = mkdtempSync(join(tmpdir(), 'rm-inventory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const labOf = (names: readonly string[]) => ({
  id: 'x',
  subnet: { number: 7 },
  hosts: names.map((name, index) => ({ name, index, address: hostAddress({ number: 7 }, index), folder: '/nowhere' })),
  ssh: sshFiles('/run/x'),
  inventory: { yaml: join(folder, 'i.yml'), ini: join(folder, 'i.ini') },
});
const four = labOf(DEFAULT_HOSTS);

describe('a template', () => {
  it('has its placeholders filled in and other angle brackets left alone', () => {
    const text =
      'm: <address:manager>\nn: <address:node3> # <what>\nk: <private_key> <known_hosts> <ssh_config>\nt: <tap> <controller> <lab>\n';
    expect(fillInventory(text, four)).toBe(
      'm: 10.199.7.10\nn: 10.199.7.13 # <what>\nk: /run/x/id_ed25519 /run/x/known_hosts /run/x/ssh_config\nt: eth4 10.199.7.1 x\n',
    );
  });
  it('that names a host the lab has not is an error', () => {
    expect(() => fillInventory('<address:node9>', four)).toThrow('names node9, which this lab has not');
  });
  it('is for the default hosts only', () => {
    const template = join(folder, 'template.yml');
    writeFileSync(template, 'all: <address:manager>\n');
    writeInventories(four, template);
    expect(readFileSync(four.inventory.yaml, 'utf8')).toBe('all: 10.199.7.10\n');
    writeInventories(labOf(['solo']), template);
    expect(parse(readFileSync(four.inventory.yaml, 'utf8')).all.hosts).toEqual({
      solo: { ansible_host: '10.199.7.10' },
    });
  });
});

describe('the plain inventory', () => {
  it('is YAML with groups, addresses and strict host keys', () => {
    writeInventories(four, undefined);
    const { all } = parse(readFileSync(four.inventory.yaml, 'utf8'));
    expect(all.hosts.node2).toEqual({ ansible_host: '10.199.7.12' });
    expect(Object.keys(all.children.workers.hosts)).toEqual(['node1', 'node2', 'node3']);
    expect(Object.keys(all.children.proxies.hosts)).toEqual(['node1']);
    expect(all.vars.ansible_ssh_common_args).toContain(
      '-o UserKnownHostsFile=/run/x/known_hosts -o StrictHostKeyChecking=yes',
    );
  });
  it('is INI too', () => {
    writeInventories(four, undefined);
    const text = readFileSync(four.inventory.ini, 'utf8');
    expect(text).toContain('manager ansible_host=10.199.7.10\n');
    expect(text).toContain('\n[workers]\nnode1\nnode2\nnode3\n');
    expect(text).toContain('\nansible_ssh_private_key_file="/run/x/id_ed25519"\n');
  });
});
