import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Vars } from '../../../src/core/value.js';
import { rendered } from '../render.js';

/** What the role's defaults and bro-names say, as far as the templates ask. */
const DEFAULTS: Vars = {
  rsyslog_target: '127.0.0.1',
  rsyslog_facility: 'local7',
  rsyslog_severity: 'info',
  rsyslog_queue_disk: '1g',
  rsyslog_batch: 128,
  rsyslog_extra: '',
  rsyslog_logs: ['ssl'],
  rsyslog_imfile: { stdout_lines: [] },
};

export type Protocol = 'udp' | 'tcp' | 'relp';
export type Form = 'modern' | 'legacy';

/** How the two ends of a scene are set up, where it matters. */
export interface Ends {
  readonly protocol: Protocol;
  readonly form?: Form;
  readonly batch?: number;
  /** The longest line, as each end says it; undefined leaves rsyslog's own. */
  readonly longest?: { readonly sender?: string; readonly receiver?: string };
}

/** Waits until something is so; throws, saying what was waited for, when that takes too long on any machine. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 120): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`in vain for ${seconds} s: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** One running rsyslogd. */
class Daemon {
  private child: ChildProcess | undefined;
  said = '';

  constructor(private readonly config: string) {}

  start(): void {
    const child = spawn('rsyslogd', ['-n', '-f', this.config, '-i', 'NONE'], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.said += chunk));
    this.child = child;
  }

  /** As systemd ends it: by SIGTERM, and then it is waited for. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}

/** A free port of this machine, for TCP as for UDP. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A sender with the role's own configuration and a receiver, each with a folder of its own, and the logs between them. */
export class Pair {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'rsyslog-'));
  readonly logs = path.join(this.folder, 'logs');
  readonly log = path.join(this.logs, 'current', 'ssl.log');
  readonly sender = new Daemon(path.join(this.folder, 'sender.conf'));
  readonly receiver = new Daemon(path.join(this.folder, 'receiver.conf'));

  private constructor(
    readonly port: number,
    private readonly protocol: Protocol,
  ) {}

  static async of(ends: Ends): Promise<Pair> {
    const pair = new Pair(await freePort(), ends.protocol);
    for (const name of ['logs', 'sender', 'receiver']) mkdirSync(path.join(pair.folder, name), { recursive: true });
    writeFileSync(path.join(pair.folder, 'sender.conf'), pair.senderConfig(ends));
    writeFileSync(path.join(pair.folder, 'receiver.conf'), pair.receiverConfig(ends));
    return pair;
  }

  private globals(end: 'sender' | 'receiver', longest: string | undefined): string {
    const size = longest === undefined ? '' : `maxMessageSize="${longest}" `;
    return `global(${size}workDirectory="${path.join(this.folder, end)}")\n`;
  }

  /** The file of the role, in a rsyslog.conf that counts what its parts do, every second. */
  private senderConfig({ form = 'modern', batch, longest }: Ends): string {
    const ours = rendered('rsyslog', `${form}.conf.j2`, {
      ...DEFAULTS,
      rsyslog_protocol: this.protocol,
      rsyslog_port: this.port,
      rsyslog_log_dir: path.join(this.logs, 'current'),
      ...(batch === undefined ? {} : { rsyslog_batch: batch }),
    });
    const counts = `module(load="impstats" interval="1" format="json" resetCounters="off" log.syslog="off" log.file="${this.folder}/counts")\n`;
    return `${this.globals('sender', longest?.sender)}${counts}${ours}`;
  }

  private receiverConfig({ longest }: Ends): string {
    const input = `im${this.protocol === 'relp' ? 'relp' : this.protocol}`;
    return `${this.globals('receiver', longest?.receiver)}module(load="${input}")
input(type="${input}" port="${this.port}"${this.protocol === 'relp' ? '' : ' address="127.0.0.1"'})
template(name="plain" type="string" string="%syslogtag%%msg%\\n")
action(type="omfile" file="${this.folder}/received" template="plain")
`;
  }

  /** A sender started before the receiver has its sockets would lose lines by UDP. */
  async startReceiver(): Promise<void> {
    this.receiver.start();
    const hex = `:${this.port.toString(16).toUpperCase().padStart(4, '0')} `;
    await until(`the receiver's socket; it said: ${this.receiver.said}`, async () =>
      this.protocol === 'udp' ? readFileSync('/proc/net/udp', 'utf8').includes(hex) : await answers(this.port),
    );
  }

  /** Lines that came, as often as they came, without their tag. */
  received(): readonly string[] {
    const file = path.join(this.folder, 'received');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line.startsWith('bro_ssl:'))
      .map(line => line.slice('bro_ssl:'.length).trimStart());
  }

  async arrived(line: string): Promise<void> {
    await until(`the line ${line} of ${this.folder}`, () => this.received().includes(line));
  }

  /** A counter of a part of the sender, as it last told; undefined before that. */
  count(part: string, counter: string): number | undefined {
    const file = path.join(this.folder, 'counts');
    if (!existsSync(file)) return undefined;
    const last = readFileSync(file, 'utf8')
      .split('\n')
      .findLast(line => line.includes(`"name": "${part}"`) && line.endsWith('}'));
    if (last === undefined) return undefined;
    const told: unknown = JSON.parse(last.slice(last.indexOf('{')));
    return Number((told as Record<string, unknown>)[counter]);
  }

  async down(): Promise<void> {
    await Promise.all([this.sender.stop(), this.receiver.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `word 0` … `word n-1`. */
export const numbered = (word: string, n: number): readonly string[] =>
  Array.from({ length: n }, (_, i) => `${word} ${i}`);

/** A text of these lines for a log. */
export const lines = (all: readonly string[]): string => all.map(line => `${line}\n`).join('');
