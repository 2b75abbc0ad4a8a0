import { Worker } from 'node:worker_threads';
import type { PasswordHashing } from '../core/value.js';
import type { HashElsewhere } from '../template/hashings.js';

/** Hashes in a thread that is started with the first of them and holds nobody up. `entry` is the built `hash-thread`. */
export function hashInThread(entry: URL): HashElsewhere {
  let worker: Worker | undefined;
  const waiting: { readonly done: (hash: string) => void; readonly failed: (error: Error) => void }[] = [];
  const start = (): Worker => {
    const thread = new Worker(entry);
    thread.on('message', (hash: string) => {
      waiting.shift()?.done(hash);
      if (waiting.length === 0) thread.unref();
    });
    thread.on('error', error => {
      worker = undefined;
      for (const { failed } of waiting.splice(0)) failed(error);
    });
    return thread;
  };
  return (hashing: PasswordHashing) =>
    new Promise((done, failed) => {
      worker ??= start();
      waiting.push({ done, failed });
      worker.ref();
      worker.postMessage(hashing);
    });
}
