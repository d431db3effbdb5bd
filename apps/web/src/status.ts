import { computed, effect, signal } from '@preact/signals';
import { answer } from './search-state.js';
import { apiKey, ask, isNotServed, type Schemas, WITHOUT_PATIENCE } from './server.js';
import { count } from './words.js';

const EVERY_MS = 10_000;

/** Of a cluster the embedder alone answers for stages, generations and dead letters; `false` where this address is not its own. */
export const isOperated = signal(true);

/** `null` where this server does not tell. */
export const status = signal<Schemas['Status'] | null>(null);

/** Of the encoder that answered last; `null` while it is not known. */
export const isTrained = computed(() => answer.value?.encoder.trained ?? status.value?.encoder.trained ?? null);

export const collectionWords = computed(() => {
  if (status.value === null || status.value.images === null) return '';
  const { images, stages } = status.value;
  const waiting = stages.reduce((sum, { lag }) => sum + lag, 0);
  const parts = [count(images.ready, 'picture')];
  if (waiting > 0) parts.push(`${count(waiting, 'change')} on the way`);
  if (images.failed > 0) parts.push(`${images.failed} could not be read`);
  return parts.join(' · ');
});

/** Asks again and again while the page is looked at. @returns what ends it. */
export function watchStatus(): () => void {
  const look = async () => {
    if (document.visibilityState !== 'visible' || !isOperated.peek()) return;
    try {
      status.value = await ask((server) => server.with(WITHOUT_PATIENCE).get('/v1/status'));
    } catch (error) {
      isOperated.value = !isNotServed(error);
      // Said where something is asked for; the counts are of no use old.
      status.value = null;
    }
  };
  const timer = setInterval(look, EVERY_MS);
  const stop = effect(() => {
    // Another key may be told more.
    apiKey.value;
    void look();
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}
