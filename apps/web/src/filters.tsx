import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { type Facet, facetsWith } from './facets.js';
import { type Choice, chosen, keyOf, type Subject } from './query.js';
import { query, refine } from './search-state.js';
import { apiKey, type Schemas } from './server.js';
import { whole } from './words.js';

const facets = signal<readonly Facet[]>([]);

const FIELD_NAMES: Readonly<Record<Schemas['ImageField'], string>> = {
  width: 'Width, pixels',
  height: 'Height, pixels',
  sizeBytes: 'File size, bytes',
  mediaType: 'Format',
  eventTime: 'Added',
  labels: 'Label',
};

/** What the collection can be narrowed by: every attribute and field that the server declares, with what there is of it. */
export function Filters() {
  const choices = query.value?.choices ?? [];
  const [isFailed, setFailed] = useState(false);
  const wanted = JSON.stringify(choices);
  const isShown = query.value !== null;
  useEffect(() => {
    if (!isShown) return;
    const stop = new AbortController();
    facetsWith(choices, stop.signal).then(
      (got) => {
        if (stop.signal.aborted) return;
        facets.value = got;
        setFailed(false);
      },
      () => setFailed(!stop.signal.aborted),
    );
    return () => stop.abort();
  }, [wanted, isShown, apiKey.value]);
  if (!isShown) return null;
  const offered = facets.value.filter((it) => it.images > 0 || isChosen(choices, it));
  if (offered.length === 0 && !isFailed) return null;
  const set = (of: Subject, choice: Choice | null) => refine({ choices: chosen(choices, of, choice) });
  return (
    <details class="filters" open={innerWidth > 900}>
      <summary>Filters{choices.length > 0 && <span class="badge">{choices.length}</span>}</summary>
      {choices.length > 0 && (
        <button type="button" class="small" onClick={() => refine({ choices: [] })}>
          Clear all
        </button>
      )}
      {isFailed && <p class="quiet">What there is to filter by could not be counted.</p>}
      {offered.map((it) => (
        <FacetBox
          key={keyOf(it)}
          facet={it}
          choice={choices.find(({ of }) => keyOf(of) === keyOf(it))}
          onChoice={(choice) => set(subjectOf(it), choice)}
        />
      ))}
    </details>
  );
}

const subjectOf = (facet: Facet): Subject =>
  'attribute' in facet ? { attribute: facet.attribute } : { field: facet.field };
const isChosen = (choices: readonly Choice[], facet: Facet) => choices.some(({ of }) => keyOf(of) === keyOf(facet));

interface FacetProps {
  readonly facet: Facet;
  readonly choice: Choice | undefined;
  readonly onChoice: (choice: Choice | null) => void;
}

function FacetBox({ facet, choice, onChoice }: FacetProps) {
  const title = 'attribute' in facet ? facet.attribute : FIELD_NAMES[facet.field];
  return (
    <fieldset class="facet">
      <legend>{title}</legend>
      {'values' in facet ? (
        <Values
          values={facet.values}
          of={subjectOf(facet)}
          choice={choice}
          onChoice={onChoice}
          hasMore={facet.hasMore}
        />
      ) : (
        <Range facet={facet} title={title} choice={choice} onChoice={onChoice} />
      )}
    </fieldset>
  );
}

type ValuesProps = Pick<FacetProps, 'choice' | 'onChoice'> & {
  values: readonly Schemas['ValueCount'][];
  of: Subject;
  hasMore: boolean;
};

function Values({ values, of, choice, onChoice, hasMore }: ValuesProps) {
  const wanted: readonly (string | boolean)[] = choice?.values ?? (choice?.isTrue === undefined ? [] : [choice.isTrue]);
  const shown = [
    ...values,
    ...wanted.filter((it) => !values.some(({ value }) => value === it)).map((value) => ({ value, images: 0 })),
  ];
  const toggle = (value: string | boolean, isOn: boolean) => {
    if (typeof value === 'boolean') return onChoice(isOn ? { of, isTrue: value } : null);
    const next = (choice?.values ?? []).filter((it) => it !== value).concat(isOn ? [value] : []);
    onChoice(next.length > 0 ? { of, values: next } : null);
  };
  return (
    <>
      {shown.map(({ value, images }) => (
        <label key={String(value)} class="value">
          <input
            type="checkbox"
            checked={wanted.includes(value)}
            onChange={({ currentTarget }) => toggle(value, currentTarget.checked)}
          />
          <span>{value === true ? 'yes' : value === false ? 'no' : value}</span>
          <span class="quiet">{whole(images)}</span>
        </label>
      ))}
      {hasMore && <p class="quiet">and rarer ones</p>}
    </>
  );
}

type RangeFacet = Exclude<Facet, { values: unknown }>;

/** Both ends are taken when an end is left or Enter is pressed. */
function Range({ facet, title, choice, onChoice }: Omit<FacetProps, 'facet'> & { facet: RangeFacet; title: string }) {
  const isDate = facet.type === 'date';
  const day = (value: number | string | null | undefined) =>
    isDate ? String(value ?? '').slice(0, 10) : String(value ?? '');
  const set = (end: 'least' | 'greatest', text: string) => {
    const value = text === '' ? undefined : isDate ? momentOf(text, end) : Number(text);
    const least = end === 'least' ? value : choice?.least;
    const greatest = end === 'greatest' ? value : choice?.greatest;
    const isOpen = least === undefined && greatest === undefined;
    onChoice(
      isOpen
        ? null
        : { of: subjectOf(facet), ...(least !== undefined && { least }), ...(greatest !== undefined && { greatest }) },
    );
  };
  const input = (end: 'least' | 'greatest', placeholder: string) => (
    <input
      type={isDate ? 'date' : 'number'}
      step="any"
      aria-label={`${title}, ${end === 'least' ? 'from' : 'to'}`}
      placeholder={placeholder}
      value={day(choice?.[end])}
      onChange={({ currentTarget }) => set(end, currentTarget.value)}
    />
  );
  return (
    <div class="range">
      {input('least', day(facet.min))}
      <span aria-hidden="true">–</span>
      {input('greatest', day(facet.max))}
    </div>
  );
}

/** A date names its midnight; what is wanted up to a day is wanted for all of it. */
const momentOf = (day: string, end: 'least' | 'greatest') => (end === 'least' ? day : `${day}T23:59:59.999Z`);
