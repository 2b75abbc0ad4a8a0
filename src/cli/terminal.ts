import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Colour: FORCE_COLOR over NO_COLOR over whether a terminal is there. */
export function isColoured(
  wish: string | undefined,
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): boolean {
  if (wish === 'always') return true;
  if (wish === 'never') return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Asks the person at the terminal; undefined where there is none. What is typed hidden is not echoed. */
export async function ask(prompt: string, how: 'shown' | 'hidden'): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(`${prompt}: `);
  const lines = createInterface({
    input: process.stdin,
    output: how === 'hidden' ? silent : process.stderr,
    terminal: true,
  });
  try {
    return await new Promise<string>(resolve => lines.question('', resolve));
  } finally {
    lines.close();
    if (how === 'hidden') process.stderr.write('\n');
  }
}

/** What a command reads when its stdin is not a terminal (a password from a pipe), without the line end. */
export async function askOrRead(prompt: string): Promise<string | undefined> {
  if (process.stdin.isTTY) return await ask(prompt, 'hidden');
  for await (const line of createInterface({ input: process.stdin })) return line;
  return undefined;
}

/**
 * A reader that leaves early (`| head -1`) or a terminal that is closed ends neither the run nor this program: what is still
 * written goes nowhere.
 */
export const outliveReaders = (stream: NodeJS.WritableStream): void => {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
};
