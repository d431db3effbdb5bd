/**
 * Whether a text has more Unicode characters (code points) than `max`. Every limit on a text counts them, as JSON
 * Schema's `maxLength` does; UTF-16 units differ by language.
 */
export function isLongerThan(text: string, max: number): boolean {
  // n units hold between n / 2 and n characters: count only in between.
  if (text.length <= max) return false;
  return text.length > 2 * max || [...text].length > max;
}
