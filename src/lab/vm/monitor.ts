import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { LabError } from '../failure.js';

/** An answer of QEMU's monitor (QMP): of a command, or an event that nobody asked for. */
interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** The monitor of a running machine, through its socket. One command at a time; QEMU serves one connection at a time. */
export class Monitor {
  private waiting: { readonly done: (answer: Answer) => void; readonly failed: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('error', error => this.end(error.message));
    socket.on('close', () => this.end('it closed the connection'));
    createInterface(socket).on('line', line => {
      const answer = JSON.parse(line) as Answer;
      if (answer.return === undefined && answer.error === undefined) return;
      this.waiting?.done(answer);
      this.waiting = undefined;
    });
  }

  /** Connects as soon as the socket is there, within ten seconds. Throws {@link LabError}. */
  static async open(path: string): Promise<Monitor> {
    for (let tries = 0; ; tries++) {
      try {
        const monitor = new Monitor(await connected(path));
        await monitor.ask('qmp_capabilities');
        return monitor;
      } catch (error) {
        if (tries === 100) throw new LabError('vm-monitor', `the machine's monitor does not answer: ${error}`);
        await wait(100);
      }
    }
  }

  /** Runs a command; answers what it returns. Throws {@link LabError} with QEMU's own words. */
  async ask(command: string, words: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const answer = await new Promise<Answer>((done, failed) => {
      this.waiting = { done, failed };
      this.socket.write(`${JSON.stringify({ execute: command, arguments: words })}\n`);
    });
    if (answer.error !== undefined) throw new LabError('vm-monitor', `${command}: ${answer.error.desc}`);
    return answer.return;
  }

  /** Runs a command of the monitor for people; answers the text it prints. */
  async type(line: string): Promise<string> {
    return String(await this.ask('human-monitor-command', { 'command-line': line }));
  }

  close(): void {
    this.socket.destroy();
  }

  private end(why: string): void {
    this.waiting?.failed(new LabError('vm-monitor', `the machine's monitor is gone: ${why}`));
    this.waiting = undefined;
  }
}

const connected = (path: string): Promise<Socket> =>
  new Promise((done, failed) => {
    const socket = connect(path);
    socket.once('connect', () => done(socket));
    socket.once('error', failed);
  });

/** Runs a piece of work with the monitor of that socket, and closes it. */
export async function withMonitor<T>(path: string, work: (monitor: Monitor) => Promise<T>): Promise<T> {
  const monitor = await Monitor.open(path);
  try {
    return await work(monitor);
  } finally {
    monitor.close();
  }
}
