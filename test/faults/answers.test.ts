import { describe, it } from 'vitest';
import { Random } from '../differential/random.js';
import { surfaces } from './surfaces.js';

const shell = surfaces.find(({ name }) => name === 'answers of a shell')!;

/* What a hostile shell may say instead of an answer. The surface itself refuses a status that is no number. */
describe('a shell that answers what was not asked', () => {
  it.each([
    ['a status that is no number', 'x\n\nMARK 0 one\n\nMARK 1 0\n\nMARK end \n'],
    ['a negative status', '\nMARK 0 -1\n'],
    ['no status', '\nMARK 0\n\nMARK 1 0\n\nMARK end \n'],
    ['a snippet that nobody sent', '\nMARK 999999999 0\n\nMARK end \n'],
    ['snippets out of turn', '\nMARK 1 0\n\nMARK 0 0\n\nMARK end \n'],
    ['one twice', '\nMARK 0 0\n\nMARK 0 1\n\nMARK end \n'],
    ['no words', '\nMARK  \n\nMARK end \n'],
  ])('%s', async (_, said) => {
    for (let seed = 0; seed < 5; seed++) await shell.take(said, new Random(seed));
  });
});
