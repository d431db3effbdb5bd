import { useEffect } from 'preact/hooks';
import { Letters } from './letters.js';
import { letters, operationFault, refreshOperations, refusal, reindex } from './operations-state.js';
import { Reindex } from './reindex.js';
import { apiKey, type Trouble } from './server.js';
import { isOperated, status } from './status.js';
import { span, whole } from './words.js';

const EVERY_MS = 5_000;

export function Operations() {
  const isHere = isOperated.value;
  useEffect(() => {
    if (!isHere) return;
    void refreshOperations();
    const timer = setInterval(() => {
      // What is refused once is refused again.
      if (document.visibilityState === 'visible' && operationFault.value?.code !== 'scope-missing')
        void refreshOperations();
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      refusal.value = null;
    };
  }, [apiKey.value, isHere]);
  return (
    <section class="operations" aria-label="Operations">
      <header class="view-head">
        <h1>Operations</h1>
      </header>
      {isHere ? <Operated /> : <Elsewhere />}
    </section>
  );
}

const Elsewhere = () => (
  <div class="notice" role="note">
    <strong>This address answers searches only.</strong>
    <p>
      Stages, generations and dead letters are served by the embedder, at its own address: a proxy that makes one
      address of all applications brings them here. Or ask it by <code>lookalike status</code>, with its address in{' '}
      <code>LOOKALIKE_EMBEDDER_URL</code>.
    </p>
  </div>
);

function Operated() {
  return (
    <>
      <Problem of={operationFault.value} />
      <Problem of={refusal.value} prefix="Not done: " />
      <Counts />
      <Stages />
      {reindex.value !== null && <Reindex answer={reindex.value} />}
      {letters.value !== null && <Letters page={letters.value} />}
    </>
  );
}

function Problem({ of: fault, prefix = '' }: { of: Trouble | null; prefix?: string }) {
  if (fault === null || fault.code === 'unauthenticated') return null;
  return (
    <div class="problem" role="alert">
      <strong>{prefix + fault.title}</strong>
      <p>
        {fault.code === 'scope-missing'
          ? 'This key may not operate. Give one with the scope operate: Change key.'
          : fault.detail}
      </p>
    </div>
  );
}

function Counts() {
  const now = status.value;
  if (now === null) return null;
  const { images, deadLetters } = now;
  const counts = {
    Ready: images?.ready,
    Failed: images?.failed,
    Deleted: images?.deleted,
    'Open dead letters': deadLetters?.open,
  };
  return (
    <dl class="counts">
      {Object.entries(counts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value === undefined ? '–' : whole(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Stages() {
  const stages = status.value?.stages ?? [];
  if (stages.length === 0) return null;
  return (
    <div class="panel">
      <h2>Stages</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be scrolled by keyboard too */}
      <section class="scroll" tabIndex={0} aria-label="Stages">
        <table>
          <thead>
            <tr>
              <th>Stage</th>
              <th>Generation</th>
              <th class="number">Behind</th>
              <th class="number">Oldest</th>
              <th class="number">Per second</th>
              <th class="number">Left</th>
            </tr>
          </thead>
          <tbody>
            {stages.map(({ name, role, generation, lag, lagSeconds, perSecond, secondsLeft }) => (
              <tr key={`${name} ${generation}`}>
                <th scope="row">{name}</th>
                <td>
                  {role} <span class="quiet">{generation}</span>
                </td>
                <td class="number">{whole(lag)}</td>
                <td class="number">{lag === 0 ? '–' : span(lagSeconds)}</td>
                <td class="number">{perSecond === null ? '–' : perSecond.toFixed(1)}</td>
                <td class="number">{secondsLeft === null || lag === 0 ? '–' : span(secondsLeft)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
