import { useEffect, useRef, useState } from 'preact/hooks';

interface ConfirmButtonProps {
  readonly title: string;
  /** What it is about, where several buttons have the title. */
  readonly of?: string;
  /** What will happen, and whether it can be undone. */
  readonly question: string;
  readonly onConfirm: () => unknown;
  readonly disabled?: boolean;
}

/** A button for what is not done by one slip: it asks first. */
export function ConfirmButton({ title, of, question, onConfirm, disabled = false }: ConfirmButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    if (isAsked) dialog.current?.showModal();
  }, [isAsked]);
  return (
    <>
      <button type="button" aria-label={of && `${title} ${of}`} disabled={disabled} onClick={() => setAsked(true)}>
        {title}
      </button>
      {isAsked && (
        <dialog ref={dialog} class="confirm" aria-label={title} onClose={() => setAsked(false)}>
          <p>{question}</p>
          <footer>
            <button type="button" onClick={() => dialog.current?.close()}>
              Leave it
            </button>
            <button
              type="button"
              class="primary"
              onClick={() => {
                dialog.current?.close();
                onConfirm();
              }}
            >
              {title}
            </button>
          </footer>
        </dialog>
      )}
    </>
  );
}
