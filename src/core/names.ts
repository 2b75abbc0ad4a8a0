/** Names of the field, branded so that one kind cannot be handed over for another. */
declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** A host as the inventory names it. */
export type HostName = Brand<string, 'HostName'>;
/** `playbooks/site.yml:12`, and `playbooks/site.yml:12[2]` for the third item of a loop. */
export type TaskId = Brand<string, 'TaskId'>;
/** A login name on a target. */
export type User = Brand<string, 'User'>;
/** SHA-256 in lower-case hex. */
export type Digest = Brand<string, 'Digest'>;
