/** The field of a multipart form that carries the picture, wherever one is taken. */
export const PICTURE_FIELD = 'file';
export const PICTURE_RULE = 'must be a file, with a file name';

/** What is wrong with a field beside the picture, whatever it is for; `null` for a text, given once. */
export function formFieldRule(field: string, value: unknown): string | null {
  if (field === PICTURE_FIELD) return PICTURE_RULE;
  if (Array.isArray(value)) return 'must be given once';
  if (typeof value !== 'string') return 'must be a text';
  // What the parser puts in place of bytes that are not UTF-8.
  return value.includes('\ufffd') ? 'must be UTF-8' : null;
}
