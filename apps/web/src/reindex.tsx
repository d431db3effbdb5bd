import { ConfirmButton } from './confirm-button.js';
import { operate } from './operations-state.js';
import { type Schemas } from './server.js';
import { moment, span, whole } from './words.js';

type Generation = Schemas['GenerationProgress'];

/** Generations of the index: the one that answers, the one that is built, the one that is kept for a step back. */
export function Reindex({ answer: { live, next, previous, givenUp } }: { answer: Schemas['ReindexAnswer'] }) {
  return (
    <div class="panel">
      <h2>Generations</h2>
      {givenUp !== null && <p class="notice">The last reindex was given up: {givenUp.reason}</p>}
      <div class="generations">
        {live !== null && <Box title="Live" generation={live} />}
        {next !== null && <Box title="Next" generation={next} actions={<NextActions next={next} />} />}
        {previous !== null && (
          <Box
            title="Previous"
            generation={previous}
            actions={
              <ConfirmButton
                title="Roll back"
                question={`Let searches be answered by ${previous.generation} again? The live generation is kept.`}
                onConfirm={() => operate((server) => server.post('/v1/reindex/rollback'))}
              />
            }
          />
        )}
      </div>
    </div>
  );
}

interface BoxProps {
  readonly title: string;
  readonly generation: Generation;
  readonly actions?: preact.ComponentChildren;
}

function Box({ title, generation: it, actions }: BoxProps) {
  const { encoder, profile, images, startedAt, phase, done, total, secondsLeft, fault, report } = it;
  return (
    <article class="generation">
      <h3>
        {title} <span class="quiet">{it.generation}</span>
      </h3>
      <p>
        {encoder.name} · {profile.kind}
        {phase !== null && (
          <>
            {' '}
            · <b>{phase.replace('-', ' ')}</b>
          </>
        )}
      </p>
      <p class="quiet">
        {images === null ? 'Not in the index' : `${whole(images.ready)} ready, ${whole(images.failed)} failed`} · since{' '}
        {moment(startedAt)}
      </p>
      {it.role === 'next' && (
        <>
          <progress max={Math.max(1, total)} value={done} aria-label={`Progress of ${it.generation}`} />
          <p class="quiet">
            {whole(done)} of {whole(total)} records{secondsLeft === null ? '' : `, ${span(secondsLeft)} left`}
          </p>
        </>
      )}
      {report !== null && (
        <ul class="checks">
          {report.checks.map(({ name, passed, found }) => (
            <li key={name}>
              {passed === false ? '✘' : passed ? '✔' : '·'} {found}
            </li>
          ))}
        </ul>
      )}
      {fault !== null && <p class="notice">{fault.message}</p>}
      {actions !== undefined && <div class="acts">{actions}</div>}
    </article>
  );
}

function NextActions({ next: { phase, generation } }: { next: Generation }) {
  return (
    <>
      {phase === 'paused' ? (
        <button type="button" onClick={() => operate((server) => server.post('/v1/reindex/resume'))}>
          Resume
        </button>
      ) : (
        <button type="button" onClick={() => operate((server) => server.post('/v1/reindex/pause'))}>
          Pause
        </button>
      )}
      <ConfirmButton
        title="Switch"
        disabled={phase !== 'verified'}
        question={`Let searches be answered by ${generation} from now on? The present one is kept for a step back.`}
        onConfirm={() => operate((server) => server.post('/v1/reindex/switch', { body: {} }))}
      />
      <ConfirmButton
        title="Cancel"
        question={`Give up building ${generation}? What it has indexed is dropped.`}
        onConfirm={() => operate((server) => server.post('/v1/reindex/cancel'))}
      />
    </>
  );
}
