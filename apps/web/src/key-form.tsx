import { useEffect, useRef } from 'preact/hooks';
import { keepApiKey, keyWanted, looksLikeKey } from './server.js';

export function KeyForm({ onKey }: { onKey: () => unknown }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const fault = keyWanted.value ?? '';
  const submit = (event: Event) => {
    event.preventDefault();
    const key = field.current?.value.trim() ?? '';
    if (field.current !== null) field.current.value = '';
    if (!looksLikeKey(key)) {
      keyWanted.value = 'A key begins with lk_ and has 46 characters.';
      return;
    }
    keepApiKey(key);
    keyWanted.value = null;
    onKey();
  };
  return (
    <form class="key-form" onSubmit={submit}>
      <label for="key">This server asks for an API key</label>
      <div>
        <input
          ref={field}
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-invalid={fault !== ''}
          aria-describedby="key-note key-fault"
        />
        <button type="submit" class="primary">
          Use this key
        </button>
      </div>
      <p id="key-fault" role="alert">
        {fault}
      </p>
      <p id="key-note" class="quiet">
        It needs the scope <code>search</code>, to decide about duplicates <code>publish</code>, for the operations view{' '}
        <code>operate</code>, and is kept until this tab is closed.
      </p>
    </form>
  );
}
