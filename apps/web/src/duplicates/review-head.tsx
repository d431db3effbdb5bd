import type { Signal } from '@preact/signals';
import { bytes, count } from '../words.js';
import { loadDecisions } from './decide.js';
import { RULE_TITLES } from './keys.js';
import { busy, load, order, ruleOfAll, totals, waiting } from './review-state.js';

/** What there is to review, in which order, and what stays where nobody chooses. */
export function ReviewHead() {
  return (
    <header class="view-head">
      <div>
        <h1>Duplicates</h1>
        <p class="totals">{totalsWords()}</p>
      </div>
      <div class="options">
        <Choice
          title="Order"
          of={order}
          options={{ images: 'Most images first', 'saved-bytes': 'Most bytes first' }}
          onChange={load}
        />
        <Choice title="Stays" of={ruleOfAll} options={RULE_TITLES} />
        <button
          type="button"
          disabled={busy.value !== null}
          onClick={() => {
            void load();
            void loadDecisions();
          }}
        >
          Look again
        </button>
      </div>
    </header>
  );
}

interface ChoiceProps<T extends string> {
  readonly title: string;
  readonly of: Signal<T>;
  readonly options: Readonly<Record<T, string>>;
  readonly onChange?: () => unknown;
}

function Choice<T extends string>({ title, of, options, onChange }: ChoiceProps<T>) {
  return (
    <label>
      {title}
      <select
        value={of.value}
        onChange={({ currentTarget }) => {
          of.value = currentTarget.value as T;
          onChange?.();
        }}
      >
        {Object.entries<string>(options).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function totalsWords(): string {
  if (totals.value === null) return '';
  const { groups: number, images, savedBytes } = totals.value;
  if (number === 0) return '';
  const compared = waiting.value === 0 ? '' : `; ${waitingWords()}`;
  return `${count(number, 'group')}, ${count(images, 'image')}, ${bytes(savedBytes)} would be saved${compared}`;
}

export function waitingWords(): string {
  if (waiting.value === null) return 'how many images are still to be compared is not known while the log is away';
  return `${count(waiting.value, 'image')} still to be compared`;
}
