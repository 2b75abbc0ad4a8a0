import { RenderError } from '../../core/value.js';
import { flagOr, given, wholeOr } from '../cast.js';
import { fromJson, type JsonStyle, PLAIN_JSON, toJson } from '../json.js';
import type { Bound, Call } from '../signature.js';
import { isList, itemsOf, type Term } from '../terms.js';
import { toText } from '../text.js';
import { readYaml } from '../yaml.js';
import { toYaml, type YamlStyle } from '../yaml-dump.js';
import { type Filters, filter } from './filter.js';

const indentText = (term: Term | undefined): string | undefined => {
  const value = given(term);
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : ' '.repeat(Math.min(100, wholeOr(value, 0)));
};

/** Keywords of json.dumps that change nothing here. */
const JSON_PARAMETERS =
  'indent? sort_keys? ensure_ascii? separators? vault_to_text? preprocess_unsafe? allow_nan? default? cls? skipkeys? check_circular?';

function jsonStyle([indent, sortKeys, ascii, separators]: Bound, base: JsonStyle): JsonStyle {
  const step = indent === undefined ? base.indent : indentText(indent);
  const pair = isList(separators) ? itemsOf(separators).map(toText) : undefined;
  return {
    indent: step,
    sortKeys: flagOr(sortKeys, base.sortKeys),
    ascii: flagOr(ascii, base.ascii),
    itemSeparator: pair?.[0] ?? base.itemSeparator,
    keySeparator: pair?.[1] ?? base.keySeparator,
  };
}

const NICE_JSON: JsonStyle = { ...PLAIN_JSON, indent: '    ', sortKeys: true };

/** Jinja's tojson: keys sorted, and nothing in it that HTML would take for a tag. */
function tojson(input: Term, indent: Term | undefined): string {
  return toJson(input, { ...PLAIN_JSON, sortKeys: true, indent: indentText(indent) }).replace(
    /[<>&']/g,
    letter => `\\u00${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const BLOCK: YamlStyle = { indent: 2, collections: 'auto', sortKeys: true, width: 80, explicitStart: false };
const NICE: YamlStyle = { ...BLOCK, indent: 4, collections: 'block' };

const YAML_PARAMETERS = 'indent? **named';

function yamlStyle(indent: Term | undefined, named: Call['named'], base: YamlStyle): YamlStyle {
  const known = [
    'default_flow_style',
    'sort_keys',
    'width',
    'explicit_start',
    'allow_unicode',
    'line_break',
    'explicit_end',
    'default_style',
  ];
  const strange = [...named.keys()].find(key => !known.includes(key));
  if (strange !== undefined) throw new RenderError(`writing YAML knows no '${strange}'`);
  const flow = named.get('default_flow_style');
  const step = wholeOr(given(indent), base.indent);
  return {
    // PyYAML takes two for what is out of its bounds.
    indent: step > 1 && step < 10 ? step : 2,
    collections:
      flow === undefined ? base.collections : flow === null ? 'auto' : flagOr(flow, false) ? 'flow' : 'block',
    sortKeys: flagOr(named.get('sort_keys'), true),
    width: Math.max(2, given(named.get('width')) === undefined ? base.width : Number(toText(named.get('width')!))),
    explicitStart: flagOr(named.get('explicit_start'), false),
  };
}

const json = (base: JsonStyle) => filter(JSON_PARAMETERS, (input, args) => toJson(input, jsonStyle(args, base)));

export const formatFilters: Filters = [
  ['to_json', json(PLAIN_JSON)],
  [
    'to_nice_json',
    filter(JSON_PARAMETERS, (input, args) => toJson(input, { ...jsonStyle(args, NICE_JSON), itemSeparator: ',' })),
  ],
  ['tojson', filter('indent?', (input, [indent]) => tojson(input, indent))],
  ['from_json', filter('', input => fromJson(toText(input)))],
  ['to_yaml', filter(YAML_PARAMETERS, (input, [indent], { named }) => toYaml(input, yamlStyle(indent, named, BLOCK)))],
  [
    'to_nice_yaml',
    filter(YAML_PARAMETERS, (input, [indent], { named }) => toYaml(input, yamlStyle(indent, named, NICE))),
  ],
  ['from_yaml', filter('', input => (typeof input === 'string' ? readYaml(input, 'parse') : input))],
  ['from_yaml_all', filter('', input => (typeof input === 'string' ? readYaml(input, 'parseAll') : input))],
];
