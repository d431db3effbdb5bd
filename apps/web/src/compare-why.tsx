import type { Found } from './server.js';
import { cosine, likelihood, percent, scaleWords, TURN_WORDS } from './words.js';

/** What the server's verdict rests on. */
export function Why({ result }: { result: Found }) {
  const { score, hash, explanation, width, height, probability, match } = result;
  const alignment = explanation?.alignment;
  return (
    <dl class="why">
      {match !== undefined && probability !== undefined && (
        <Fact
          name="Made from the same picture"
          value={match === 'identical' ? 'The same bytes' : likelihood(probability)}
          note={match === 'identical' ? '' : 'How likely that is, by all that is known of both'}
        />
      )}
      <Fact
        name="Similarity"
        value={cosine(score)}
        note={`Cosine ${score.toFixed(4)} of their vectors: an order, not a probability`}
      />
      {hash && (
        <Fact
          name="Perceptual hash"
          value={`${hash.bits} of 64 bits differ`}
          note={hashNote(hash.bits, TURN_WORDS[hash.turn])}
        />
      )}
      {alignment && (
        <Fact
          name="Laid over each other"
          value={`${percent(alignment.score)} of the evidence`}
          note={`With the query ${TURN_WORDS[alignment.turn]}. ${scaleWords(alignment.scale)}; ${percent(alignment.overlap)} of the smaller one lies inside the other.`}
        />
      )}
      {explanation && !alignment && (
        <Fact
          name="Laid over each other"
          value="Not looked at"
          note="The scores leave no doubt, or there is no small copy of one of them"
        />
      )}
      {explanation && (
        <Fact
          name="By chance"
          value={chance(explanation.falseMatches)}
          note="Strangers of this collection that show as much, for a query"
        />
      )}
      <Fact name="Size" value={`${width} × ${height}`} note="Pixels of the upright picture" />
    </dl>
  );
}

const Fact = ({ name, value, note }: { name: string; value: string; note: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <b>{value}</b>
      <span class="quiet">{note}</span>
    </dd>
  </div>
);

function hashNote(bits: number, turn: string): string {
  const meaning =
    bits <= 6 ? 'As of copies' : bits <= 14 ? 'As of changed copies' : 'As of different or cropped pictures';
  return `${meaning}; fewest with the query ${turn}`;
}

function chance(falseMatches: number): string {
  if (falseMatches >= 0.095) return `About ${falseMatches.toFixed(1)}`;
  return falseMatches < 1e-6
    ? 'Fewer than one in a million'
    : `One in ${Math.round(1 / falseMatches).toLocaleString('en')}`;
}
