import { ConfirmButton } from './confirm-button.js';
import { operate } from './operations-state.js';
import { type Schemas } from './server.js';
import { count, moment } from './words.js';

/** Events that were set aside, with why, the newest first. */
export function Letters({ page: { letters, next } }: { page: Schemas['LetterPage'] }) {
  return (
    <div class="panel">
      <h2>Dead letters</h2>
      {letters.length === 0 && (
        <p class="quiet">{next === null ? 'Nothing has been set aside.' : 'Nothing among the newest.'}</p>
      )}
      <ul class="letters">
        {letters.map((it) => (
          <Letter key={it.id} letter={it} />
        ))}
      </ul>
      {next !== null && (
        <p class="quiet">
          {count(letters.length, 'letter')} of more: act on these, or use <code>lookalike dead-letters</code>.
        </p>
      )}
    </div>
  );
}

function Letter({ letter: { id, time, reason, original } }: { letter: Schemas['LetterAnswer'] }) {
  const path = { params: { path: { id } } };
  return (
    <li>
      <div>
        <b>{original?.key ?? id}</b> <code>{reason.code}</code>
        <p>{reason.message}</p>
        <p class="quiet">
          Set aside {moment(time)}
          {original !== null && ` from ${original.topic}, partition ${original.partition}, offset ${original.offset}`}
        </p>
      </div>
      <div class="acts">
        <button
          type="button"
          aria-label={`Redrive ${original?.key ?? id}`}
          onClick={() => operate((server) => server.post('/v1/dead-letters/{id}/redrive', path))}
        >
          Redrive
        </button>
        <ConfirmButton
          title="Discard"
          of={original?.key ?? id}
          question={`Discard the event of ${original?.key ?? id}? It will not be tried again.`}
          onConfirm={() => operate((server) => server.post('/v1/dead-letters/{id}/discard', path))}
        />
      </div>
    </li>
  );
}
