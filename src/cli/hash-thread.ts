import { parentPort } from 'node:worker_threads';
import type { PasswordHashing } from '../core/value.js';
import { shaCrypt } from '../template/crypt.js';

/** A thread that makes hashes for /etc/shadow, so that hosts do not wait for them. One after the other, in their order. */
parentPort?.on('message', (hashing: PasswordHashing) => parentPort?.postMessage(shaCrypt(hashing)));
