import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { Failure } from '../core/outcome.js';
import type { Login } from './auth.js';
import { type Endpoint, type Reached, type Refused, refused, type Times } from './dial.js';
import { saying, unreachable } from './failures.js';
import type { HostKeyCheck } from './host-key.js';

/**
 * AES only. chacha20-poly1305 is open to the Terrapin attack (CVE-2023-48795) unless both sides have strict key exchange,
 * and which ciphers to offer must be said before the server tells whether it has.
 */
const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'] as const;

/** Much more than a key exchange takes: a server that says more is none. */
const MOST_BEFORE_KEYS = 256 * 1024;

/** What an ssh connection is made with. */
export interface Introduction {
  readonly check: HostKeyCheck;
  /** One try: a login cannot be used twice. */
  readonly login: Login;
  readonly times: Times;
}

/** Key exchange, host key, login. Every ssh connection there is goes through here, and so through the host key check. */
export const handshake = (socket: Duplex, endpoint: Endpoint, introduction: Introduction): Promise<Reached<Client>> =>
  new Promise(resolve => {
    new Handshake(socket, endpoint, introduction, resolve).start();
  });

/** One handshake under way; it tells its end once. */
class Handshake {
  readonly #client = new ssh2.Client();
  readonly #socket: Duplex;
  readonly #name: string;
  readonly #with: Introduction;
  readonly #tell: (reached: Reached<Client>) => void;
  #stage: 'keys' | 'login' | 'over' = 'keys';
  #timer: NodeJS.Timeout | undefined;
  /** The first bytes: what is said in place of a key exchange, such as `Exceeded MaxStartups`. */
  #first = '';
  #received = 0;
  /** What the server offers is told nowhere but in debug lines; wanted where nothing fits. */
  readonly #offered: string[] = [];

  constructor(
    socket: Duplex,
    { name }: Endpoint,
    introduction: Introduction,
    tell: (reached: Reached<Client>) => void,
  ) {
    this.#socket = socket;
    this.#name = name;
    this.#with = introduction;
    this.#tell = tell;
  }

  start(): void {
    const { login, times } = this.#with;
    this.#socket.on('data', this.#listen);
    this.#limit(times.connect, 'the key exchange');
    this.#client.on('handshake', () => {
      if (this.#stage !== 'keys') return;
      this.#stage = 'login';
      this.#limit(times.login, 'the login');
    });
    this.#client.on('ready', () => this.#finish({ ok: true, value: this.#client }));
    this.#client.on('error', error => this.#failed(error));
    this.#client.on('close', () => {
      if (this.#stage === 'login') this.#finish(refused(login.failure(this.#name, 'the server closed the connection')));
      else this.#finish(refused(this.#noProtocol('the connection was closed'), isSilent(this.#first)));
    });
    this.#client.connect(this.#config());
  }

  #config(): ConnectConfig {
    const { check, login, times } = this.#with;
    return {
      sock: this.#socket as Socket,
      username: login.user,
      authHandler: login.next,
      algorithms: { serverHostKey: [...check.algorithms] as never, cipher: [...CIPHERS] },
      hostVerifier: (key: Buffer, verified: (fits: boolean) => void) => {
        const failure = check.refusal(key);
        if (failure !== undefined) this.#finish(refused(failure));
        verified(failure === undefined);
      },
      // The limits are ours; liveness is judged by the connection, these are the questions it needs answered.
      readyTimeout: 0,
      keepaliveInterval: times.keepalive.seconds * 1000,
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
      debug: line => {
        if (this.#stage === 'keys' && line.startsWith(REMOTE)) this.#offered.push(line.slice(REMOTE.length));
      },
    };
  }

  #finish(reached: Reached<Client>): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    clearTimeout(this.#timer);
    this.#socket.off('data', this.#listen);
    if (!reached.ok) {
      this.#client.destroy();
      this.#socket.destroy();
    }
    this.#tell(reached);
  }

  readonly #listen = (chunk: Buffer): void => {
    this.#received += chunk.length;
    if (this.#first.length < 256) this.#first += chunk.toString('latin1').slice(0, 256);
    if (this.#stage !== 'keys' || this.#received <= MOST_BEFORE_KEYS) return;
    this.#finish(refused(this.#noProtocol('it talks too much')));
  };

  #limit(seconds: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const why = `${this.#name} accepted the connection, but ${what} took over ${seconds} s`;
      this.#finish(refused(unreachable('protocol', why)));
    }, seconds * 1000);
  }

  #failed(error: ClientError): void {
    // One key that cannot sign is no reason to end: ssh2 goes on to the next.
    if (error.level === 'agent' || /^Error (while )?signing/.test(error.message)) return;
    if (this.#stage === 'login') this.#finish(notLoggedIn(this.#name, this.#with.login, error));
    else this.#finish(refused(this.#noProtocol(error.message), dropped(error, this.#first)));
  }

  #noProtocol(message: string): Failure {
    return noProtocol(this.#name, this.#first, message, this.#offered.at(-1));
  }
}

/** How ssh2's debug lines begin that tell what the server offers. */
const REMOTE = 'Handshake: (remote) ';

type ClientError = Error & { readonly level?: string; readonly code?: string | number };

/** The server hung up before it knew who we are: MaxStartups, most often. */
const dropped = ({ level, code, message }: ClientError, first: string): boolean =>
  isSilent(first) &&
  (code === 'ECONNRESET' || code === 'EPIPE' || (level === 'protocol' && /lost before handshake/.test(message)));

/** Whether the server gave no other reason than being busy. One that shuts our address out will not soon have us again. */
const isSilent = (first: string): boolean => first === '' || first.startsWith('SSH-') || /MaxStartups/i.test(first);

function notLoggedIn(name: string, login: Login, error: ClientError): Refused {
  if (error.level === 'client-authentication') return refused(login.failure(name, undefined));
  // Without a single answer to a login this is the server's trouble, not the credentials'.
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return refused(unreachable('protocol', `${name} dropped the connection during the login (${error.code})`));
  }
  return refused(login.failure(name, saying(error.message)));
}

function noProtocol(name: string, first: string, message: string, theirs: string | undefined): Failure {
  const said = first.startsWith('SSH-') ? '' : saying(first);
  if (/MaxStartups|Not allowed at this time/i.test(first)) {
    return unreachable(
      'protocol',
      `${name} turned the connection away: ${said}`,
      'too many logins at once (MaxStartups), or this address failed too often and is shut out for a while (PerSourcePenalties)',
    );
  }
  const subject = /no matching (.*)/.exec(message)?.[1];
  if (subject !== undefined) {
    return unreachable(
      'protocol',
      `${name} and we have no ${subject} in common${theirs ? `; it offers ${theirs}` : ''}`,
      'old algorithms are not offered: update sshd on the host',
    );
  }
  return unreachable(
    'protocol',
    `${name} does not get through the ssh key exchange: ${saying(message)}${said && `; it said: ${said}`}`,
    said === '' ? undefined : 'is that the port of an ssh server?',
  );
}
