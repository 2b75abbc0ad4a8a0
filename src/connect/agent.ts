import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

/** An agent that does not answer within this many seconds counts as absent: ssh2 would wait for ever. */
const PATIENCE = 5;
/** Signing may wait for a person to confirm (`ssh-add -c`, a token to touch). */
const CONFIRMATION = 60;

/** The keys an agent holds. Rejects with a reason fit for a sentence. */
export function agentKeys(socket: string): Promise<readonly ParsedKey[]> {
  return timely(PATIENCE, done =>
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => done(error, keys as ParsedKey[] | undefined)),
  );
}

/** An agent narrowed to one key, so that we, not ssh2, say in which order keys are offered. */
export class AgentKey extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #key: ParsedKey;

  constructor(socket: string, key: ParsedKey) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#key = key;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(null, [this.#key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback | undefined,
    done?: SignCallback,
  ): void {
    const answer = (typeof options === 'function' ? options : done)!;
    const how = typeof options === 'function' ? {} : (options ?? {});
    timely<Buffer>(CONFIRMATION, told => this.#agent.sign(key, data, how, told)).then(
      signature => answer(null, signature),
      (error: Error) => answer(error),
    );
  }
}

function timely<T>(
  seconds: number,
  start: (done: (error: Error | null | undefined, value?: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000);
    start((error, value) => {
      clearTimeout(timer);
      if (error || value === undefined) reject(error ?? new Error('no answer'));
      else resolve(value);
    });
  });
}
