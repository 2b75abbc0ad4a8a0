/** Where a piece of a template stands: an offset into its text and a length, in characters. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A mistake in the text of a template; becomes a Diagnostic with a place. */
export class SyntaxFault {
  constructor(
    readonly message: string,
    readonly span: Span,
    readonly hint?: string,
  ) {}
}

export type Token = Span &
  (
    | { readonly kind: 'name' | 'operator' | 'string'; readonly value: string }
    | { readonly kind: 'integer' | 'float'; readonly value: string }
    | { readonly kind: 'end'; readonly value: string }
  );

export type BinaryWord = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '~';
export type CompareWord = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

/** The arguments of a call as written. */
export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  /** `*more` */
  readonly rest?: Expression | undefined;
  /** `**more` */
  readonly restNamed?: Expression | undefined;
}

export type Constant = null | boolean | string | { readonly digits: string; readonly float: boolean };

export type Expression = Span &
  (
    | { readonly kind: 'constant'; readonly value: Constant }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'list' | 'tuple'; readonly items: readonly Expression[] }
    | { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly kind: 'attribute'; readonly object: Expression; readonly name: string }
    | { readonly kind: 'item'; readonly object: Expression; readonly key: Expression }
    | {
        readonly kind: 'slice';
        readonly object: Expression;
        readonly start?: Expression | undefined;
        readonly stop?: Expression | undefined;
        readonly step?: Expression | undefined;
      }
    | { readonly kind: 'call'; readonly callee: Expression; readonly args: CallArguments }
    /** `name` is as written, perhaps a full one; without input inside `{% filter %}` and `{% set %}`. */
    | {
        readonly kind: 'filter';
        readonly input: Expression | undefined;
        readonly name: string;
        readonly args: CallArguments;
      }
    | {
        readonly kind: 'test';
        readonly input: Expression;
        readonly name: string;
        readonly args: CallArguments;
        readonly negated: boolean;
      }
    | { readonly kind: 'sign'; readonly operator: '-' | '+'; readonly operand: Expression }
    | { readonly kind: 'not'; readonly operand: Expression }
    | {
        readonly kind: 'binary';
        readonly operator: BinaryWord;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'compare';
        readonly first: Expression;
        readonly steps: readonly { readonly operator: CompareWord; readonly operand: Expression }[];
      }
    | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'choice';
        readonly test: Expression;
        readonly value: Expression;
        readonly otherwise?: Expression | undefined;
      }
  );

/** What `set`, `for` and `with` assign to. */
export type Target = Span &
  (
    | { readonly kind: 'name'; readonly name: string }
    /** `ns.member` of a namespace. */
    | { readonly kind: 'member'; readonly name: string; readonly member: string }
    | { readonly kind: 'tuple'; readonly targets: readonly Target[] }
  );

export interface Parameter {
  readonly name: string;
  readonly otherwise?: Expression | undefined;
}

/** What an imported template is searched by. */
export interface Import {
  readonly template: Expression;
  readonly withContext: boolean;
}

export type Statement = Span &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'output'; readonly value: Expression }
    | {
        readonly kind: 'if';
        readonly branches: readonly { readonly test: Expression; readonly body: Body }[];
        readonly otherwise: Body;
      }
    | {
        readonly kind: 'for';
        readonly target: Target;
        readonly over: Expression;
        readonly test?: Expression | undefined;
        readonly recursive: boolean;
        readonly body: Body;
        readonly otherwise: Body;
      }
    | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
    | {
        readonly kind: 'set-block';
        readonly target: Target;
        readonly filter?: Expression | undefined;
        readonly body: Body;
      }
    | { readonly kind: 'with'; readonly values: readonly (readonly [Target, Expression])[]; readonly body: Body }
    | { readonly kind: 'filter-block'; readonly filter: Expression; readonly body: Body }
    | { readonly kind: 'macro'; readonly name: string; readonly parameters: readonly Parameter[]; readonly body: Body }
    | {
        readonly kind: 'call-block';
        readonly parameters: readonly Parameter[];
        readonly call: Expression & { readonly kind: 'call' };
        readonly body: Body;
      }
    | { readonly kind: 'do'; readonly value: Expression }
    | { readonly kind: 'include'; readonly source: Import; readonly ignoreMissing: boolean }
    | { readonly kind: 'import'; readonly source: Import; readonly as: string }
    | {
        readonly kind: 'from-import';
        readonly source: Import;
        readonly names: readonly { readonly name: string; readonly as: string }[];
      }
    | { readonly kind: 'extends'; readonly parent: Expression }
    | {
        readonly kind: 'block';
        readonly name: string;
        readonly scoped: boolean;
        readonly required: boolean;
        readonly body: Body;
      }
  );
export type Body = readonly Statement[];
