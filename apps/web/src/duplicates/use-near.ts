import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const MARGIN = '800px';

/** Whether an element is in sight, or about to be. */
export function useNear(element: RefObject<Element>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver(([it]) => setNear(it?.isIntersecting ?? false), { rootMargin: MARGIN });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return isNear;
}
