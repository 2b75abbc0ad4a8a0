import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inventoryText } from '../../../src/lab/vm/inventory.js';
import { withMonitor } from '../../../src/lab/vm/monitor.js';
import { backportsOf } from '../../../src/lab/vm/requirements.js';
import { machineArgs, SHAPES } from '../../../src/lab/vm/shape.js';

describe('the machine', () => {
  it.each(SHAPES)('managed by %s has a root port for each interface, and reaches nothing but us', shape => {
    const args = machineArgs(shape);
    const devices = args.filter((_, i) => args[i - 1] === '-device');
    const interfaces = devices.filter(one => one.includes('netdev='));
    expect(interfaces.map(one => one.split(',')[0])).toEqual([
      shape === 'igb' ? 'igb' : 'virtio-net-pci',
      'igb',
      'e1000e',
    ]);
    expect(new Set(interfaces.map(one => /bus=(\w+)/.exec(one)?.[1])).size).toBe(3);
    const outside = args.filter(one => one.startsWith('user,'));
    expect(outside).toHaveLength(1);
    expect(outside[0]).toContain('restrict=on');
    expect(outside[0]).toMatch(/hostfwd=tcp:127\.0\.0\.1:/);
  });

  it('is in an inventory the roles can be pointed at', () => {
    const ssh = { privateKey: '/k/id', knownHosts: '/m/known_hosts', config: '/m/ssh_config' };
    const text = inventoryText({ ssh, port: 40022, ref: '8.8.0', repository: '/srv/pf_ring.git' });
    expect(parse(text)).toMatchObject({
      all: {
        hosts: { vm: { ansible_host: '127.0.0.1', ansible_port: 40022, nic_interface: 'eth4', pfring_ref: '8.8.0' } },
        children: {
          manager: { hosts: { vm: null } },
          proxies: { hosts: { vm: null } },
          workers: { hosts: { vm: null } },
        },
      },
    });
  });
});

describe('backports', () => {
  it('come from the mirror of the release, and only from that', () => {
    const sources = `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
`;
    expect(backportsOf(sources)).toBe(`Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`);
  });
});

describe('the monitor', () => {
  let server: Server | undefined;
  let folder: string | undefined;
  afterEach(() => {
    server?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  /** A QMP server that answers each command by that of its name, and tells of an event first. */
  function serve(answers: Readonly<Record<string, object>>): string {
    folder = mkdtempSync(join(tmpdir(), 'monitor-'));
    server = createServer(socket => {
      socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
      socket.on('data', data => {
        const { execute } = JSON.parse(String(data)) as { execute: string };
        socket.write('{"event": "STOP", "data": {}}\r\n');
        socket.write(`${JSON.stringify(answers[execute] ?? { return: {} })}\r\n`);
      });
    }).listen(join(folder, 'monitor'));
    return join(folder, 'monitor');
  }

  it('answers commands, past events', async () => {
    const path = serve({ 'query-status': { return: { status: 'running' } } });
    expect(await withMonitor(path, monitor => monitor.ask('query-status'))).toEqual({ status: 'running' });
  });

  it('says what QEMU says is wrong', async () => {
    const path = serve({ set_link: { error: { class: 'DeviceNotFound', desc: "Device 'x' not found" } } });
    await expect(withMonitor(path, monitor => monitor.ask('set_link'))).rejects.toThrow(
      "set_link: Device 'x' not found",
    );
  });
});
