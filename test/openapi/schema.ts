/** A JSON schema, or another part of an OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;
