import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { current } from './moves.js';

interface ModalProps {
  readonly class: string;
  readonly title: string;
  readonly onClose: () => unknown;
  readonly children: ComponentChildren;
}

/**
 * A dialog that is open for as long as it is there. Escape closes it. The focus begins at what has `data-first`, or at all of it, and goes
 * to the image that is chosen in the list at the end.
 */
export function Modal({ title, onClose, children, ...rest }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isThere = useRef(true);
  useLayoutEffect(() => {
    const it = dialog.current;
    it?.showModal();
    (it?.querySelector<HTMLElement>('[data-first]') ?? it)?.focus();
    return () => {
      isThere.current = false;
      const place = current.value;
      // The browser gives the focus back to what had it before.
      it?.close();
      if (place !== null) current.value = { ...place, takesFocus: true };
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      tabIndex={-1}
      onClose={() => isThere.current && onClose()}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // At once: the browser tells of a closed dialog later, behind keys that were pressed meanwhile.
        event.preventDefault();
        onClose();
      }}
      {...rest}
    >
      {children}
    </dialog>
  );
}
