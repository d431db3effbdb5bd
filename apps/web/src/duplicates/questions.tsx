import { bytes, count } from '../words.js';
import { deleteOthers, toConfirm } from './decide.js';
import { bytesOf } from './groups.js';
import { areKeysShown, KEYS } from './keys.js';
import { Modal } from './modal.js';

/** So many names say enough of what is deleted. */
const NAMED = 8;

/** Asks before anything is deleted; nothing else leads to it. */
export function DeleteQuestion() {
  const it = toConfirm.value;
  if (it === null) return null;
  const { stays, goes } = it;
  const title = `Delete ${count(goes.length, 'image')}, ${bytes(bytesOf(goes))}?`;
  const close = () => {
    toConfirm.value = null;
  };
  return (
    <Modal class="confirm" title={title} onClose={close}>
      <h2>{title}</h2>
      <ul class="going-list">
        {goes.slice(0, NAMED).map(({ imageId, sizeBytes }) => (
          <li key={imageId}>
            {imageId} <span class="quiet">{bytes(sizeBytes)}</span>
          </li>
        ))}
        {goes.length > NAMED && <li class="quiet">and {goes.length - NAMED} more</li>}
      </ul>
      <p>
        {stays.length === 1 ? `${stays[0]?.imageId} stays.` : `${stays.length} images stay.`}{' '}
        <span class="quiet">It can be undone as long as the pictures are in the store.</span>
      </p>
      <footer>
        <button type="button" onClick={close}>
          Go back <kbd>Esc</kbd>
        </button>
        <button
          type="button"
          class="primary danger"
          data-first
          onClick={() => {
            close();
            deleteOthers(it);
          }}
        >
          Delete {goes.length} <kbd>Enter</kbd>
        </button>
      </footer>
    </Modal>
  );
}

export function KeysList() {
  if (!areKeysShown.value) return null;
  const close = () => {
    areKeysShown.value = false;
  };
  return (
    <Modal class="keys" title="Keys" onClose={close}>
      <header>
        <h2>Keys</h2>
        <button type="button" data-first onClick={close}>
          Close <kbd>Esc</kbd>
        </button>
      </header>
      <p class="quiet">They work while the focus is in the review.</p>
      <div class="key-groups">
        {Object.entries(KEYS).map(([title, keys]) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(({ shown, does }) => (
                <div key={shown}>
                  <dt>
                    {shown.split(' ').map((it) => (
                      <kbd key={it}>{it}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
