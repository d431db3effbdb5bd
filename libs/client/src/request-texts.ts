/** A value as a parameter of a path or a field of a form carries it: names with commas between, other structures as JSON. */
function textOf(value: unknown): string {
  const isNames = Array.isArray(value) && value.length > 0 && value.every((it) => typeof it === 'string');
  if (isNames) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function queryText(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, textOf(value)])).toString();
}

/** What has a picture in it is a form, anything else JSON. */
export function bodyOf(body: unknown): FormData | string {
  if (body instanceof FormData) return body;
  const fields = Object.entries(body ?? {}).filter(([, value]) => value !== undefined);
  if (!fields.some(([, value]) => value instanceof Blob)) return JSON.stringify(body);
  const form = new FormData();
  // Fields that stand before the file can refuse it before it is read.
  for (const [name, value] of fields) if (!(value instanceof Blob)) form.set(name, textOf(value));
  for (const [name, value] of fields) if (value instanceof Blob) form.set(name, value, 'picture');
  return form;
}
