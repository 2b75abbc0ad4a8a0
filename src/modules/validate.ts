import { str } from '../core/params.js';
import { orNone } from './args.js';
import { wordsOf } from './command/words.js';

/** The parameter `validate` of all modules that write files. */
export const validateParam = orNone(
  str()
    .refine(text => text.includes('%s'), 'validate needs a %s, where the name of the file goes')
    .refine(text => wordsOf(text).ok, 'a quote is not closed'),
).describe('Command that checks the new file, `%s`, before it replaces the old one; run without a shell.');
