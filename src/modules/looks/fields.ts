/** What a look said: lines of a word and the rest, and one long text at the end. */
export interface Fields {
  readonly get: (name: string) => string | undefined;
  readonly has: (name: string) => boolean;
  /** Bytes that stood as base64 behind a line `text`. */
  readonly bytes?: Buffer | undefined;
}

/** Reads `name rest` lines up to a line `text`, behind which base64 runs to the end. The first line of a name counts. */
export function fieldsOf(stdout: string): Fields {
  const cut = /^text$/m.exec(stdout);
  const head = cut ? stdout.slice(0, cut.index) : stdout;
  const found = new Map<string, string>();
  for (const line of head.split('\n')) {
    const [name = '', ...rest] = line.split(' ');
    if (!found.has(name)) found.set(name, rest.join(' '));
  }
  return {
    get: name => found.get(name),
    has: name => found.has(name),
    bytes: cut ? Buffer.from(stdout.slice(cut.index + 5), 'base64') : undefined,
  };
}
