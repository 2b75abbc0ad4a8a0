import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './processes.js';
import { canServe, Rig } from './rig.js';

describe.skipIf(!canServe)('hosts that are not there', () => {
  let rig: Rig;
  beforeAll(() => {
    rig = new Rig();
  });
  afterAll(() => rig.end());

  /** A server that treats each connection in its way. */
  const server = async (treat: (socket: Socket) => void): Promise<number> => {
    const sockets = new Set<Socket>();
    const listener = createServer(socket => {
      sockets.add(socket);
      socket.on('error', () => {});
      treat(socket);
    });
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
    rig.onEnd(() => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    });
    return (listener.address() as { port: number }).port;
  };

  it('a refused connection, at once', async () => {
    const started = Date.now();
    const port = await freePort();
    expect(await rig.refusal({ port })).toMatchObject({
      code: 'refused',
      why: expect.stringContaining(`127.0.0.1:${port}`),
    });
    expect(Date.now() - started).toBeLessThan(5000);
  });

  it('a name that does not resolve', async () => {
    expect(await rig.refusal({ address: 'no-such-host.invalid' })).toMatchObject({
      code: 'dns',
      why: expect.stringContaining('no-such-host.invalid'),
    });
  });

  it('no route', async () => {
    expect(await rig.refusal({ address: '255.255.255.255' })).toMatchObject({
      code: expect.stringMatching(/no-route|protocol/),
    });
  });

  it('a listener that says nothing', async () => {
    const port = await server(() => {});
    const failure = await rig.refusal({ port }, { connectTimeout: 0.5 });
    expect(failure).toMatchObject({ code: 'protocol', why: expect.stringContaining('0.5 s') });
  });

  it('a web server', async () => {
    const port = await server(socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const failure = await rig.refusal({ port });
    expect(failure).toMatchObject({ code: 'protocol', why: expect.stringContaining('HTTP/1.1 400') });
  });

  it('a listener that talks without end, in bounded memory', async () => {
    let sent = 0;
    const port = await server(socket => {
      const line = `${'x'.repeat(1000)}\n`;
      const talk = () => {
        while (!socket.destroyed && socket.write(line)) sent += line.length;
      };
      socket.on('drain', talk);
      talk();
    });
    expect(await rig.refusal({ port })).toMatchObject({ code: 'protocol' });
    expect(sent).toBeLessThan(20_000_000);
  });

  it('a listener that turns everybody away is tried again, then told in its words', async () => {
    let tries = 0;
    const port = await server(socket => {
      tries++;
      socket.end('Exceeded MaxStartups\r\n');
    });
    const failure = await rig.refusal({ port });
    expect(failure).toMatchObject({
      code: 'protocol',
      why: expect.stringContaining('Exceeded MaxStartups'),
      hint: expect.stringContaining('PerSourcePenalties'),
    });
    expect(tries).toBe(6);
  }, 60_000);

  it('a server whose algorithms are all too old, with what it offers', async () => {
    const old = await rig.sshd('Ciphers chacha20-poly1305@openssh.com');
    expect(await rig.refusal({ port: old.port })).toMatchObject({
      code: 'protocol',
      why: expect.stringMatching(/no .*cipher in common; it offers .*chacha20-poly1305/),
    });
  });
});
