/** A name from elsewhere, safe to print: control characters could move the cursor or hide text. */
export function printable(text: string): string {
  const escaped = text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    if (char === '\r') return '\\r';
    return `\\u{${char.codePointAt(0)?.toString(16)}}`;
  });
  return escaped.toWellFormed();
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** 1234567 → 1,234,567, in any locale. */
export function grouped(n: number): string {
  return n.toString().replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = n;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Columns padded to the widest cell; colour codes count as nothing. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, visibleWidth(cell));
    });
  }
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - visibleWidth(cell)))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function visibleWidth(cell: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colour codes of style.ts
  return [...cell.replaceAll(/\u001b\[\d+m/g, '')].length;
}

/** Cut to `width` characters, with … where something is missing. */
export function cut(text: string, width: number): string {
  const chars = [...text];
  return chars.length <= width ? text : `${chars.slice(0, Math.max(0, width - 1)).join('')}…`;
}
