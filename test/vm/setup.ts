import { installRequirements } from '../../src/lab/vm/requirements.js';

/** Brings QEMU and what else a machine needs, by apt. */
export async function setup(): Promise<void> {
  const ready = await installRequirements(line => console.log(line));
  if (!ready.ok) throw new Error(ready.error.map(({ message, hint }) => `${message} ${hint ?? ''}`).join('\n'));
}
