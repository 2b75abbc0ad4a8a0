import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import ssh2 from 'ssh2';

/*
 * Stub hosts: many addresses of the loopback behind one process, each an ssh server with a real /bin/sh behind it. What
 * they are not: machines of their own. All see the file system of this one, so they are fit to be looked at, not to be
 * changed. Arguments: the file of the host key, the file of the one public key that may log in, the port, the first
 * address as a number, how many. Says `ready` when all listen; ends with its stdin. Every line on stdin is answered by
 * what the stubs and their shells have cost so far.
 */

const [hostKeyFile = '', publicKeyFile = '', port = '0', first = '0', count = '0'] = process.argv.slice(2);
const hostKey = readFileSync(hostKeyFile);
const allowed = ssh2.utils.parseKey(readFileSync(publicKeyFile));
if (allowed instanceof Error) throw allowed;
const [key] = Array.isArray(allowed) ? allowed : [allowed];

const dotted = (n: number): string => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');

function serve(client: ssh2.Connection): void {
  client.on('error', () => {});
  client.on('authentication', attempt => {
    const fits =
      attempt.method === 'publickey' &&
      key?.getPublicSSH().equals(attempt.key.data) &&
      (attempt.signature === undefined ||
        attempt.blob === undefined ||
        key.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true);
    if (fits) attempt.accept();
    else attempt.reject(['publickey']);
  });
  client.on('session', accept => accept().on('exec', take => run(take())));
}

/** The login's shell, whatever the command was: it is always the one of a lane. */
function run(channel: ssh2.ServerChannel): void {
  const shell = spawn('/bin/sh', [], { stdio: 'pipe' });
  for (const stream of [shell.stdin, channel]) stream.on('error', () => {});
  channel.pipe(shell.stdin);
  shell.stdout.pipe(channel, { end: false });
  shell.stderr.pipe(channel.stderr, { end: false });
  shell.on('close', (status, signal) => {
    if (status !== null) channel.exit(status);
    else channel.exit(String(signal).replace('SIG', ''));
    channel.end();
  });
  channel.on('close', () => shell.stdin.end());
}

await Promise.all(
  Array.from({ length: Number(count) }, (_, i) => {
    const server = new ssh2.Server({ hostKeys: [hostKey] }, serve);
    return new Promise<void>(resolve => server.listen(Number(port), dotted(Number(first) + i), resolve));
  }),
);
process.stdout.write('ready\n');

createInterface({ input: process.stdin })
  .on('line', () => {
    // The processor time of shells that have ended: fields 16 and 17 of stat, in hundredths of a second.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const { user, system } = process.cpuUsage();
    const shells = (Number(fields[13]) + Number(fields[14])) / 100;
    process.stdout.write(`${JSON.stringify({ servers: (user + system) / 1e6, shells })}\n`);
  })
  .on('close', () => process.exit(0));
