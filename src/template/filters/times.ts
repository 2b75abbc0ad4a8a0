import { RenderError } from '../../core/value.js';
import { flagOr, given } from '../cast.js';
import { strftime } from '../datetime.js';
import { parseFloatText } from '../number.js';
import { now } from '../random.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

export const timeFilters: Filters = [
  [
    'strftime',
    filter('second? utc?', (input, [second, utc], { run }) => {
      const seconds = given(second) === undefined ? now(run).getTime() / 1000 : parseFloatText(toText(second!));
      if (seconds === undefined) throw new RenderError(`Invalid value for epoch value (${toText(second!)})`);
      return strftime(toText(input), new Date(seconds * 1000), flagOr(utc, false) ? 'utc' : 'local');
    }),
  ],
];
