import { spawn } from 'node:child_process';
import { decode } from '../core/bytes.js';
import { MOST_OUTPUT, type Output } from '../core/probe.js';
import { RenderError } from '../core/value.js';

/**
 * Runs a command line by the controller's /bin/sh in a folder, with the controller's environment and an empty standard input.
 * Throws RenderError where it cannot be started, was killed, or said more than {@link MOST_OUTPUT}.
 */
export async function controllerCommand(line: string, directory: string): Promise<Output> {
  const child = spawn('/bin/sh', ['-c', line], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map(stream => {
    const pieces: Buffer[] = [];
    let size = 0;
    stream.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= MOST_OUTPUT) pieces.push(piece);
    });
    return { text: () => decode(Buffer.concat(pieces)), isWhole: () => size <= MOST_OUTPUT };
  });
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', error => reject(new RenderError(`cannot run \`${line}\` here: ${error.message}`)));
    child.on('close', (code, signal) =>
      code === null ? reject(new RenderError(`\`${line}\` was ended by ${signal}`)) : resolve(code),
    );
  });
  if (!stdout!.isWhole()) throw new RenderError(`\`${line}\` said more than ${MOST_OUTPUT / 1024 ** 2} MiB`);
  return { status, stdout: stdout!.text(), stderr: stderr!.text() };
}
